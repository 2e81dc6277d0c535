"""The machine and the drivers that OpenCL finds on it."""

import json
import os
import pathlib
import platform
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
DRIVER = "libnvidia-opencl.so.1"
# Where containers have it that were given a driver but no list of OpenCL vendors.
FOLDERS = ("/usr/lib/x86_64-linux-gnu", "/usr/local/nvidia/lib64", "/usr/lib64", "/usr/lib/wsl/lib",
           "/usr/local/nvidia/lib", "/usr/local/cuda/compat")


def description():
    """Processor, system and, where NVIDIA's tool is, the GPU and its driver."""
    found = {"system": platform.platform(), "cores": os.cpu_count()}
    try:
        text = subprocess.run(
            ["nvidia-smi", "--query-gpu=name,driver_version,memory.total,clocks.max.sm",
             "--format=csv,noheader"], capture_output=True, text=True, timeout=30)
        found["gpus"] = text.stdout.strip().splitlines()
    except OSError as error:
        found["gpus"] = f"no nvidia-smi: {error}"
    except subprocess.TimeoutExpired:
        found["gpus"] = "nvidia-smi gives no answer within 30 s"
    return found


def environment(sluice, here=HERE, folders=FOLDERS, given=None):
    """Variables for `sluice` and the probes, and a sentence on what had to be set; PyTorch gets none of it.

    Libraries that came along are found first, those of the C++ compiler only where the machine has none.
    Where no platform shows, the vendors' list of this folder names NVIDIA's driver.
    """
    variables, remarks = dict(os.environ if given is None else given), []
    prepend(variables, here / "lib")
    if starts(sluice, variables) == 127:
        prepend(variables, here / "lib/spare")
        remarks.append(f"libraries of {here / 'lib/spare'} are used: this machine lacks them")
    if platforms(sluice, variables) != 0:
        return variables, remarks
    folder = driver_folder(folders)
    if folder is None:
        remarks.append(f"no OpenCL platform, and no {DRIVER} by ldconfig -p or in {', '.join(map(str, folders))}")
        return variables, remarks
    prepend(variables, folder)
    variables["OCL_ICD_VENDORS"] = str(here / "vendors")
    remarks.append(f"no OpenCL platform was listed: {DRIVER} of {folder} is used")
    return variables, remarks


def prepend(variables, folder):
    """Puts a folder that exists before those in which libraries are looked for."""
    if pathlib.Path(folder).is_dir():
        others = variables.get("LD_LIBRARY_PATH")
        variables["LD_LIBRARY_PATH"] = str(folder) + (f":{others}" if others else "")


def driver_folder(folders):
    """Where NVIDIA's OpenCL driver lies; None if nowhere."""
    try:
        listed = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        listed = ""
    paths = [pathlib.Path(line.split("=> ")[1]) for line in listed.splitlines()
             if line.strip().startswith(DRIVER + " ") and "x86-64" in line and "=> " in line]
    paths += [pathlib.Path(folder) / DRIVER for folder in folders]
    return next((str(path.parent) for path in paths if path.exists()), None)


def starts(sluice, variables):
    """The exit code of the program that only says its help; 127 where a library is missing."""
    return run([sluice, "--help"], variables).returncode


def platforms(sluice, variables):
    """How many OpenCL platforms show; None if the program does not say."""
    try:
        return len(json.loads(run([sluice, "devices", "--json", "-"], variables).stdout)
                   ["opencl"]["platforms"])
    except (ValueError, KeyError, TypeError):
        return None


def run(words, variables):
    try:
        return subprocess.run([str(word) for word in words], capture_output=True, text=True,
                              env=variables, timeout=120)
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(words, 1, "", str(error))

"""`sluice doctor`, once for each binary and device: which kernels compute wrongly here."""

import json
import subprocess
import sys
import tempfile
import time

from part import text, written

# Seconds in which one family has to be done.
PATIENCE = 120


def wrong_families(arguments, variables):
    """Names of kernels that miss their bound, do not build, crash or hang; each with a line on why.

    The doctor writes its report after every family. One that ends the process or hangs is taken as wrong,
    and the others go on without it. Those for which no time is left are examined before the next part.
    """
    path = arguments.out / "doctor.json"
    binary = arguments.sluice.stat()
    key = [arguments.device, binary.st_size, int(binary.st_mtime), arguments.small]
    report = read(path)
    if report.get("key") != key:
        report = {"key": key, "findings": [], "left": None}
    if report["left"] != []:
        examine(arguments, variables, report, path)
    wrong = {finding["family"]: finding["misses"][0] for finding in report["findings"]
             if finding["misses"]}
    for name, miss in wrong.items():
        print(f"run.sh: doctor: {name}: {miss}", file=sys.stderr)
    for name in report["left"]:
        print(f"run.sh: doctor: no time for {name}", file=sys.stderr)
    return set(wrong)


def read(path):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def examine(arguments, variables, report, path):
    """Runs the doctor until no family is left, or no time; keeps what it found."""
    end = time.monotonic() + arguments.minutes * 60
    scratch = path.with_name("doctor.part.json")
    while report["left"] != [] and time.monotonic() < end:
        print("run.sh: doctor", file=sys.stderr)
        scratch.unlink(missing_ok=True)
        command = [arguments.sluice, "doctor", "--json", scratch]
        command += ["--device", arguments.device] if arguments.device else []
        command += ["--streams", "1,2"] if arguments.small else []
        for name in report["left"] or []:
            command += ["--only", name]
        reason = watched(command, variables, scratch, end)
        part = read(scratch)
        if "families" not in part:
            raise SystemExit(f"run.sh: doctor does not run: {reason}")
        report["device"], report["absent"] = part["device"], part.get("absent", [])
        report["findings"] += part["findings"]
        report["left"] = part["families"][len(part["findings"]):]
        if report["left"] and time.monotonic() < end:
            name = report["left"].pop(0)
            report["findings"].append({"family": name, "misses": [reason]})
        written(path, report)
    scratch.unlink(missing_ok=True)


def watched(words, variables, scratch, end):
    """Runs the doctor and ends it where its report stays the same for too long, or at the end: a sentence on
    how it ended."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL,
                                   stderr=errors, env=variables)
        seen, since = None, time.monotonic()
        while True:
            try:
                process.wait(timeout=0.2)
                break
            except subprocess.TimeoutExpired:
                stamp = scratch.stat().st_mtime_ns if scratch.exists() else None
                if stamp != seen:
                    seen, since = stamp, time.monotonic()
                if time.monotonic() - since > PATIENCE or time.monotonic() > end:
                    process.kill()
                    process.wait()
                    return f"stopped after {time.monotonic() - since:.0f} s"
        errors.seek(0)
        return f"exit code {process.returncode}: {text(errors.read()).strip()[-600:]}"

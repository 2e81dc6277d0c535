"""The parts of run.sh: calls `sluice bench`, the probes and peers.py, writes JSON, prints tables."""

import argparse
import csv
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# Networks of part c, in the folder that --models names.
NETWORKS = ("gtcrn/gtcrn_simple.onnx", "fastenhancer/fastenhancer_t.spec.onnx",
            "pose_gru_fall/gru_model.onnx")


def first(*paths):
    """The first path that is a file, else the last."""
    return next((path for path in paths if path.is_file()), paths[-1])


def parsed_arguments():
    parser = argparse.ArgumentParser(prog="run.sh")
    parser.add_argument("--part", required=True, choices="abcd")
    parser.add_argument("--device", help="as `sluice devices` numbers or names it")
    parser.add_argument("--models", type=pathlib.Path,
                        default=first(HERE / "models" / NETWORKS[0],
                                      ROOT.parent / "shared/models" / NETWORKS[0]).parents[1])
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("results/gpu"))
    parser.add_argument("--minutes", type=float, default=8, help="what a part may take")
    parser.add_argument("--sluice", type=pathlib.Path,
                        default=first(HERE / "sluice", ROOT / ".build/release/sluice"))
    parser.add_argument("--probes", type=pathlib.Path,
                        default=first(HERE / "probes" / "probes", ROOT / ".build/probes"))
    parser.add_argument("--small", action="store_true",
                        help="few small sizes: shows that everything works, measures nothing")
    arguments = parser.parse_args()
    for name in ("sluice",) + (("probes",) if arguments.part == "d" else ()):
        if not getattr(arguments, name).is_file():
            parser.error(f"no {getattr(arguments, name)}: give the program with --{name}")
    return arguments


class Part:
    """One part's entries; the file is whole after each of them."""

    def __init__(self, arguments):
        self.arguments, self.end = arguments, time.monotonic() + arguments.minutes * 60
        self.path = arguments.out / f"{arguments.part}.json"
        self.content = {"part": arguments.part, "date": datetime.date.today().isoformat(),
                        "machine": machine(), "small": arguments.small, "results": [],
                        "peers": [], "failures": [], "left_out": []}
        arguments.out.mkdir(parents=True, exist_ok=True)

    def write(self):
        partial = self.path.with_name(self.path.name + ".partial")
        partial.write_text(json.dumps(self.content, indent=1) + "\n")
        partial.rename(self.path)

    def call(self, what, command):
        """What a command prints as JSON; None if it fails or no time is left, which is written down."""
        left = self.end - time.monotonic()
        if left < 5:
            self.content["left_out"].append(what)
            self.write()
            return None
        try:
            result = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                                    timeout=left, cwd=self.arguments.out)
            text, reason = result.stdout, result.stderr.strip()[-600:]
            if result.returncode == 0:
                return text
            reason = f"exit code {result.returncode}: {reason}"
        except subprocess.TimeoutExpired:
            reason = f"stopped after {left:.0f} s, the end of the part"
        self.content["failures"].append({"what": what, "reason": reason})
        print(f"run.sh: {what}: {reason}", file=sys.stderr)
        self.write()
        return None

    def bench(self, what, words, streams, precisions, backends="opencl", seconds=0.5):
        """Entries of `sluice bench`, one precision at a time: one that is missing stops no other."""
        arguments = self.arguments
        for precision in precisions:
            command = [arguments.sluice.resolve(), "bench", *words, "--backend", backends,
                       "--streams", ",".join(map(str, streams)), "--precision", precision,
                       "--seconds", seconds, "--json", "-"]
            if arguments.device:
                command += ["--device", arguments.device]
            text = self.call(f"{what}, {precision}", command)
            if text is None:
                continue
            report = json.loads(text)
            self.content["commit"] = report["commit"]
            self.content["results"] += report["results"]
            self.write()

    def peers(self, what, words):
        """Lines of peers.py: PyTorch's times of the same sizes."""
        text = self.call(what, [sys.executable, HERE / "peers.py", *words])
        for line in (text or "").splitlines():
            self.content["peers"].append(json.loads(line))
        self.write()


def machine():
    """Processor, system and, where NVIDIA's tool is, the GPU and its driver."""
    found = {"system": platform.platform(), "cores": os.cpu_count()}
    try:
        text = subprocess.run(
            ["nvidia-smi", "--query-gpu=name,driver_version,memory.total,clocks.max.sm",
             "--format=csv,noheader"], capture_output=True, text=True, timeout=30)
        found["gpus"] = text.stdout.strip().splitlines()
    except OSError as error:
        found["gpus"] = f"no nvidia-smi: {error}"
    return found


def examine(arguments):
    """`sluice doctor`, once for each binary and device."""
    path = arguments.out / "doctor.json"
    binary = arguments.sluice.stat()
    key = [arguments.device, binary.st_size, int(binary.st_mtime), arguments.small]
    if path.is_file() and json.loads(path.read_text()).get("key") == key:
        return
    command = [arguments.sluice, "doctor", "--json", "-"]
    command += ["--device", arguments.device] if arguments.device else []
    command += ["--streams", "1,2"] if arguments.small else []
    print("run.sh: doctor", file=sys.stderr)
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"run.sh: doctor ends with {result.returncode}: {result.stderr[-2000:]}")
    path.write_text(json.dumps({"key": key, **json.loads(result.stdout)}, indent=1) + "\n")


def sizes(arguments):
    """DeepBench's (hidden, timesteps) with their batches, longest sequences first."""
    if arguments.small:
        return {(32, 3): [1, 2]}
    with open(HERE / "deepbench_gru.csv") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        table = {}
        for row in rows:
            key = int(row["hidden"]), int(row["timesteps"])
            table.setdefault(key, []).append(int(row["batch"]))
    return dict(sorted(table.items(), key=lambda item: (-item[0][1], item[0][0])))


def part_a(part):
    for (hidden, steps), batches in sizes(part.arguments).items():
        words = ["--gru", f"{hidden},{hidden}", "--sequence", steps]
        what = f"GRU {hidden}, {steps} steps"
        part.bench(what, words, batches, ("fp16", "fp32"), seconds=0.2)
        part.peers(f"PyTorch, {what}", ["sequence", hidden, steps, *batches])


def part_b(part):
    small = part.arguments.small
    streams = (1, 2) if small else (1, 16, 256, 4096)
    for hidden in (32,) if small else (256, 512, 1024, 2048):
        what = f"GRU step {hidden}"
        part.bench(what, ["--gru", f"{hidden},{hidden}"], streams, ("fp16", "fp32"))
        part.peers(f"PyTorch, {what}", ["step", hidden, *streams])


def part_c(part):
    small = part.arguments.small
    counts = (1, 2) if small else (1, 16, 256, 1024, 4096, 10000, 16384)
    for network in NETWORKS[-1:] if small else NETWORKS:
        path = part.arguments.models / network
        if not path.is_file():
            part.content["left_out"].append(f"{network}: not in {part.arguments.models}")
            print(f"run.sh: skipped {network}: not in {part.arguments.models}", file=sys.stderr)
            continue
        part.bench(network, [path.resolve()], counts, ("fp32",))
    part.write()


def part_d(part):
    command = [part.arguments.probes.resolve(), "--seconds", 60, "--only", "E0,E2,E5,E6,E9"]
    command += ["--device", part.arguments.device] if part.arguments.device else []
    text = part.call("probes", command)
    part.content["results"] = [json.loads(line) for line in (text or "").splitlines()]
    part.write()


def measured(arguments, experiment, words):
    """The largest value of a probe's results whose names hold `words`; None if there is none."""
    path = arguments.out / "d.json"
    if not path.is_file():
        return None
    values = [result["measured"] for line in json.loads(path.read_text())["results"]
              if line["experiment"] == experiment for result in line["results"]
              if words(result) and isinstance(result["measured"], (int, float))]
    return max(values, default=None)


def bounds(arguments):
    """Bytes a second and operations a second by precision, as part d measured them on this machine."""
    rate = measured(arguments, "E5", lambda r: r["unit"] == "TB/s")
    half = measured(arguments, "E6", lambda r: r["unit"] == "TFLOP/s")
    full = measured(arguments, "E9", lambda r: r["unit"] == "TFLOP/s" and r["name"].startswith("F64"))
    return rate and rate * 1e12, {"fp16": half and half * 1e12, "fp32": full and full * 1e12}


def bound_us(arguments, hidden, streams, precision, inputs):
    """What a step takes at least: its weights once at the bandwidth measured, or its operations at the
    rate measured. `inputs`: whether the input product is part of it."""
    bandwidth, rates = bounds(arguments)
    values = (6 if inputs else 3) * hidden * hidden
    times = []
    if bandwidth:
        times.append(values * (2 if precision == "fp16" else 4) / bandwidth * 1e6)
    if rates.get(precision):
        times.append(2 * 6 * hidden * hidden * streams / rates[precision] * 1e6)
    return max(times, default=None)


def row(*cells):
    print("| " + " | ".join("-" if cell is None else f"{cell:.2f}" if isinstance(cell, float)
                            else str(cell) for cell in cells) + " |")


def print_recurrences(part):
    row("H", "streams", "steps", "precision", "µs a step", "p99", "cuDNN µs", "times cuDNN",
        "bound µs", "part of bound")
    row(*["--:"] * 10)
    for entry in part.content["results"]:
        hidden = int(entry["model"].split(",")[1].split()[0])
        steps = entry.get("frames", 1)
        peer = next((line["us"] for line in part.content["peers"]
                     if (line["hidden"], line["batch"], line["steps"], line["precision"])
                     == (hidden, entry["streams"], steps, entry["precision"]) and line.get("us")), None)
        time_us = entry["p50_us"] / steps
        bound = bound_us(part.arguments, hidden, entry["streams"], entry["precision"], steps == 1)
        row(hidden, entry["streams"], steps, entry["precision"], time_us, entry["p99_us"] / steps, peer,
            peer and peer / time_us, bound, bound and bound / time_us)


def print_networks(part):
    row("network", "streams", "p50 µs", "p99 µs", "frames/s", "streams at 62.5 frames/s")
    row(*["--:"] * 6)
    for entry in part.content["results"]:
        row(entry["model"].split("/")[-1], entry["streams"], entry["p50_us"], entry["p99_us"],
            entry["frames_per_second"], int(entry["frames_per_second"] / 62.5))


def print_probes(part):
    row("experiment", "result", "measured", "unit")
    row(*["--:"] * 4)
    for line in part.content["results"]:
        for result in line["results"]:
            row(line["experiment"], result["name"], result["measured"], result.get("unit", ""))


def main():
    arguments = parsed_arguments()
    part = Part(arguments)
    examine(arguments)
    part.end = time.monotonic() + arguments.minutes * 60
    {"a": part_a, "b": part_b, "c": part_c, "d": part_d}[arguments.part](part)
    {"a": print_recurrences, "b": print_recurrences, "c": print_networks,
     "d": print_probes}[arguments.part](part)
    for what in part.content["left_out"]:
        print(f"run.sh: left out: {what}", file=sys.stderr)
    print(f"run.sh: wrote {part.path}", file=sys.stderr)
    sys.exit(0 if part.content["results"] else 1)


if __name__ == "__main__":
    main()

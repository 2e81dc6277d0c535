"""The parts of run.sh: calls `sluice bench`, the probes and peers.py, writes JSON, prints tables."""

import argparse
import csv
import pathlib
import sys
import time

import doctor
import machine
import tables
from part import Part

HERE = pathlib.Path(__file__).resolve().parent
# The checkout, where this is no bundle.
ROOT = HERE.parent.parent
# Networks of part c, in the folder that --models names.
NETWORKS = ("gtcrn/gtcrn_simple.onnx", "fastenhancer/fastenhancer_t.spec.onnx",
            "pose_gru_fall/gru_model.onnx")
PROBES = ("E0", "E2", "E5", "E6", "E9")
# What the doctor examines of the kernels that recurrences run: nothing is timed that computes wrongly.
RECURRENCES = ("gru", "wide", "product", "sequence")
NETWORK_KERNELS = ("product", "gru", "lstm", "rnn", "convolution", "wide", "elementwise",
                   "normalization", "reduction", "pool", "movement", "indexing", "integer")


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
    parser.add_argument("--minutes", type=float, default=8,
                        help="what a part may take, and the doctor before it")
    parser.add_argument("--sluice", type=pathlib.Path,
                        default=first(HERE / "sluice", ROOT / ".build/release/sluice"))
    parser.add_argument("--probes", type=pathlib.Path,
                        default=first(HERE / "probes" / "probes", ROOT / ".build/probes"))
    parser.add_argument("--small", action="store_true",
                        help="few small sizes: shows that everything works, measures nothing")
    arguments = parser.parse_args()
    for name in ("sluice",) + (("probes",) if arguments.part == "d" else ()):
        path = getattr(arguments, name).resolve()
        if not path.is_file():
            parser.error(f"no {path}: give the program with --{name}")
        setattr(arguments, name, path)
    arguments.out.mkdir(parents=True, exist_ok=True)
    return arguments


def sizes(small):
    """DeepBench's {hidden: {steps: [batch]}}, least work first, so that little is lost where time ends."""
    if small:
        return {32: {3: [1, 2]}}
    with open(HERE / "deepbench_gru.csv") as file:
        rows = [{name: int(value) for name, value in row.items()}
                for row in csv.DictReader(line for line in file if not line.startswith("#"))]
    table = {}
    for row in sorted(rows, key=lambda row: (row["hidden"], row["timesteps"], row["batch"])):
        table.setdefault(row["hidden"], {}).setdefault(row["timesteps"], []).append(row["batch"])
    return table


def part_a(part):
    table = sizes(part.arguments.small)
    part.calls_left = sum(len(lengths) + 1 for lengths in table.values())
    for hidden, lengths in table.items():
        for steps, batches in lengths.items():
            part.bench(f"GRU {hidden}, {steps} steps",
                       ["--gru", f"{hidden},{hidden}", "--sequence", steps, "--profile"],
                       batches, ("fp16", "fp32"), RECURRENCES, seconds=0.1)
        part.peers(f"PyTorch, GRU {hidden}",
                   ["sequence", hidden, *(":".join([str(steps), ",".join(map(str, batches))])
                                          for steps, batches in lengths.items())])


def part_b(part):
    small = part.arguments.small
    streams, widths = ((1, 2), (32,)) if small else ((1, 16, 256, 4096), (256, 512, 1024, 2048))
    part.calls_left = 2 * len(widths)
    for hidden in widths:
        part.bench(f"GRU step {hidden}", ["--gru", f"{hidden},{hidden}"], streams,
                   ("fp16", "fp32"), RECURRENCES)
        part.peers(f"PyTorch, GRU step {hidden}",
                   ["step", hidden, ":".join(["1", ",".join(map(str, streams))])])


def part_c(part):
    small = part.arguments.small
    counts = (1, 2) if small else (1, 16, 256, 1024, 4096, 10000, 16384)
    networks = NETWORKS[-1:] if small else NETWORKS
    part.calls_left = len(networks)
    for network in networks:
        path = part.arguments.models / network
        if not path.is_file():
            part.leave_out(f"{network}: not in {part.arguments.models}")
            continue
        part.bench(network, [path.resolve()], counts, ("fp32",), NETWORK_KERNELS)


def part_d(part):
    part.calls_left = len(PROBES)
    for experiment in PROBES:
        command = [part.arguments.probes, "--seconds", 60, "--only", experiment]
        command += ["--device", part.arguments.device] if part.arguments.device else []
        part.keep_lines("results", part.call(f"experiment {experiment}", command, part.variables))


def main():
    arguments = parsed_arguments()
    variables, remarks = machine.environment(arguments.sluice)
    for remark in remarks:
        print(f"run.sh: {remark}", file=sys.stderr)
    wrong = set() if arguments.part == "d" else doctor.wrong_families(arguments, variables)
    part = Part(arguments, variables, {**machine.description(), "remarks": remarks}, wrong)
    {"a": part_a, "b": part_b, "c": part_c, "d": part_d}[arguments.part](part)
    show = {"a": tables.recurrences, "b": tables.recurrences, "c": tables.networks, "d": tables.probes}
    show[arguments.part](part.content, tables.Bounds.read(arguments.out))
    for what in part.content["left_out"]:
        print(f"run.sh: left out: {what}", file=sys.stderr)
    took = (time.monotonic() - part.end) / 60 + arguments.minutes
    print(f"run.sh: wrote {part.path} in {took:.1f} minutes", file=sys.stderr)
    sys.exit(0 if part.content["results"] else 1)


if __name__ == "__main__":
    main()

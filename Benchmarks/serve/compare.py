#!/usr/bin/env python3
"""How many live streams `sluice serve` holds on this machine, and a plain Python server beside it.

    swift build -c release && Benchmarks/serve/compare.py MODEL.onnx --rate 25 --bound 20 [--streams 1000]
        [--seconds 10] [--connections 64] [--grpc] [--option=--state …] [--sluice PATH] [--json FILE]

A number of streams is held if, with frames at Poisson times from a process of its own (`sluice-load`), the
99th percentile of the latency from the scheduled time stays below --bound milliseconds and no frame is lost,
refused or out of order. The most that is held is found by doubling and halving, to within a sixteenth. The
other server (peer.py) runs ONNX Runtime behind tornado, in one process and in as many as there are
processors; the better counts. It is spoken to over WebSockets; sluice with --grpc over gRPC. Everything runs
on the same machine: the generator's share is in the figures.
--streams adds a longer run of sluice with that many.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import time

import server


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--rate", type=float, required=True, help="frames a second of each stream")
    parser.add_argument("--bound", type=float, required=True, help="milliseconds for the 99th percentile")
    parser.add_argument("--streams", type=int, help="a longer run of sluice with so many")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--grpc", action="store_true", help="sluice over gRPC, not WebSockets")
    parser.add_argument("--first", type=int, default=16, help="streams to begin with")
    parser.add_argument("--option", action="append", default=[], help="for sluice serve")
    parser.add_argument("--sluice", type=pathlib.Path, default=server.ROOT / ".build/release/sluice")
    parser.add_argument("--stolen", type=float, default=0.1, help="processors that may be given to others")
    parser.add_argument("--without-peer", action="store_true")
    parser.add_argument("--json", type=pathlib.Path)
    return parser.parse_args()


def load(options, address, process, streams, seconds):
    """Runs, printed; one, or more where a hypervisor gave too much to others meanwhile and the streams were
    not held: at most six, of which the last counts."""
    runs = []
    for _ in range(6):
        result = server.load(
            options.sluice, address, process, streams, options.rate, seconds, options.connections)
        if result is not None:
            # By their sentences, of which each stream has its own.
            result["refused"] = sum(result["refused"].values())
        runs.append(result)
        if result is None or holds(result, options.bound) or result["stolenProcessors"] <= options.stolen:
            break
        print(f"  {streams} streams: again, {result['stolenProcessors']:.2f} processors were given to others", flush=True)
        time.sleep(5)
    if result is not None:
        shown = ("p50", "p99", "p999", "lost", "outOfOrder", "generatorProcessors", "serverProcessors",
                 "stolenProcessors")
        print(f"  {streams} streams: " + ", ".join(
            f"{name} {result[name]:.4g}" for name in shown if result.get(name) is not None), flush=True)
    return runs


def holds(result, bound):
    return (result is not None and result["p99"] < bound and result["lost"] == 0
            and result["outOfOrder"] == 0 and not result["refused"])


def most_held(options, address, process):
    """The run of the most streams that were held, and all runs."""
    runs, best, failing, streams = [], None, None, options.first
    while failing is None or failing - (best["streams"] if best else 0) > max(1, failing // 16):
        tries = load(options, address, process, streams, options.seconds)
        result = tries[-1]
        runs += [run or {"streams": streams, "failed": True} for run in tries]
        if holds(result, options.bound):
            best = result
        else:
            failing = streams
        low = best["streams"] if best else 0
        streams = streams * 2 if failing is None else (low + failing) // 2
        if streams == 0 or streams > 65536:
            break
    return best, runs


def sluice(options):
    command = server.sluice(options.sluice, options.model, "--max-streams", "16384", *options.option)
    line = server.GRPC if options.grpc else server.HTTP
    with server.running(command, line) as (port, process):
        address = server.load_address(port, line)
        print(f"sluice serve, {transport(options)}", flush=True)
        best, runs = most_held(options, address, process)
        target = load(options, address, process, options.streams, 3 * options.seconds)[-1] if options.streams else None
    return {"best": best, "runs": runs, "target": target}


def peer(options):
    python = subprocess.run(
        [server.ROOT / "Scripts/venv", "Benchmarks/serve/requirements.txt"], check=True, text=True,
        stdout=subprocess.PIPE).stdout.strip()
    found = []
    for processes in sorted({1, os.cpu_count()}):
        command = [python, server.ROOT / "Benchmarks/serve/peer.py", options.model, processes]
        with server.running(command, re.compile(r"^(\d+)$")) as (port, process):
            print(f"tornado and ONNX Runtime, {processes} processes", flush=True)
            best, runs = most_held(options, server.load_address(port), process)
        found.append({"processes": processes, "best": best, "runs": runs})
    return found


def transport(options):
    return "gRPC" if options.grpc else "WebSockets"


def main():
    options = parsed()
    options.model = options.model.resolve()
    report = {
        **server.about(), "model": options.model.name, "rate": options.rate, "bound_ms": options.bound,
        "transport": transport(options), "sluice": sluice(options),
    }
    held = (report["sluice"]["best"] or {}).get("streams", 0)
    print(f"sluice holds {held} streams of {options.model.name} at {options.rate} frames/s "
          f"over {transport(options)} with p99 below {options.bound} ms")
    if not options.without_peer:
        report["peer"] = peer(options)
        others = max((run["best"] or {}).get("streams", 0) for run in report["peer"])
        print(f"tornado and ONNX Runtime hold {others}"
              + (f": {held / others:.1f} times as many" if others else ""))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()

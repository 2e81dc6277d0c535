"""Servers as processes of their own, for compare.py and endure.py."""
import contextlib
import datetime
import json
import os
import pathlib
import re
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HTTP = re.compile(r"http://[^ ]*:(\d+)")
GRPC = re.compile(r"grpc://[^ ]*:(\d+)")


def about():
    """Where, when and of what a report is."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown")
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, text=True, stdout=subprocess.PIPE).stdout.strip()
    return {"date": datetime.date.today().isoformat(), "machine": {"processor": name, "processors": os.cpu_count()},
            "commit": commit}


def start(command, *lines):
    """The process, in a group of its own, and the port of each of the lines; HTTP's without any."""
    lines = lines or (HTTP,)
    ports = {}
    server = subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, text=True, start_new_session=True)
    for line in server.stdout:
        ports.update({each: int(match[1]) for each in lines if (match := each.search(line))})
        if len(ports) == len(lines):
            return server, *(ports[each] for each in lines)
    sys.exit(f"{command[0]} ended with {server.wait()} before it listened")


@contextlib.contextmanager
def running(command, *lines):
    """Gives the port of each of the lines and the process number; ends the server afterwards."""
    server, *ports = start(command, *lines)
    try:
        yield *ports, server.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def sluice(path, model, *options):
    return [path, "serve", f"m={model}", "--http", "0", "--grpc", "0", "--log-level", "error", *options]


def load_address(port, line=HTTP):
    """Of the model's streams, for sluice-load."""
    return f"grpc://127.0.0.1:{port}/m" if line is GRPC else f"ws://127.0.0.1:{port}/v2/models/m/stream"


def load_command(path, address, process, streams, rate, seconds, connections=16):
    children = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split()
    command = [
        path.with_name("sluice-load"), address, "--streams", streams, "--rate", rate, "--seconds", seconds,
        "--connections", connections, "--json",
    ]
    for number in [process, *children]:
        command += ["--server", number]
    return list(map(str, command))


def load(*arguments):
    """One run of sluice-load; None, and why, if streams could not be opened or a connection broke."""
    done = subprocess.run(
        load_command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        print("  " + done.stderr.strip(), flush=True)
        return None
    return json.loads(done.stdout)

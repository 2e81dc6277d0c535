"""Servers as processes of their own, for compare.py and endure.py."""
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LISTENING = re.compile(r"http://[^ ]*:(\d+)")


def start(command, port_of=LISTENING):
    """The process, in a group of its own, and its port."""
    server = subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, text=True, start_new_session=True)
    for line in server.stdout:
        if match := port_of.search(line):
            return server, int(match[1])
    sys.exit(f"{command[0]} ended with {server.wait()} before it listened")


@contextlib.contextmanager
def running(command, port_of=LISTENING):
    """Gives the port and the process number; ends the server afterwards."""
    server, port = start(command, port_of)
    try:
        yield port, server.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def sluice(path, model, *options):
    return [path, "serve", f"m={model}", "--http", "0", "--grpc", "0", "--log-level", "error", *options]


def load_command(path, port, process, streams, rate, seconds, connections=16):
    children = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split()
    command = [
        path.with_name("sluice-load"), f"ws://127.0.0.1:{port}/v2/models/m/stream", "--streams", streams,
        "--rate", rate, "--seconds", seconds, "--connections", connections, "--json",
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

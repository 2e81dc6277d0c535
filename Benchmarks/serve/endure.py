#!/usr/bin/env python3
"""What `sluice serve` endures.

    swift build -c release
    Benchmarks/serve/endure.py kills MODEL [--times 50]       SIGKILL under load, with a state store
    Benchmarks/serve/endure.py faults MODEL [--streams 200]   clients that misbehave, beside others
    Benchmarks/serve/endure.py soak MODEL [--minutes 20]      memory and descriptors over time

With --grpc the load of faults and soak goes over gRPC; who misbehaves does so over all transports either way.
Each prints what it found and ends with 1 if that is not as it should be.
"""
import argparse
import contextlib
import json
import os
import pathlib
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import client
import server
from client import Streams


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=("kills", "faults", "soak"))
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--sluice", type=pathlib.Path, default=server.ROOT / ".build/release/sluice")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--rate", type=float, default=25)
    parser.add_argument("--seconds", type=float, default=15, help="of each load under faults")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--grpc", action="store_true", help="the load of faults and soak over gRPC")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    if options.grpc and options.what == "kills":
        parser.error("--grpc: kills are over WebSockets")
    options.model = options.model.resolve()
    return options


def resident(process):
    """Bytes of memory, and open descriptors."""
    pages = int(pathlib.Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir(f"/proc/{process}/fd"))


class Recording:
    """What a stream gives that nobody kills, frame by frame."""

    def __init__(self, streams):
        self.streams = streams
        self.count = streams.frame_bytes() // 4
        self.outputs = []

    def frame(self, number):
        values = random.Random(number)
        return struct.pack(f"<{self.count}f", *(values.uniform(-1, 1) for _ in range(self.count)))

    def output(self, number):
        """The bytes that frame `number`, from 0 on, is answered with."""
        while len(self.outputs) <= number:
            at = len(self.outputs)
            self.streams.send(client.FRAME, 0, at, self.frame(at), client.STARTS if at == 0 else 0)
            kind, _, _, _, body = self.streams.answer()
            self.outputs.append((kind, body))
        return self.outputs[number]


def kills(options):
    """After every kill each stream goes on from its last committed frame, with the outputs of a stream that
    nobody killed: no frame that was answered is lost, none is applied twice."""
    chance = random.Random(options.seed)
    count = min(options.streams, 40)
    with tempfile.TemporaryDirectory() as folder:
        tokens = pathlib.Path(folder, "tokens")
        tokens.write_text("endurance-endurance-endurance-00\n")
        token = tokens.read_text().strip()
        plain = server.sluice(options.sluice, options.model, "--token-file", tokens)
        stored = [*plain, "--state-store", pathlib.Path(folder, "states"), "--durability", "every-frame"]
        wrong, between, answered = [], 0, [0] * count
        with server.running(plain) as (port, _):
            recording = Recording(Streams(port, "m", token=token))
            for turn in range(options.times + 1):
                process, port = server.start(stored)
                streams = Streams(port, "m", "w", token)
                for number in range(count):
                    streams.send(client.SNAPSHOT if turn else client.RESET, number)
                for _ in range(count):
                    kind, number, _, taken, body = streams.answer()
                    if kind == client.ERROR or not answered[number] <= taken <= answered[number] + 1:
                        wrong.append(f"turn {turn}, stream {number}: {answered[number]} frames were answered, "
                                     f"{taken} are there: {body if kind == client.ERROR else ''}")
                    between += taken != answered[number]
                    answered[number] = taken
                if turn < options.times:
                    timer = threading.Timer(chance.uniform(0.02, 0.5), process.kill)
                    timer.start()
                else:
                    timer = threading.Timer(0.3, process.terminate)
                    timer.start()
                before = sum(answered)
                wrong += until_killed(streams, recording, answered, turn)
                if sum(answered) == before:
                    wrong.append(f"turn {turn}: no frame was answered")
                process.wait()
        print(f"{options.times} kills, {count} streams, {sum(answered)} frames; {between} frames were committed "
              f"when the process was killed before they were answered; wrong: {len(wrong)}")
        print("\n".join(wrong[:10]))
        return {"kills": options.times, "streams": count, "frames": sum(answered),
                "committed_unanswered": between, "wrong": wrong}


def until_killed(streams, recording, answered, turn):
    """Every stream sends its next frame as soon as the one before is answered."""
    wrong = []
    answers = []
    try:
        for number, taken in enumerate(answered):
            streams.send(client.FRAME, number, taken, recording.frame(taken))
        while True:
            kind, number, tag, taken, body = streams.answer()
            if kind == client.ERROR:
                if b"ending" not in body:
                    wrong.append(f"turn {turn}, stream {number}: {body.decode()}")
                continue
            answers.append((kind, number, tag, taken, body))
            answered[number] = taken
            streams.send(client.FRAME, number, taken, recording.frame(taken))
    except OSError:
        streams.close()
    for kind, number, tag, taken, body in answers:
        if (kind, body) != recording.output(tag) or taken != tag + 1:
            wrong.append(f"turn {turn}, stream {number}: frame {tag} is another, {taken} frames taken")
    return wrong


class Faults:
    """Clients that misbehave. Each method does it for a few seconds."""

    def __init__(self, port, grpc, frame_bytes, seed):
        self.port = port
        self.grpc = grpc
        self.frame = client.framed(struct.pack("<BBHII", client.FRAME, client.STARTS, 0, 0, 0) + bytes(frame_bytes))
        self.chance = random.Random(seed)

    def connect(self, port=None):
        return socket.create_connection(("127.0.0.1", port or self.port), 5)

    def vanish_in_a_frame(self):
        for _ in range(200):
            streams = Streams(self.port, "m")
            streams.socket.sendall(self.frame[:self.chance.randrange(1, len(self.frame))])
            reset(streams.socket)

    def vanish_with_frames_waiting(self):
        for _ in range(200):
            streams = Streams(self.port, "m")
            streams.socket.sendall(self.frame * 8)
            reset(streams.socket)

    def half_open(self):
        sockets = [self.connect() for _ in range(300)]
        time.sleep(3)
        for each in sockets:
            reset(each)

    def connect_10000_times(self):
        for _ in range(10_000):
            self.connect().close()

    def bytes_at_random(self):
        whole = (b"POST /v2/models/m/infer HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n" + b'{"inputs":[{"name":"x"}]}     ')
        upgrade = (b"GET /v2/models/m/stream HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2x1aWNlLWVuZHVyZS0wMA==\r\n\r\n" + self.frame)
        for number in range(2000):
            text = bytearray(self.chance.choice((whole, upgrade)))
            if number % 4 == 0:
                text = bytearray(self.chance.randbytes(self.chance.randrange(1, 400)))
            for _ in range(self.chance.randrange(0, 8)):
                text[self.chance.randrange(len(text))] = self.chance.randrange(256)
            self.send_and_leave(bytes(text))

    def calls_at_random(self):
        call = http2_call(b"/inference.GRPCInferenceService/ModelStreamInfer")
        for number in range(2000):
            text = bytearray(call if number % 4 else http2_preface() + self.chance.randbytes(200))
            for _ in range(self.chance.randrange(0, 8)):
                text[self.chance.randrange(24, len(text))] = self.chance.randrange(256)
            self.send_and_leave(bytes(text[:self.chance.randrange(24, len(text) + 1)]), self.grpc)

    def half_open_calls(self):
        call = http2_call(b"/inference.GRPCInferenceService/ModelStreamInfer")
        sockets = [self.connect(self.grpc) for _ in range(200)]
        for each in sockets:
            each.sendall(call)
        time.sleep(3)
        for each in sockets:
            reset(each)

    def send_and_leave(self, text, port=None):
        try:
            with self.connect(port) as each:
                each.sendall(text)
                select.select([each], [], [], 0.002)
        except OSError:
            pass

    def oversize_bodies(self):
        for _ in range(20):
            self.send_and_leave(b"POST /v2/models/m/infer HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999\r\n\r\n" + bytes(100_000))
            chunk = b"100000\r\n" + bytes(0x100000) + b"\r\n"
            self.send_and_leave(
                b"POST /v2/models/m/infer HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 4)
            head = bytes([0x82, 0xFF]) + (1 << 40).to_bytes(8, "big") + bytes(4)
            streams = Streams(self.port, "m")
            streams.socket.sendall(head)
            streams.close()

    def slow_loris(self):
        sockets = [self.connect() for _ in range(200)]
        for letter in b"GET /v2":
            for each in sockets:
                each.sendall(bytes([letter]))
            time.sleep(0.5)
        for each in sockets:
            each.close()

    def read_nothing(self):
        connections = []
        for _ in range(20):
            streams = Streams(self.port, "m", room=4096)
            streams.socket.setblocking(False)
            connections.append(streams)
            try:
                for _ in range(40):
                    streams.socket.send(self.frame * 50)
            except BlockingIOError:
                pass
        time.sleep(2)
        for each in connections:
            reset(each.socket)


def http2_frame(kind, flags, stream, payload):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def http2_preface():
    return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + http2_frame(4, 0, 0, b"")


def http2_call(path):
    """A gRPC call (RFC 9113; fields literal, RFC 7541 6.2.2) with the first half of a message."""
    fields = [(b":method", b"POST"), (b":scheme", b"http"), (b":path", path), (b":authority", b"localhost"),
              (b"te", b"trailers"), (b"content-type", b"application/grpc")]
    block = b"".join(b"\0" + bytes([len(text)]) + text if at == 0 else bytes([len(text)]) + text
                     for field in fields for at, text in enumerate(field))
    message = b"\0" + (100).to_bytes(4, "big") + bytes(50)
    return http2_preface() + http2_frame(1, 4, 1, block) + http2_frame(0, 0, 1, message)


def reset(each):
    """Ends a connection without a goodbye."""
    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    each.close()


def faults(options):
    """Others' p99 stays within 2 times, memory returns to within a tenth, no descriptor stays open. Before is
    after each fault once: the code and the tables that the first of a kind needs stay."""
    report = {}
    command = server.sluice(options.sluice, options.model, "--max-streams", "16384")
    with server.running(command, server.HTTP, server.GRPC) as (port, grpc, process):
        address = server.load_address(grpc, server.GRPC) if options.grpc else server.load_address(port)
        streams = Streams(port, "m")
        frame_bytes = streams.frame_bytes()
        streams.close()
        arguments = (options.sluice, address, process, options.streams, options.rate)
        fresh = resident(process)[0]
        names = [name for name in vars(Faults) if not name.startswith("_")
                 and name not in ("connect", "send_and_leave")]
        for name in names:
            getattr(Faults(port, grpc, frame_bytes, options.seed), name)()
        server.load(*arguments, options.seconds)
        alone = server.load(*arguments, options.seconds)
        # The server gives memory back each 10 s.
        time.sleep(20)
        memory, descriptors = resident(process)
        print(f"alone: p99 {alone['p99']:.2f} ms, {memory >> 10} kB, {descriptors} descriptors", flush=True)
        for name in names:
            beside = subprocess.Popen(
                server.load_command(*arguments, options.seconds), stdout=subprocess.PIPE, text=True)
            end = time.monotonic() + options.seconds
            fault, turns = Faults(port, grpc, frame_bytes, options.seed), 0
            while turns == 0 or time.monotonic() < end - 4:
                getattr(fault, name)()
                turns += 1
            result = json.loads(beside.communicate()[0] or "null")
            report[name] = result
            if result is None:
                print(f"{name}: the load broke")
                continue
            print(f"{name} x {turns}: p99 {result['p99']:.2f} ms ({result['p99'] / alone['p99']:.2f} times), lost "
                  f"{result['lost']}, refused {sum(result['refused'].values())}", flush=True)
        time.sleep(20)
        after, still = resident(process)
        print(f"afterwards: {after >> 10} kB ({after / memory:.3f} times), {still} descriptors")
        bad = [name for name, result in report.items() if result is None or result["lost"]
               or result["refused"] or result["p99"] > 2 * alone["p99"]]
        if after > 1.1 * memory or still > descriptors:
            bad.append("what is left")
        print("not as it should be: " + ", ".join(bad) if bad else "all as it should be")
        return {"alone": alone, "beside": report, "memory": [fresh, memory, after],
                "descriptors": [descriptors, still], "wrong": bad}


def soak(options):
    """Memory stays within a twentieth of what it is after the first tenth, and so do descriptors."""
    samples = []
    command = server.sluice(options.sluice, options.model, "--max-streams", "16384")
    line = server.GRPC if options.grpc else server.HTTP
    with server.running(command, line) as (port, process):
        load = subprocess.Popen(
            server.load_command(
                options.sluice, server.load_address(port, line), process, options.streams, options.rate,
                options.minutes * 60),
            stdout=subprocess.PIPE, text=True)
        begin = time.monotonic()
        while load.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                load.wait(30 if options.minutes > 5 else 1)
            samples.append((round(time.monotonic() - begin, 1), *resident(process)))
        result = json.loads(load.stdout.read() or "null")
    kept = [sample for sample in samples if options.minutes * 6 <= sample[0] <= options.minutes * 60]
    if not kept:
        return {"load": result, "samples": samples, "wrong": ["the load ended early"]}
    memory = [sample[1] for sample in kept]
    descriptors = {sample[2] for sample in kept}
    print(f"{options.minutes} minutes, {options.streams} streams: {min(memory) >> 10} to {max(memory) >> 10} kB, at the "
          f"end {memory[-1] / memory[0]:.3f} times the beginning; descriptors {sorted(descriptors)}")
    print(json.dumps(result))
    wrong = (["memory"] if max(memory) > 1.05 * memory[0] or min(memory) < 0.95 * memory[0] else []) + (
        ["descriptors"] if len(descriptors) > 1 else []) + (
        ["frames"] if result is None or result["lost"] or result["refused"] else [])
    return {"load": result, "samples": samples, "wrong": wrong}


def main():
    options = parsed()
    report = {"kills": kills, "faults": faults, "soak": soak}[options.what](options)
    if options.json:
        about = {**server.about(), "model": options.model.name, "what": options.what}
        options.json.write_text(json.dumps({**about, **report}, indent=1) + "\n")
    sys.exit(1 if report["wrong"] else 0)


if __name__ == "__main__":
    main()

"""Plays a clip to `sluice serve` over a WebSocket and prints what it shows.

    pip install numpy websockets
    python stream.py ws://localhost:8000/v2/models/video-actions/stream CLIP.npz LABELS.txt
"""
import json
import struct
import sys
import time

import numpy as np
from websockets.sync.client import connect

address, clip, labels = sys.argv[1:]
frames = np.load(clip)["frames"][0]  # [time, 1, 32, 32]
labels = open(labels, encoding="utf-8").read().splitlines()

FRAME, STARTS, ENDS, ERROR = 1, 1, 2, 4


def answer(socket, message):
    """The answer to a message, which is sent again as long as the server says that it may succeed later."""
    while True:
        socket.send(message)
        reply = socket.recv()
        kind, _, _, _, _, wait = struct.unpack_from("<BBHIIQ", reply)
        if kind != ERROR:
            return reply
        if wait == 0:
            sys.exit(reply[20:].decode())
        time.sleep(wait / 1000)


with connect(address) as socket:
    print("inputs", json.loads(socket.recv())["inputs"])
    for tag, frame in enumerate(frames):
        flags = STARTS * (tag == 0) | ENDS * (tag == len(frames) - 1)
        head = struct.pack("<BBHII", FRAME, flags, 0, 0, tag)
        reply = answer(socket, head + np.ascontiguousarray(frame, np.float32).tobytes())

        (taken,) = struct.unpack_from("<Q", reply, 12)
        _, rank = struct.unpack_from("<HH", reply, 20)
        probabilities = np.frombuffer(reply, np.float32, offset=24 + 4 * rank)
        print(f"frame {taken}: {labels[probabilities.argmax()]} {probabilities.max():.2f}")

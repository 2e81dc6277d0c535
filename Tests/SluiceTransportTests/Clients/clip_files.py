"""Clips of Examples/video-actions as what browsers play."""
import pathlib
import struct
import zlib

import numpy as np

EXAMPLE = pathlib.Path("Examples/video-actions")
SIDE, TIMES = 32, 8


def clip(name):
    """Frames [25, 32, 32] in steps of 1/256, and what PyTorch says after each."""
    frames = np.load(EXAMPLE / f"clips/{name}.npz")["frames"].reshape(-1, SIDE, SIDE)
    return frames, np.load(EXAMPLE / f"clips/{name}.expected.npz")["probabilities"][0]


def write_camera(path, frames):
    """A video as YUV4MPEG2, wider than high: the clip in its middle, larger, with white beside it."""
    side, border = SIDE * TIMES, 32
    with open(path, "wb") as file:
        file.write(f"YUV4MPEG2 W{side + 2 * border} H{side} F25:1 Ip A1:1 C420\n".encode())
        for frame in frames:
            large = frame.repeat(TIMES, axis=0).repeat(TIMES, axis=1) * 256
            luma = np.pad(large, ((0, 0), (border, border)), constant_values=255)
            luma = np.round(16 + luma * (219 / 255)).astype(np.uint8)
            chroma = np.full(luma.size // 2, 128, np.uint8)
            file.write(b"FRAME\n" + luma.tobytes() + chroma.tobytes())


def animation(frames):
    """An animated PNG, 25 frames a second, grey, without loss."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def pixels(frame):
        rows = np.round(frame * 256).astype(np.uint8)
        return zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))

    number = 0
    parts = [b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)),
             chunk(b"acTL", struct.pack(">II", len(frames), 1))]
    for index, frame in enumerate(frames):
        control = struct.pack(">IIIIIHHBB", number, SIDE, SIDE, 0, 0, 1, 25, 0, 0)
        parts.append(chunk(b"fcTL", control))
        number += 1
        if index == 0:
            parts.append(chunk(b"IDAT", pixels(frame)))
        else:
            parts.append(chunk(b"fdAT", struct.pack(">I", number) + pixels(frame)))
            number += 1
    return b"".join(parts + [chunk(b"IEND", b"")])

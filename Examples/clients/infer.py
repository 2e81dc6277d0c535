"""Plays a clip to `sluice serve` frame by frame with Triton's client, and prints what it shows.

    pip install numpy tritonclient[http]
    python infer.py localhost:8000 CLIP.npz LABELS.txt
"""
import sys

import numpy as np
import tritonclient.http as http

address, clip, labels = sys.argv[1:]
frames = np.load(clip)["frames"][0]  # [time, 1, 32, 32]
labels = open(labels, encoding="utf-8").read().splitlines()

client = http.InferenceServerClient(address)
for i, frame in enumerate(frames):
    tensor = http.InferInput("frames", [1, 1, 1, 32, 32], "FP32")
    tensor.set_data_from_numpy(frame[None, None].astype(np.float32))
    answer = client.infer(
        "video-actions",
        [tensor],
        sequence_id="a clip",
        sequence_start=i == 0,
        sequence_end=i == len(frames) - 1,
    )
    probabilities = answer.as_numpy("probabilities").ravel()
    print(f"frame {i + 1}: {labels[probabilities.argmax()]} {probabilities.max():.2f}")

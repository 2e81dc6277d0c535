"""Plays a clip to `sluice serve` over one streaming call of gRPC with Triton's client, and prints what it shows.

    pip install numpy tritonclient[grpc]
    python infer_grpc.py localhost:8001 CLIP.npz LABELS.txt
"""
import queue
import sys

import numpy as np
import tritonclient.grpc as grpc

address, clip, labels = sys.argv[1:]
frames = np.load(clip)["frames"][0]  # [time, 1, 32, 32]
labels = open(labels, encoding="utf-8").read().splitlines()

answers = queue.Queue()
with grpc.InferenceServerClient(address) as client:
    client.start_stream(callback=lambda result, error: answers.put((result, error)))
    for i, frame in enumerate(frames):
        tensor = grpc.InferInput("frames", [1, 1, 1, 32, 32], "FP32")
        tensor.set_data_from_numpy(frame[None, None].astype(np.float32))
        client.async_stream_infer(
            "video-actions",
            [tensor],
            sequence_id="a clip",
            sequence_start=i == 0,
            sequence_end=i == len(frames) - 1,
        )
    for i in range(len(frames)):
        answer, error = answers.get(timeout=60)
        if error:
            raise error
        probabilities = answer.as_numpy("probabilities").ravel()
        print(f"frame {i + 1}: {labels[probabilities.argmax()]} {probabilities.max():.2f}")

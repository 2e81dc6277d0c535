"""PyTorch's GRU (cuDNN on NVIDIA) at the sizes that run.sh measures; one line of JSON per size.

    peers.py sequence HIDDEN STEPS:BATCH,…  …   µs a step of whole sequences that lie on the device
    peers.py step HIDDEN 1:BATCH,…              µs of one step, frames and states' outputs through the host

fp32 is fp32: TF32 is off. Without torch or without a GPU the lines say so instead of a time.
"""

import json
import sys
import time

try:
    import torch
except ImportError:
    torch = None


def reason():
    if torch is None:
        return "no torch here"
    return None if torch.cuda.is_available() else "torch finds no GPU"


def median_us(run, seconds=0.15):
    """Median time of a run that ends with everything done."""
    for _ in range(3):
        run()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2] * 1e6


def sequence(network, hidden, steps, batch, kind):
    x = torch.randn(steps, batch, hidden, device="cuda", dtype=kind)

    def run():
        network(x)
        torch.cuda.synchronize()
    return median_us(run) / steps


def step(network, hidden, steps, batch, kind):
    frame = torch.randn(1, batch, hidden, dtype=kind).pin_memory()
    output = torch.empty(1, batch, hidden, dtype=kind).pin_memory()
    state = [torch.zeros(1, batch, hidden, device="cuda", dtype=kind)]

    def run():
        y, state[0] = network(frame.to("cuda", non_blocking=True), state[0])
        output.copy_(y, non_blocking=True)
        torch.cuda.synchronize()
    return median_us(run)


def cases(words):
    """(steps, batch) of words such as 187:1,2,32."""
    return [(int(steps), int(batch)) for steps, batches in (word.split(":") for word in words)
            for batch in batches.split(",")]


def timed(mode, hidden, steps, batch, precision):
    kind = torch.float16 if precision == "fp16" else torch.float32
    with torch.inference_mode():
        network = torch.nn.GRU(hidden, hidden).to("cuda", kind)
        return (sequence if mode == "sequence" else step)(network, hidden, steps, batch, kind)


def main():
    mode, hidden = sys.argv[1], int(sys.argv[2])
    why = reason()
    if why is None:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    for precision in ("fp16", "fp32"):
        for steps, batch in cases(sys.argv[3:]):
            line = {"peer": "torch", "mode": mode, "hidden": hidden, "steps": steps, "batch": batch,
                    "precision": precision}
            if why:
                line["reason"] = why
            else:
                try:
                    line["us"] = timed(mode, hidden, steps, batch, precision)
                except RuntimeError as error:
                    line["reason"] = str(error)[:300]
                line["version"] = f"torch {torch.__version__}, cuDNN {torch.backends.cudnn.version()}"
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()

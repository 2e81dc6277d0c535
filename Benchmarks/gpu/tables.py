"""Tables of run.sh: times beside PyTorch's and beside what part d measured as the bounds."""

import json
import re


class Bounds:
    """What this machine can do at most, as part d measured it; without it there are no bounds."""

    def __init__(self, lines):
        self.results = [(line["experiment"], result) for line in lines for result in line["results"]
                        if isinstance(result.get("measured"), (int, float))]
        self.rates = {"fp16": self.largest("E6", "TFLOP/s", "", 1e12),
                      "fp32": self.largest("E9", "TFLOP/s", "F64", 1e12)}
        self.copy = self.largest("E2", "GB/s", "write from pinned", 1e9)
        # Bytes of a working set that the groups share out, and bytes a second.
        self.slices = sorted((int(found[1]) << 20, result["measured"] * 1e12)
                             for experiment, result in self.results
                             if experiment == "E5" and result.get("unit") == "TB/s"
                             and (found := re.search(r"own slice of (\d+) MB$", result["name"])))

    @staticmethod
    def read(folder):
        """From part d's file in `folder`."""
        try:
            return Bounds(json.loads((folder / "d.json").read_text())["results"])
        except (OSError, ValueError):
            return Bounds([])

    def largest(self, experiment, unit, name, scale):
        values = [result["measured"] * scale for at, result in self.results
                  if at == experiment and result.get("unit") == unit
                  and result["name"].startswith(name)]
        return max(values, default=None)

    def bandwidth(self, size):
        """Bytes a second at which a set of `size` bytes was read: from the smallest measured set that holds
        as much, so from the second-level cache where it fits there, else from memory."""
        fitting = [rate for bytes_, rate in self.slices if bytes_ >= size]
        return (fitting or [rate for _, rate in self.slices[-1:]] or [None])[0]

    def step_us(self, hidden, streams, precision, inputs):
        """What a step takes at least: its weights once, or its operations. `inputs`: whether the input
        product is part of it."""
        values = (6 if inputs else 3) * hidden * hidden
        size = values * (2 if precision == "fp16" else 4)
        return self.least((size, self.bandwidth(size)),
                          (2 * values * streams, self.rates.get(precision)))

    def call_us(self, entry):
        """What a call of all streams takes at least, from host to host: its operations, or its frames and
        outputs through the bus."""
        return self.least(
            (entry["operations"] * entry["streams"], self.rates.get(entry["precision"])),
            (entry["transfer_bytes"] * entry["streams"], self.copy))

    @staticmethod
    def least(*works):
        times = [amount / rate * 1e6 for amount, rate in works if rate]
        return max(times, default=None)


def device_us(entry):
    """What a call's kernels take by the device's clock, transfers and waiting left out."""
    profile = entry.get("profile")
    if not profile or "device's clock" not in profile["method"]:
        return None
    return sum(part["us"] for part in profile["parts"] if part.get("operation") is not None)


def row(*cells):
    print("| " + " | ".join("-" if cell is None else f"{cell:.3g}" if isinstance(cell, float)
                            and abs(cell) < 1 else f"{cell:.2f}" if isinstance(cell, float)
                            else str(cell) for cell in cells) + " |")


def recurrences(content, bounds):
    """Parts a and b. A sequence is held against cuDNN's time and the bound by its kernels' time, because
    cuDNN's frames lie on the device; a step from host to host, as PyTorch's was measured."""
    row("H", "streams", "steps", "precision", "µs a step", "p99", "on the device", "cuDNN µs",
        "times cuDNN", "bound µs", "part of bound", "checked frames")
    row(*["--:"] * 12)
    for entry in content["results"]:
        hidden = int(entry["model"].split(",")[1])
        steps = entry.get("sequence", 1)
        peer = next((line["us"] for line in content["peers"]
                     if (line["hidden"], line["batch"], line["steps"], line["precision"])
                     == (hidden, entry["streams"], steps, entry["precision"]) and line.get("us")), None)
        kernels = device_us(entry)
        time = (kernels if content["part"] == "a" and kernels else entry["p50_us"]) / steps
        bound = bounds.step_us(hidden, entry["streams"], entry["precision"], steps == 1)
        row(hidden, entry["streams"], steps, entry["precision"], entry["p50_us"] / steps,
            entry["p99_us"] / steps, kernels and kernels / steps, peer, peer and peer / time,
            bound, bound and bound / time, entry.get("checked_frames"))


def networks(content, bounds):
    row("network", "streams", "p50 µs", "p99 µs", "frames/s", "streams at 62.5 frames/s", "bound µs",
        "part of bound")
    row(*["--:"] * 8)
    for entry in content["results"]:
        bound = bounds.call_us(entry)
        row(entry["model"].split("/")[-1], entry["streams"], entry["p50_us"], entry["p99_us"],
            entry["frames_per_second"], int(entry["frames_per_second"] / 62.5), bound,
            bound and bound / entry["p50_us"])


def probes(content, _):
    """Part d: the bounds themselves, beside what was predicted on paper."""
    row("experiment", "result", "measured", "unit", "predicted", "part of predicted")
    row(*["--:"] * 6)
    for line in content["results"]:
        for result in line["results"]:
            measured, predicted = result.get("measured"), result.get("predicted")
            known = isinstance(predicted, (int, float)) and not isinstance(predicted, bool)
            part = measured / predicted if known and predicted and isinstance(
                measured, (int, float)) else None
            row(line["experiment"], result["name"], measured, result.get("unit", ""), predicted, part)

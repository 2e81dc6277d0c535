"""Writes the PyTorch half of the streaming tests: small random networks as torch.onnx exports them.

Each network is drawn from its number: recurrences over time, convolutions (causal, dilated, strided, with the tail cut
off), pools, norms, residuals, reshapes that merge batch and time, recurrences along features, the last step. Even numbers
are exported by torch.onnx.export(dynamo=True), which freezes batch and time at the example's lengths; odd ones by the
TorchScript exporter with batch and time as dynamic axes. NN.npz holds `x` [batch, time, features] and what PyTorch
computes: `y`, and `last` where the network selects the last step; `time_axis` is 1 where nothing in the file tells which
axis is time (frozen, no recurrence).

The dynamo exporter writes nn.RNN out step by step (its time is gone from the file), so only odd numbers draw one.

    python make_torch_networks.py [NUMBER…]        (torch 2.13, onnx 1.23, onnxscript 0.7.2)
"""

import io
import random
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from torch import nn

HERE = Path(__file__).resolve().parent / "torch"
COUNT = 100


class Recurrent(nn.Module):
    """A GRU, LSTM or RNN over time."""

    def __init__(self, kind, width, hidden):
        super().__init__()
        self.net = getattr(nn, kind)(width, hidden, batch_first=True, num_layers=1 if kind == "RNN" else 2)

    def forward(self, x):
        return self.net(x)[0]


class Convolution(nn.Module):
    """A convolution over time: padded before, cut behind, or not padded at all."""

    def __init__(self, width, out, kernel, dilation, stride, style):
        super().__init__()
        self.style, self.reach = style, (kernel - 1) * dilation
        padding = self.reach if style == "cut" else 0
        self.conv = nn.Conv1d(width, out, kernel, stride=stride, dilation=dilation, padding=padding)

    def forward(self, x):
        x = x.transpose(1, 2)
        if self.style == "causal":
            x = F.pad(x, (self.reach, 0))
        y = self.conv(x)
        if self.style == "cut" and self.reach:
            y = y[:, :, :-self.reach]
        return y.transpose(1, 2)


class Convolution2d(nn.Module):
    """A causal convolution over time and features, features padded alike on both sides."""

    def __init__(self, width):
        super().__init__()
        self.conv, self.norm, self.back = nn.Conv2d(1, 3, (3, 3), padding=(0, 1)), nn.BatchNorm2d(3), nn.Conv2d(3, 1, 1)

    def forward(self, x):
        y = F.pad(x.unsqueeze(1), (0, 0, 2, 0))
        return self.back(F.relu(self.norm(self.conv(y)))).squeeze(1)


class Merged(nn.Module):
    """A linear layer on batch and time merged into one axis."""

    def __init__(self, width, out):
        super().__init__()
        self.fc, self.out = nn.Linear(width, out), out

    def forward(self, x):
        batch, time = x.shape[:2]
        return torch.relu(self.fc(x.reshape(batch * time, -1))).reshape(batch, time, self.out)


class AlongFeatures(nn.Module):
    """A two-way GRU along the features of each frame, batch and time merged into its rows."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, 2, batch_first=True, bidirectional=True)

    def forward(self, x):
        batch, time, width = x.shape
        y = self.gru(x.reshape(batch * time, width // 2, 2))[0]
        return y.reshape(batch, time, width * 2)


class Residual(nn.Module):
    """x plus a causal convolution of it."""

    def __init__(self, width, kernel):
        super().__init__()
        self.inner = Convolution(width, width, kernel, 1, 1, "causal")

    def forward(self, x):
        return x + torch.tanh(self.inner(x))


class Pool(nn.Module):
    """A maximum or mean over a few entries of time."""

    def __init__(self, kind, kernel, stride):
        super().__init__()
        self.pool = nn.MaxPool1d(kernel, stride) if kind == "max" else nn.AvgPool1d(kernel, stride)

    def forward(self, x):
        return self.pool(x.transpose(1, 2)).transpose(1, 2)


class ChannelNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.BatchNorm1d(width)

    def forward(self, x):
        return self.norm(x.transpose(1, 2)).transpose(1, 2)


class Network(nn.Module):
    """Layers in a row; with `classes`, scores of the last step beside the whole output."""

    def __init__(self, draw, features, frozen):
        super().__init__()
        width, stride_left = features, draw.choice([1, 2])
        layers, self.recurrent = [], False
        for _ in range(draw.randint(1, 12)):
            kind = draw.choice(["rnn", "rnn", "conv", "conv", "conv2d", "merged", "features", "residual", "pool", "norm"])
            if kind == "rnn":
                hidden = draw.randint(2, 6)
                drawn = draw.choice(["GRU", "GRU", "LSTM", "RNN"])
                layers.append(Recurrent("GRU" if frozen and drawn == "RNN" else drawn, width, hidden))
                width, self.recurrent = hidden, True
            elif kind == "conv":
                out, stride = draw.randint(2, 6), stride_left if draw.random() < 0.5 else 1
                style = draw.choice(["causal", "valid"] + (["cut"] if stride == 1 else []))
                layers.append(Convolution(width, out, draw.randint(2, 4), draw.randint(1, 2), stride, style))
                width, stride_left = out, stride_left // stride if stride > 1 else stride_left
            elif kind == "conv2d":
                layers.append(Convolution2d(width))
            elif kind == "merged":
                out = draw.choice([4, 6])
                layers.append(Merged(width, out))
                width = out
            elif kind == "features" and width % 2 == 0 and width <= 8:
                layers.append(AlongFeatures())
                width *= 2
            elif kind == "residual":
                layers.append(Residual(width, draw.randint(2, 3)))
            elif kind == "pool":
                layers.append(Pool(draw.choice(["max", "mean"]), 2, 1))
            else:
                layers.append(draw.choice([nn.LayerNorm, ChannelNorm])(width))
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(width, 5) if draw.random() < 0.5 else None

    def forward(self, x):
        y = self.layers(x)
        if self.head is None:
            return y
        return y, torch.softmax(self.head(y[:, -1]), dim=-1)


def export(network, x, frozen):
    """The network's ONNX file as bytes, without the exporting machine's stack traces."""
    names = ["y"] + (["last"] if network.head is not None else [])
    if frozen:
        program = torch.onnx.export(network, (x,), dynamo=True, input_names=["x"], output_names=names, verbose=False)
        model = program.model_proto
        for node in model.graph.node:
            del node.metadata_props[:]
    else:
        axes = {"x": {0: "batch", 1: "time"}}
        buffer = io.BytesIO()
        torch.onnx.export(network, (x,), buffer, dynamo=False, input_names=["x"], output_names=names, dynamic_axes=axes)
        model = onnx.load_from_string(buffer.getvalue())
    return model.SerializeToString()


@torch.no_grad()
def main():
    warnings.filterwarnings("ignore")
    HERE.mkdir(exist_ok=True)
    for number in map(int, sys.argv[1:]) if len(sys.argv) > 1 else range(COUNT):
        torch.manual_seed(number)
        draw = random.Random(number)
        features, frozen = draw.choice([4, 6, 8]), number % 2 == 0
        # Time sometimes equals another dimension: nothing may be told from the size alone.
        shape = (draw.choice([1, 2]) if frozen else 2, 40 if draw.random() < 0.7 else features * 8, features)
        network, x = Network(draw, features, frozen), torch.randn(shape)
        for module in network.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
                module.running_mean.normal_()
                module.running_var.uniform_(0.5, 2)
        network.eval()
        results = network(x) if network.head is not None else (network(x),)
        arrays = {"x": x.numpy()} | {name: y.numpy() for name, y in zip(["y", "last"], results)}
        if frozen and not network.recurrent:
            arrays["time_axis"] = np.array(1)
        (HERE / f"{number:02d}.onnx").write_bytes(export(network, x, frozen))
        np.savez_compressed(HERE / f"{number:02d}.npz", **arrays)
        print(number, [type(layer).__name__ for layer in network.layers], [tuple(r.shape) for r in results])


if __name__ == "__main__":
    main()

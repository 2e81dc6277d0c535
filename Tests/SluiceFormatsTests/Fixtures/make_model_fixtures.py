#!/usr/bin/env python3
"""Makes the fixtures of the model.json tests: networks, the weights they name, inputs and answers.

    python3 make_model_fixtures.py         (numpy, onnx, torch and safetensors; seeds are fixed)

Everything goes to Files/ beside this script.
"""

import json

import numpy as np
import onnx
import onnx.helper as oh
import torch

from make_file_fixtures import FILES, save_safetensors
from reference_cells import keras_gru, keras_lstm, keras_rnn, tensorflow_gru, tensorflow_lstm


class Networks:
    """Networks as model.json files over one weight file, with inputs and what they must answer."""

    def __init__(self):
        self.tensors, self.arrays, self.lines = {}, {}, []

    def add(self, name, layers, x, y, tensors=(), shape=None, dtype="float32"):
        description = {
            "sluice": 1, "name": name, "weights": "networks.safetensors",
            "input": {"name": "x", "type": dtype, "shape": shape or ["batch", "time", *x.shape[2:]]},
            "output": {"name": "y"}, "layers": layers}
        self.lines.append(json.dumps(description))
        self.tensors.update({key: torch.as_tensor(value).detach().clone().contiguous() for key, value in dict(tensors).items()})
        self.arrays[f"{name}.x"] = x.numpy()
        self.arrays[f"{name}.y"] = torch.as_tensor(y).detach().float().numpy()

    def module(self, name, layer, module, x, y, prefix=None):
        prefix = prefix or name
        self.add(name, layer, x, y, {f"{prefix}.{key}": value for key, value in module.state_dict().items()})

    def write(self):
        save_safetensors(self.tensors, "networks.safetensors")
        (FILES / "networks.jsonl").write_text("\n".join(self.lines) + "\n")
        np.savez_compressed(FILES / "networks.npz", **self.arrays)


def onnx_part(name, nodes, weights, inputs, outputs):
    graph = oh.make_graph(
        nodes, name,
        [oh.make_tensor_value_info(n, onnx.TensorProto.FLOAT, shape) for n, shape in inputs],
        [oh.make_tensor_value_info(n, onnx.TensorProto.FLOAT, shape) for n, shape in outputs],
        [onnx.numpy_helper.from_array(np.asarray(v), n) for n, v in weights.items()])
    model = oh.make_model(graph, opset_imports=[oh.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, FILES / name)


def cnn_part(name, features):
    """[batch, 1, 6, 6] to [batch, features]: the first axis has the name it has outside."""
    torch.manual_seed(5)
    conv, linear = torch.nn.Conv2d(1, 2, 3, stride=2), torch.nn.Linear(8, features)
    onnx_part(
        name,
        [oh.make_node("Conv", ["frame", "w", "b"], ["c"], strides=[2, 2]),
         oh.make_node("Relu", ["c"], ["r"]), oh.make_node("Flatten", ["r"], ["flat"], axis=1),
         oh.make_node("Gemm", ["flat", "v", "d"], ["features"], transB=1)],
        {"w": conv.weight.detach().numpy(), "b": conv.bias.detach().numpy(),
         "v": linear.weight.detach().numpy(), "d": linear.bias.detach().numpy()},
        [("frame", ["batch", 1, 6, 6])], [("features", ["batch", features])])
    return torch.nn.Sequential(conv, torch.nn.ReLU(), torch.nn.Flatten(), linear)


def pytorch_networks(networks):
    nn = torch.nn
    x = torch.randn(2, 7, 8)
    for name, module in {
        "gru": nn.GRU(8, 5, num_layers=2, batch_first=True),
        "gru_both": nn.GRU(8, 5, num_layers=2, batch_first=True, bidirectional=True),
        "gru_plain": nn.GRU(8, 5, batch_first=True, bias=False),
        "lstm": nn.LSTM(8, 5, num_layers=2, batch_first=True),
        "lstm_both": nn.LSTM(8, 5, batch_first=True, bidirectional=True),
        "rnn": nn.RNN(8, 5, num_layers=2, batch_first=True),
    }.items():
        kind = name.split("_")[0]
        networks.module(name, [{kind: {"prefix": name}}], module, x, module(x)[0])
    rnn = nn.RNN(8, 5, batch_first=True, nonlinearity="relu")
    networks.module("rnn_relu", [{"rnn": {"prefix": "rnn_relu", "layers": 1, "activation": "relu"}}], rnn, x, rnn(x)[0])
    cell = nn.GRUCell(8, 5)
    h, steps = torch.zeros(2, 5), []
    for t in range(7):
        h = cell(x[:, t], h)
        steps.append(h)
    networks.module("cell", [{"gru": {"prefix": "cell"}}], cell, x, torch.stack(steps, 1))

    norm = nn.BatchNorm1d(8)
    norm(torch.randn(64, 8) * 3 + 1)
    norm.eval()
    nn.init.normal_(norm.weight)
    networks.module("bn", [{"batchNorm": {"prefix": "bn"}}], norm, x, norm(x.transpose(1, 2)).transpose(1, 2))
    layer = nn.LayerNorm(8, eps=1e-3)
    nn.init.normal_(layer.weight)
    nn.init.normal_(layer.bias)
    networks.module("norm", [{"layerNorm": {"prefix": "norm", "epsilon": 1e-3}}], layer, x, layer(x))
    tokens = torch.randint(0, 10, (2, 7))
    table, gru = nn.Embedding(10, 8), nn.GRU(8, 5, batch_first=True)
    networks.add(
        "embedding", [{"embedding": {"prefix": "embed"}}, {"gru": {"prefix": "after_embed"}}], tokens,
        gru(table(tokens))[0],
        {"embed.weight": table.weight, **{f"after_embed.{k}": v for k, v in gru.state_dict().items()}},
        dtype="int64")
    linear = nn.Linear(8, 5)
    functional = {
        "linear": lambda v: v, "relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
        "softmax": lambda v: v.softmax(-1), "logSoftmax": lambda v: v.log_softmax(-1),
        "softsign": nn.functional.softsign, "softplus": nn.functional.softplus,
        "mish": nn.functional.mish, "hardSwish": nn.functional.hardswish, "gelu": nn.functional.gelu,
        "geluTanh": lambda v: nn.functional.gelu(v, approximate="tanh"),
        "leakyRelu": nn.functional.leaky_relu, "elu": nn.functional.elu,
        "hardSigmoid": lambda v: (0.2 * v + 0.5).clamp(0, 1),
        "thresholdedRelu": lambda v: torch.where(v > 1, v, 0.0),
    }
    for name, function in functional.items():
        networks.module(f"linear_{name}", [{"linear": {"prefix": "linear", "activation": name}}], linear, x, function(linear(x)), "linear")
    networks.module(
        "leaky", [{"linear": {"prefix": "linear"}}, {"activation": {"function": "leakyRelu", "alpha": 0.3}}],
        linear, x, nn.functional.leaky_relu(linear(x), 0.3), "linear")
    plain = nn.Linear(8, 5, bias=False)
    networks.module("linear_plain", [{"linear": {"prefix": "linear_plain"}}], plain, x, plain(x))


def convolution_networks(networks):
    nn = torch.nn
    x = torch.randn(2, 10, 8)
    for name, options, keys in [
        ("conv", {"kernel_size": 3}, {}),
        ("conv_dilated", {"kernel_size": 3, "dilation": 2}, {"dilation": 2}),
        ("conv_strided", {"kernel_size": 4, "stride": 2}, {"stride": 2}),
        ("conv_grouped", {"kernel_size": 2, "groups": 4}, {"groups": 4}),
        ("conv_valid", {"kernel_size": 3, "bias": False}, {"padding": "valid"}),
    ]:
        conv = nn.Conv1d(8, 12, **options)
        past = 0 if "padding" in keys else (options["kernel_size"] - 1) * options.get("dilation", 1)
        y = conv(nn.functional.pad(x.transpose(1, 2), (past, 0))).relu().transpose(1, 2)
        networks.module(name, [{"conv1d": {"prefix": name, "activation": "relu", **keys}}], conv, x, y)


def keras_networks(networks):
    random = np.random.default_rng(7)
    x = torch.randn(2, 7, 8)
    data = x.double().numpy()

    def weights(*shape):
        return random.normal(size=shape) * 0.5

    for name, function, gates, extra in [
        ("keras_gru_after", lambda *a: keras_gru(*a, True), 3, {}),
        ("keras_gru_before", lambda *a: keras_gru(*a, False, lambda v: np.maximum(v, 0)), 3, {"activation": "relu"}),
        ("keras_lstm", keras_lstm, 4, {}),
        ("keras_rnn", keras_rnn, 1, {}),
    ]:
        kernel, recurrent = weights(8, 5 * gates), weights(5, 5 * gates)
        bias = weights(2, 15) if name.endswith("after") else weights(5 * gates)
        tensors = {f"{name}/kernel:0": kernel, f"{name}/recurrent_kernel:0": recurrent, f"{name}/bias:0": bias}
        tensors = {key: np.float32(value) for key, value in tensors.items()}
        kind = name.split("_")[1]
        y = function(data, *[np.float64(v) for v in tensors.values()])
        networks.add(name, [{kind: {"prefix": name, "layout": "keras", **extra}}], x, y, tensors)

    tensors = {f"keras_both/{side}_lstm/{key}": np.float32(weights(*shape)) for side in ("forward", "backward")
               for key, shape in [("kernel", (8, 20)), ("recurrent_kernel", (5, 20)), ("bias", (20,))]}
    forward, backward = [[np.float64(v) for k, v in tensors.items() if side in k] for side in ("forward", "backward")]
    y = np.concatenate([keras_lstm(data, *forward), keras_lstm(data[:, ::-1], *backward)[:, ::-1]], axis=-1)
    networks.add("keras_both", [{"lstm": {
        "prefix": "keras_both/forward_lstm", "reversePrefix": "keras_both/backward_lstm", "layout": "keras"}}],
        x, y, tensors)

    kernel, bias = np.float32(weights(3, 4, 6)), np.float32(weights(6))
    grouped = torch.from_numpy(kernel).permute(2, 1, 0)
    y = torch.nn.functional.conv1d(
        torch.nn.functional.pad(x.transpose(1, 2), (2, 0)), grouped, torch.from_numpy(bias), groups=2)
    networks.add(
        "keras_conv", [{"conv1d": {"prefix": "keras_conv", "layout": "keras", "groups": 2}}], x,
        y.transpose(1, 2), {"keras_conv.kernel": kernel, "keras_conv.bias": bias})
    norm = {key: np.float32(np.abs(weights(8)) + 0.1) for key in ("gamma", "beta", "moving_mean", "moving_variance")}
    y = (data - norm["moving_mean"]) / np.sqrt(norm["moving_variance"] + 1e-3) * norm["gamma"] + norm["beta"]
    networks.add(
        "keras_bn", [{"batchNorm": {"prefix": "keras_bn", "layout": "keras"}}], x, y,
        {f"keras_bn.{key}": value for key, value in norm.items()})

    tf = {key: np.float32(weights(*shape)) for key, shape in [
        ("gates/kernel", (13, 10)), ("gates/bias", (10,)), ("candidate/kernel", (13, 5)), ("candidate/bias", (5,))]}
    networks.add(
        "tf_gru", [{"gru": {"prefix": "cell_0/gru_cell", "layout": "tensorflow"}}], x,
        tensorflow_gru(data, *[np.float64(v) for v in tf.values()]),
        {f"cell_0/gru_cell/{key}": value for key, value in tf.items()})
    tf = {"kernel": np.float32(weights(13, 20)), "bias": np.float32(weights(20))}
    networks.add(
        "tf_lstm", [{"lstm": {"prefix": "cell_0/lstm_cell", "layout": "tensorflow"}}], x,
        tensorflow_lstm(data, *[np.float64(v) for v in tf.values()]),
        {f"cell_0/lstm_cell/{key}": value for key, value in tf.items()})


def mixed_networks(networks):
    nn = torch.nn
    cnn = cnn_part("cnn.onnx", 8)
    gru, fc = nn.GRU(8, 5, batch_first=True), nn.Linear(5, 3)
    frames = torch.randn(2, 7, 1, 6, 6)
    features = cnn(frames.flatten(0, 1)).unflatten(0, (2, 7))
    head = {**{f"head.gru.{k}": v for k, v in gru.state_dict().items()},
            **{f"head.fc.{k}": v for k, v in fc.state_dict().items()}}
    layers = [
        {"onnx": {"file": "cnn.onnx", "input": "frame", "output": "features"}},
        {"gru": {"prefix": "head.gru", "layers": 1}},
        {"linear": {"prefix": "head.fc", "activation": "softmax"}}]
    y = fc(gru(features)[0]).softmax(-1)
    networks.add("part", layers, frames, y, head)
    networks.add("part_open", layers, frames, y, head, shape=["batch", "time", 1, "height", "width"])
    onnx_part(
        "sequence_part.onnx", [oh.make_node("Mul", ["sequence", "two"], ["doubled"])],
        {"two": np.float32(2)}, [("sequence", ["rows", "length", 8])], [("doubled", ["rows", "length", 8])])
    x = torch.randn(2, 7, 8)
    networks.add(
        "part_sequence", [{"onnx": {"file": "sequence_part.onnx"}}, {"gru": {"prefix": "head.gru"}}], x,
        gru(2 * x)[0], head)
    pictures = torch.randn(2, 7, 2, 4)
    networks.add(
        "last", [{"flatten": {}}, {"gru": {"prefix": "head.gru"}}, {"lastStep": {}}, {"linear": {"prefix": "head.fc"}}],
        pictures, fc(gru(pictures.flatten(2))[0][:, -1]), head)


def page_weights():
    """Tensors under the names that the examples of model-json.md use."""
    nn = torch.nn
    modules = {
        "gru": nn.GRU(8, 5, num_layers=2), "fc": nn.Linear(5, 3), "rnn": nn.RNN(8, 6),
        "encoder": nn.LSTM(8, 4, bidirectional=True), "bn": nn.BatchNorm1d(8), "norm": nn.LayerNorm(8),
        "embed": nn.Embedding(10, 8), "conv1": nn.Conv1d(8, 8, 3), "conv2": nn.Conv1d(8, 8, 2, groups=4)}
    tensors = {f"{name}.{key}": value.clone() for name, module in modules.items()
               for key, value in module.state_dict().items()}
    shapes = {
        "vad_gru.kernel": (8, 9), "vad_gru.recurrent_kernel": (3, 9), "vad_gru.bias": (9,),
        "rnn/gru_cell/gates/kernel": (7, 8), "rnn/gru_cell/gates/bias": (8,),
        "rnn/gru_cell/candidate/kernel": (7, 4), "rnn/gru_cell/candidate/bias": (4,),
        "dense.kernel": (8, 6), "dense.bias": (6,), "W_o": (6, 3), "b_o": (3,)}
    tensors.update({name: torch.randn(shape) for name, shape in shapes.items()})
    save_safetensors(tensors, "page.safetensors")


def model_files():
    torch.manual_seed(11)
    networks = Networks()
    with torch.no_grad():
        pytorch_networks(networks)
        convolution_networks(networks)
        keras_networks(networks)
        mixed_networks(networks)
    networks.write()
    page_weights()


def main():
    FILES.mkdir(exist_ok=True)
    model_files()


if __name__ == "__main__":
    main()

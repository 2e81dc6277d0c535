"""Makes the ONNX files that the import tests read, and what ONNX Runtime answers to them.

    pip install numpy onnx onnxruntime
    python make_onnx_fixtures.py

Writes ONNX/*.onnx and ONNX/cases.json beside this script. Each file shows one old or rare form of an
operator, or one property of a whole file.
"""

import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).parent / "ONNX"
F, I64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
random = np.random.default_rng(7)
cases = []


def info(name, array_or_shape, kind=None):
    if isinstance(array_or_shape, np.ndarray):
        kind = helper.np_dtype_to_tensor_dtype(array_or_shape.dtype)
        array_or_shape = array_or_shape.shape
    return helper.make_tensor_value_info(name, kind or F, array_or_shape)


def untyped(name):
    value = onnx.ValueInfoProto()
    value.name = name
    value.type.tensor_type.elem_type = F
    return value


def floats(*shape):
    return random.standard_normal(shape).astype(np.float32)


def case(name, opset, nodes, inputs, outputs, weights=None, expected=None, ir=None, edit=None,
         functions=(), domains=(), rankless=(), finish=None):
    """`outputs` maps names to element types. The answers are ONNX Runtime's unless given; `edit`
    changes the model before it is asked, `finish` afterwards."""
    initializers = [numpy_helper.from_array(v, k) for k, v in (weights or {}).items()]
    graph = helper.make_graph(
        nodes, name,
        [untyped(k) if k in rankless else info(k, v) for k, v in inputs.items()],
        [info(k, None, v) for k, v in outputs.items()], initializers)
    imports = [helper.make_opsetid("", opset)] + [helper.make_opsetid(d, 1) for d in domains]
    model = helper.make_model(graph, opset_imports=imports, functions=list(functions),
                              producer_name="fixtures")
    model.ir_version = ir or (8 if opset < 22 else 10)
    if edit:
        edit(model)
    data = model.SerializeToString()
    if expected is None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(data, options)
        expected = dict(zip(outputs, session.run(list(outputs), inputs)))
    if finish:
        finish(model)
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString())
    cases.append({
        "name": name,
        "inputs": {k: tensor(v) for k, v in inputs.items()},
        "outputs": {k: tensor(np.asarray(v)) for k, v in expected.items()},
    })


def tensor(array):
    return {"type": str(array.dtype), "shape": list(array.shape),
            "values": [float(x) for x in array.astype(np.float64).ravel()]}


def node(kind, inputs, outputs, **attributes):
    return helper.make_node(kind, inputs, outputs, name=attributes.pop("name", f"n_{outputs[0]}"),
                            **attributes)


X = floats(2, 3, 4)
IMAGE = floats(1, 2, 5, 6)


def attributes_of_old_opsets():
    case("slice_1", 9, [node("Slice", ["x"], ["y"], starts=[1, -3], ends=[9, -1], axes=[1, 2])],
         {"x": X}, {"y": F})
    case("slice_1_without_axes", 9, [node("Slice", ["x"], ["y"], starts=[0, 1], ends=[1, 3])],
         {"x": X}, {"y": F})
    case("squeeze_1", 9, [node("Unsqueeze", ["x"], ["u"], axes=[0, 4]),
                          node("Squeeze", ["u"], ["y"], axes=[4])], {"x": X}, {"y": F})
    case("squeeze_all", 11, [node("Unsqueeze", ["x"], ["u"], axes=[0, 4]),
                             node("Squeeze", ["u"], ["y"])], {"x": X}, {"y": F})
    case("clip_6", 9, [node("Clip", ["x"], ["y"], min=-0.5, max=0.25)], {"x": X}, {"y": F})
    case("clip_6_minimum", 9, [node("Clip", ["x"], ["y"], min=-0.5)], {"x": X}, {"y": F})
    case("clip_11_maximum", 11, [node("Clip", ["x", "", "m"], ["y"])], {"x": X}, {"y": F},
         {"m": np.float32(0.25)})
    case("pad_2", 10, [node("Pad", ["x"], ["y"], pads=[0, 1, 0, 0, 0, 2], value=1.5)],
         {"x": X}, {"y": F})
    case("pad_2_reflect", 10, [node("Pad", ["x"], ["y"], pads=[0, 0, 1, 0, 0, 2], mode="reflect")],
         {"x": X}, {"y": F})
    case("split_2", 11, [node("Split", ["x"], ["a", "b"], axis=2, split=[1, 3])],
         {"x": X}, {"a": F, "b": F})
    case("split_2_equal", 11, [node("Split", ["x"], ["a", "", "c"], axis=1)],
         {"x": X}, {"a": F, "c": F}, expected={"a": X[:, :1], "c": X[:, 2:]})
    case("split_18", 18, [node("Split", ["x"], ["a", "b"], axis=1, num_outputs=2)],
         {"x": X}, {"a": F, "b": F})
    case("topk_1", 9, [node("TopK", ["x"], ["v", "i"], k=2)], {"x": X}, {"v": F, "i": I64})
    case("topk_10", 10, [node("TopK", ["x", "k"], ["v", "i"], axis=1)], {"x": X},
         {"v": F, "i": I64}, {"k": np.array([2], np.int64)})
    for kind in ["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2"]:
        case(f"{kind.lower()}_11", 11, [node(kind, ["x"], ["y"], axes=[0, -1], keepdims=0)],
             {"x": X}, {"y": F})
        case(f"{kind.lower()}_all", 11, [node(kind, ["x"], ["y"])], {"x": X}, {"y": F})
    case("reducemean_18", 18, [node("ReduceMean", ["x", "a"], ["y"])], {"x": X}, {"y": F},
         {"a": np.array([1], np.int64)})
    case("argmax_11", 11, [node("ArgMax", ["x"], ["y"], axis=1, keepdims=0)], {"x": X}, {"y": I64})
    case("upsample_7", 7, [node("Upsample", ["x"], ["y"], scales=[1.0, 1.0, 2.0, 3.0])],
         {"x": IMAGE}, {"y": F})
    case("upsample_9_linear", 9, [node("Upsample", ["x", "s"], ["y"], mode="linear")],
         {"x": IMAGE}, {"y": F}, {"s": np.array([1, 1, 2, 2], np.float32)})
    case("resize_10", 10, [node("Resize", ["x", "s"], ["y"])], {"x": IMAGE}, {"y": F},
         {"s": np.array([1, 1, 2, 3], np.float32)})
    case("resize_11_sizes", 11,
         [node("Resize", ["x", "none", "none", "z"], ["y"], mode="linear",
               coordinate_transformation_mode="align_corners")],
         {"x": IMAGE}, {"y": F},
         {"none": np.zeros(0, np.float32), "z": np.array([1, 2, 7, 9], np.int64)})
    for mode in ["floor", "round_prefer_floor"]:
        case(f"resize_11_tf_half_pixel_{mode}", 11,
             [node("Resize", ["x", "none", "none", "z"], ["y"], nearest_mode=mode,
                   coordinate_transformation_mode="tf_half_pixel_for_nn")],
             {"x": IMAGE}, {"y": F},
             {"none": np.zeros(0, np.float32), "z": np.array([1, 2, 7, 4], np.int64)})
    case("cast_9", 9, [node("Cast", ["x"], ["y"], to=I64)], {"x": X * 3}, {"y": I64})


def normalizations():
    stats = {k: np.abs(floats(2)) + 0.1 for k in "smbv"}
    for opset in [7, 9, 14, 15]:
        case(f"batchnorm_{opset}", opset,
             [node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"], epsilon=1e-3)],
             {"x": IMAGE}, {"y": F}, stats)
    each = {k: np.abs(floats(3, 4)) + 0.1 for k in "smbv"}
    case("batchnorm_7_not_spatial", 7,
         [node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"], spatial=0)],
         {"x": X}, {"y": F}, each,
         {"y": ((X - each["m"]) / np.sqrt(each["v"] + 1e-5) * each["s"] + each["b"])})
    case("layernorm_17", 17, [node("LayerNormalization", ["x", "s", "b"], ["y"], axis=-1)],
         {"x": X}, {"y": F}, {"s": floats(4), "b": floats(4)})
    x = floats(2, 4, 3)
    grouped = x.reshape(2, 2, -1)
    unit = (grouped - grouped.mean(2, keepdims=True)) / np.sqrt(
        grouped.var(2, keepdims=True) + 1e-5)
    group = {"s": floats(2), "b": floats(2)}
    case("groupnorm_18", 18, [node("GroupNormalization", ["x", "s", "b"], ["y"], num_groups=2)],
         {"x": x}, {"y": F}, group,
         {"y": (unit * group["s"][:, None] + group["b"][:, None]).reshape(x.shape)})
    channel = {"s": floats(4), "b": floats(4)}
    case("groupnorm_21", 21, [node("GroupNormalization", ["x", "s", "b"], ["y"], num_groups=2)],
         {"x": x}, {"y": F}, channel,
         {"y": unit.reshape(x.shape) * channel["s"][:, None] + channel["b"][:, None]})


def softmaxes():
    for kind in ["Softmax", "LogSoftmax"]:
        low = kind.lower()
        case(f"{low}_11", 11, [node(kind, ["x"], ["y"], axis=1)], {"x": X}, {"y": F})
        case(f"{low}_11_default", 11, [node(kind, ["x"], ["y"])], {"x": X}, {"y": F})
        case(f"{low}_11_last", 11, [node(kind, ["x"], ["y"], axis=2)], {"x": X}, {"y": F})
        case(f"{low}_11_rankless", 11, [node(kind, ["x"], ["y"], axis=2)], {"x": X}, {"y": F},
             rankless=["x"])
        case(f"{low}_13", 13, [node(kind, ["x"], ["y"], axis=1)], {"x": X}, {"y": F})


def dropouts():
    case("dropout_7", 7, [node("Dropout", ["x"], ["y"], ratio=0.3)], {"x": X}, {"y": F})
    case("dropout_7_mask", 7, [node("Dropout", ["x"], ["y", "m"])], {"x": X}, {"y": F, "m": F},
         expected={"y": X, "m": np.ones_like(X)})
    # The standard leaves the mask of inference open before opset 12; here it says what it says since.
    case("dropout_10_mask", 10, [node("Dropout", ["x"], ["y", "m"])], {"x": X},
         {"y": F, "m": BOOL}, expected={"y": X, "m": np.ones(X.shape, bool)})
    case("dropout_13_mask_only", 13, [node("Dropout", ["x", "r", "t"], ["", "m"], name="d")],
         {"x": X}, {"m": BOOL}, {"r": np.float32(0.5), "t": np.array(False)},
         expected={"m": np.ones(X.shape, bool)})


def constants():
    value = numpy_helper.from_array(np.array([[1, 2], [3, 4]], np.float32))
    case("constant_forms", 13, [
        node("Constant", [], ["a"], value=value), node("Constant", [], ["b"], value_float=2.0),
        node("Constant", [], ["c"], value_floats=[3.0, 4.0]),
        node("Constant", [], ["d"], value_int=5), node("Constant", [], ["e"], value_ints=[6, 7]),
        node("Mul", ["a", "b"], ["f"]), node("Add", ["f", "c"], ["g"]),
        node("Add", ["d", "e"], ["h"]), node("Add", ["g", "x"], ["y"])],
        {"x": floats(2, 2)}, {"y": F, "h": I64})
    case("shape_to_state", 9, [
        node("Shape", ["x"], ["s"]), node("ConstantOfShape", ["s"], ["z"]),
        node("ConstantOfShape", ["s"], ["o"],
             value=helper.make_tensor("v", F, [1], [1.5])), node("Add", ["z", "o"], ["y"])],
        {"x": X}, {"y": F})
    case("shape_15", 15, [node("Shape", ["x"], ["y"], start=-2, end=5)], {"x": X}, {"y": I64})
    typed = [
        helper.make_tensor("i8", TensorProto.INT8, [3], [-1, 2, -128]),
        helper.make_tensor("u8", TensorProto.UINT8, [3], [255, 1, 0]),
        helper.make_tensor("i16", TensorProto.INT16, [3], [-5, 300, 0]),
        helper.make_tensor("u16", TensorProto.UINT16, [3], [65535, 1, 0]),
        helper.make_tensor("i32", TensorProto.INT32, [3], [-70000, 1, 0]),
        helper.make_tensor("u32", TensorProto.UINT32, [3], [4000000000, 1, 0]),
        helper.make_tensor("i64", TensorProto.INT64, [3], [-5000000000, 1, 0]),
        helper.make_tensor("u64", TensorProto.UINT64, [3], [5000000000, 1, 0]),
        helper.make_tensor("f64", TensorProto.DOUBLE, [3], [0.5, 1, 0]),
        helper.make_tensor("b", TensorProto.BOOL, [3], [True, False, True]),
    ]
    case("typed_data", 13,
         [node("Cast", [t.name], [f"y_{t.name}"], to=TensorProto.DOUBLE) for t in typed]
         + [node("Identity", ["x"], ["y"])],
         {"x": floats(1)}, {"y": F} | {f"y_{t.name}": TensorProto.DOUBLE for t in typed},
         edit=lambda m: m.graph.initializer.extend(typed))
    halves = [
        helper.make_tensor("h", TensorProto.FLOAT16, [3], [0.5, -2, 65504]),
        numpy_helper.from_array(np.array([1.5, 6e-8, -3], np.float16), "r"),
        helper.make_tensor("bf", TensorProto.BFLOAT16, [3], [0.5, -2, 1e38]),
    ]
    case("half_data", 13, [
        node("Cast", ["h"], ["y_h"], to=F), node("Cast", ["r"], ["y_r"], to=F),
        node("Cast", ["bf"], ["y_bf"], to=F), node("Identity", ["x"], ["y"])],
        {"x": floats(1)}, {"y": F, "y_h": F, "y_r": F, "y_bf": F},
        edit=lambda m: m.graph.initializer.extend(halves))


def windows():
    w = floats(3, 2, 3, 3)
    case("conv_same_lower", 11, [node("Conv", ["x", "w"], ["y"], auto_pad="SAME_LOWER",
                                      strides=[2, 1])], {"x": IMAGE}, {"y": F}, {"w": w})
    case("conv_valid", 11, [node("Conv", ["x", "w"], ["y"], auto_pad="VALID")],
         {"x": IMAGE}, {"y": F}, {"w": w})
    t = floats(2, 3, 3, 3)
    for mode in ["NOTSET", "SAME_UPPER"]:
        case(f"convtranspose_shape_{mode.lower()}", 11,
             [node("ConvTranspose", ["x", "w"], ["y"], auto_pad=mode, strides=[2, 2],
                   output_shape=[10, 12])], {"x": IMAGE}, {"y": F}, {"w": t})
    case("convtranspose_padding", 11,
         [node("ConvTranspose", ["x", "w"], ["y"], strides=[2, 2], pads=[1, 0, 0, 1],
               output_padding=[1, 0])], {"x": IMAGE}, {"y": F}, {"w": t})
    case("maxpool_indices", 12,
         [node("MaxPool", ["x"], ["y", "i"], kernel_shape=[2, 2], strides=[2, 2],
               storage_order=1)], {"x": IMAGE}, {"y": F, "i": I64})
    case("averagepool_ceil", 11,
         [node("AveragePool", ["x"], ["y"], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1,
               pads=[1, 0, 0, 1], count_include_pad=1)], {"x": IMAGE}, {"y": F})


def without_hidden_size(model):
    attributes = model.graph.node[-1].attribute
    attributes.remove(next(a for a in attributes if a.name == "hidden_size"))


def recurrences():
    L, M, I, H = 4, 3, 2, 5
    x = floats(L, M, I)
    for kind, gates in [("GRU", 3), ("LSTM", 4), ("RNN", 1)]:
        outs = {"y": F, "h": F} | ({"c": F} if kind == "LSTM" else {})
        names = list(outs)
        for direction, D in [("forward", 1), ("bidirectional", 2)]:
            weights = {"w": floats(D, gates * H, I), "r": floats(D, gates * H, H),
                       "b": floats(D, 2 * gates * H)}
            case(f"{kind.lower()}_{direction}", 14,
                 [node(kind, ["x", "w", "r", "b"], names, hidden_size=H, direction=direction)],
                 {"x": x}, outs, weights)
            if kind == "LSTM":
                case(f"lstm_{direction}_peepholes", 7,
                     [node(kind, ["x", "w", "r", "b", "n", "h0", "c0", "p"], names, hidden_size=H,
                           direction=direction, input_forget=0)],
                     {"x": x, "h0": floats(D, M, H), "c0": floats(D, M, H)}, outs,
                     weights | {"p": floats(D, 3 * H), "n": np.array([4, 2, 1], np.int32)})
    weights = {"w": floats(1, 15, I), "r": floats(1, 15, H), "b": floats(1, 30)}
    # The weights come out of a computation, and the hidden size from their shape.
    case("gru_computed_weights", 14,
         [node("Mul", ["w", "two"], ["w2"]), node("Mul", ["r", "two"], ["r2"]),
          node("Mul", ["b", "two"], ["b2"]),
          node("GRU", ["x", "w2", "r2", "b2"], ["y"], linear_before_reset=1, hidden_size=H)],
         {"x": x}, {"y": F}, weights | {"two": np.float32(2)}, finish=without_hidden_size)
    # Parameters are consumed by the functions that take them, in order.
    two = {"w": floats(2, 15, I), "r": floats(2, 15, H), "b": floats(2, 30)}
    case("gru_activations", 14,
         [node("GRU", ["x", "w", "r", "b"], ["y", "h"], hidden_size=H, direction="bidirectional",
               activations=["HardSigmoid", "LeakyRelu", "sigmoid", "Affine"],
               activation_alpha=[0.3, 0.05, 0.9], activation_beta=[0.4, 0.1])],
         {"x": x}, {"y": F, "h": F}, two)
    # ONNX Runtime knows no layout 1: transposes around layout 0 say what it means.
    for kind, gates in [("GRU", 3), ("LSTM", 4), ("RNN", 1)]:
        outs = ["y", "h"] + (["c"] if kind == "LSTM" else [])
        weights = {"w": floats(2, gates * H, I), "r": floats(2, gates * H, H)}
        states = {"h0": floats(2, M, H)} | ({"c0": floats(2, M, H)} if kind == "LSTM" else {})
        inputs = ["x", "w", "r", "", ""] + list(states)
        plain = helper.make_model(helper.make_graph(
            [node(kind, inputs, outs, hidden_size=H, direction="bidirectional")], kind,
            [info("x", x)] + [info(k, v) for k, v in states.items()],
            [info(k, None) for k in outs],
            [numpy_helper.from_array(v, k) for k, v in weights.items()]),
            opset_imports=[helper.make_opsetid("", 14)])
        plain.ir_version = 8
        session = onnxruntime.InferenceSession(plain.SerializeToString())
        answers = session.run(None, {"x": x} | states)
        swapped = {k: v.transpose(1, 0, 2) for k, v in ({"x": x} | states).items()}
        expected = dict(zip(outs, [answers[0].transpose(2, 0, 1, 3)]
                            + [a.transpose(1, 0, 2) for a in answers[1:]]))
        case(f"{kind.lower()}_layout_1", 14,
             [node(kind, inputs, outs, hidden_size=H, direction="bidirectional", layout=1)],
             {k: np.ascontiguousarray(v) for k, v in swapped.items()}, {k: F for k in outs},
             weights, expected)


def quantizations():
    x = floats(2, 4)
    case("quantize_10", 10, [node("QuantizeLinear", ["x", "s", "z"], ["q"]),
                             node("DequantizeLinear", ["q", "s", "z"], ["y"])],
         {"x": x}, {"y": F, "q": TensorProto.INT8}, {"s": np.float32(0.02), "z": np.int8(3)})
    case("quantize_13_axis", 13, [node("QuantizeLinear", ["x", "s"], ["q"], axis=-1),
                                  node("DequantizeLinear", ["q", "s"], ["y"], axis=-1)],
         {"x": np.abs(x)}, {"y": F, "q": TensorProto.UINT8},
         {"s": np.array([0.01, 0.02, 0.03, 0.04], np.float32)})
    case("quantize_21_blocks", 21,
         [node("QuantizeLinear", ["x", "s"], ["q"], axis=1, block_size=2,
               output_dtype=TensorProto.INT16),
          node("DequantizeLinear", ["q", "s"], ["y"], axis=1, block_size=2)],
         {"x": x}, {"y": F, "q": TensorProto.INT16},
         {"s": np.array([[0.01, 0.02], [0.03, 0.04]], np.float32)},
         expected={"q": np.rint(x / np.repeat([[0.01, 0.02], [0.03, 0.04]], 2, 1)
                                .astype(np.float32)).astype(np.int16),
                   "y": (np.rint(x / np.repeat([[0.01, 0.02], [0.03, 0.04]], 2, 1)
                                 .astype(np.float32))
                         * np.repeat([[0.01, 0.02], [0.03, 0.04]], 2, 1)).astype(np.float32)})


def branches():
    """An If in an If; both capture values and constants of the graphs around them."""
    inner = node("If", ["small"], ["ir"], name="inner",
                 then_branch=helper.make_graph([node("Mul", ["u", "two"], ["i1"])], "inner_then", [],
                                               [untyped("i1")]),
                 else_branch=helper.make_graph([node("Sub", ["u", "x"], ["i2"])], "inner_else", [],
                                               [untyped("i2")]))
    outer_then = helper.make_graph(
        [node("Add", ["x", "one"], ["u"]), node("ReduceMax", ["u"], ["top"], keepdims=0),
         node("Less", ["top", "two"], ["small"]), inner],
        "outer_then", [], [untyped("ir")],
        [numpy_helper.from_array(np.float32(1), "one")])
    outer_else = helper.make_graph([node("Neg", ["x2"], ["e"])], "outer_else", [], [untyped("e")])
    # ONNX Runtime does not take a branch that gives out what it captures.
    passing = helper.make_graph([], "passing", [], [untyped("x2")])
    for name, x, other, expected in [
            ("then_then", -np.abs(X), outer_else, None), ("then_else", X + 2, outer_else, None),
            ("else", X, outer_else, None), ("passing", X, passing, {"y": np.exp(X)})]:
        case(f"if_{name}", 13,
             [node("Exp", ["x"], ["x2"]),
              node("If", ["c"], ["y"], name="outer", then_branch=outer_then, else_branch=other)],
             {"x": x, "c": np.array(name.startswith("then"))}, {"y": F}, {"two": np.float32(2)},
             expected)


def files():
    def as_inputs(model):
        model.graph.input.append(info("w", [3, 4]))
    case("initializer_as_input", 9, [node("Add", ["x", "w"], ["y"])], {"x": X}, {"y": F},
         {"w": floats(3, 4)}, ir=3, edit=as_inputs)
    case("unsorted", 13, [node("Add", ["b", "a"], ["y"]), node("Exp", ["a"], ["b"]),
                          node("Abs", ["x"], ["a"])], {"x": X}, {"y": F},
         expected={"y": np.exp(np.abs(X)) + np.abs(X)})
    case("half_precision", 13, [node("Cast", ["x"], ["h"], to=TensorProto.FLOAT16),
                                node("Mul", ["h", "w"], ["p"]),
                                node("Cast", ["p"], ["y"], to=F)],
         {"x": np.array([1, 2, 0.5], np.float32)}, {"y": F},
         {"w": np.array([0.5, 0.25, 3], np.float16)})
    scale = helper.make_function(
        "demo", "Scale", ["v", "f"], ["r", "v"],
        [node("Mul", ["v", "f"], ["m"], name="mul"),
         helper.make_node("LeakyRelu", ["m"], ["r"], name="act")],
        [helper.make_opsetid("", 13)], attributes=["alpha"])
    reference = scale.node[1].attribute.add()
    reference.name, reference.ref_attr_name = "alpha", "alpha"
    reference.type = onnx.AttributeProto.FLOAT
    twice = helper.make_function(
        "demo", "Twice", ["v"], ["r"],
        [node("Constant", [], ["k"], value_float=3.0),
         helper.make_node("Scale", ["v", "k"], ["s", ""], name="first", domain="demo", alpha=0.5),
         helper.make_node("Scale", ["s", "k"], ["r", ""], name="second", domain="demo")],
        [helper.make_opsetid("", 13), helper.make_opsetid("demo", 1)])
    leaky = lambda v, a: np.where(v >= 0, v, a * v)
    case("functions", 13,
         [helper.make_node("Twice", ["x"], ["t"], name="call", domain="demo"),
          helper.make_node("Twice", ["t"], ["y"], name="call2", domain="demo")],
         {"x": X}, {"y": F}, functions=[scale, twice], domains=["demo"],
         expected={"y": (lambda f: f(f(X)))(
             lambda v: leaky(leaky(v * 3, 0.5) * 3, 0.01)).astype(np.float32)})


def main():
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.onnx"):
        old.unlink()
    for make in [attributes_of_old_opsets, normalizations, softmaxes, dropouts, constants, windows,
                 recurrences, quantizations, branches, files]:
        make()
    text = ",\n".join(json.dumps(c) for c in cases)
    (FOLDER / "cases.json").write_text(f"[\n{text}\n]\n")
    external_data()


def external_data():
    """A model whose weights lie in `external.bin` beside it, after 8 bytes of something else."""
    weights = np.arange(4, dtype=np.float32)
    initializer = numpy_helper.from_array(weights, "w")
    initializer.ClearField("raw_data")
    initializer.data_location = TensorProto.EXTERNAL
    for key, value in [("location", "external.bin"), ("offset", "8"), ("length", "16")]:
        entry = initializer.external_data.add()
        entry.key, entry.value = key, value
    graph = helper.make_graph([node("Add", ["x", "w"], ["y"])], "external", [info("x", [4])],
                              [info("y", [4])], [initializer])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    (FOLDER / "external.onnx").write_bytes(model.SerializeToString())
    (FOLDER / "external.bin").write_bytes(b"\0" * 8 + weights.tobytes())


if __name__ == "__main__":
    main()

"""Makes the conformance cases that ship with the project: Fixtures/cases, laid out as ONNX's own
backend tests. Expected outputs come from ONNX Runtime, which knows nothing of this project; inputs
from a fixed seed. They cover what the shared folder's index lacks: operators without a case, old
attribute forms, broadcasts, edge values, and small networks.

    python -m pip install onnx==1.23.2 onnxruntime==1.31.1 numpy
    python make_cases.py
"""

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).parent / "cases"
random = np.random.default_rng(20240607)
index = []


def floats(*shape, low=-2.0, high=2.0):
    return random.uniform(low, high, shape).astype(np.float32)


def i64(*values):
    return np.array(values, np.int64)


def node(op, inputs, outputs=("y",), **attributes):
    return helper.make_node(op, list(inputs), list(outputs), **attributes)


def value_info(name, array):
    return helper.make_tensor_value_info(
        name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)


def case(name, opset, nodes, inputs, outputs=("y",), constants=None, functions=(), domains=()):
    """Writes one case: `inputs` are fed, `constants` are initializers of the model."""
    nodes = nodes if isinstance(nodes, list) else [nodes]
    inputs = {key: np.asarray(value) for key, value in inputs.items()}
    constants = {key: np.asarray(value) for key, value in (constants or {}).items()}
    graph = helper.make_graph(
        nodes, name, [value_info(key, array) for key, array in inputs.items()],
        [helper.make_value_info(key, onnx.TypeProto()) for key in outputs],
        [numpy_helper.from_array(array, key) for key, array in constants.items()])
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(d, 1) for d in domains)]
    model = helper.make_model(
        graph, opset_imports=opsets, ir_version=10 if opset > 20 else 8, functions=functions,
        producer_name="make_cases")
    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    results = session.run(list(outputs), inputs)
    for info, array in zip(model.graph.output, results):
        info.CopyFrom(value_info(info.name, array))
    data = FOLDER / name / "test_data_set_0"
    data.mkdir(parents=True)
    onnx.save(model, str(FOLDER / name / "model.onnx"))
    for kind, arrays in (("input", inputs), ("output", dict(zip(outputs, results)))):
        for number, (key, array) in enumerate(arrays.items()):
            tensor = numpy_helper.from_array(np.asarray(array), key)
            (data / f"{kind}_{number}.pb").write_bytes(tensor.SerializeToString())
    ops = sorted({n.op_type for n in nodes})
    index.append({"path": name, "ops": ops, "opset": opset})


def single(name, opset, op, inputs, constants=None, order=None, outputs=("y",), **attributes):
    """A case of one node: its inputs are those fed, then the constants, unless `order` says so."""
    order = order if order is not None else [*inputs, *(constants or {})]
    case(name, opset, node(op, order, outputs, **attributes), inputs, outputs, constants)


def elementwise():
    x = floats(2, 3, 4)
    single("celu_default", 12, "Celu", {"x": x})
    single("celu_alpha", 12, "Celu", {"x": x}, alpha=2.5)
    single("mean_broadcast", 13, "Mean", {"a": x, "b": floats(3, 1), "c": floats(4)})
    single("mean_one", 8, "Mean", {"a": x})
    single("sum_broadcast", 13, "Sum", {"a": x, "b": floats(3, 1), "c": floats(1)})
    single("sum_opset8", 8, "Sum", {"a": floats(2, 3), "b": floats(3)})
    single("not_3d", 7, "Not", {"x": x > 0})
    single("clip_opset6_attributes", 7, "Clip", {"x": x}, min=-0.5, max=1.0)
    single("clip_opset6_only_max", 7, "Clip", {"x": x}, max=0.25)
    single("clip_only_max", 13, "Clip", {"x": x}, {"max": np.float32(0.5)}, order=["x", "", "max"])
    single("clip_int64", 13, "Clip", {"x": i64(-9, 0, 9)}, {"min": np.int64(-3)})
    single("prelu_channels", 16, "PRelu", {"x": floats(1, 3, 2, 2)}, {"slope": floats(3, 1, 1)})
    single("pow_int64", 13, "Pow", {"x": i64(-3, 2, 0, 7), "e": i64(3, 5, 0, 1)})
    single("pow_float_int32", 13, "Pow", {"x": floats(4), "e": np.array([2, 3, 0, 1], np.int32)})
    single("div_int32_truncates", 13, "Div", {
        "a": np.array([7, -7, 7, -7], np.int32), "b": np.array([2, 2, -2, -2], np.int32)})
    single("equal_bool_broadcast", 13, "Equal", {"a": x > 0, "b": floats(4) > 0})
    single("where_int64_broadcast", 16, "Where", {
        "c": x > 0, "a": i64(1, 2, 3, 4), "b": np.int64(-1).reshape(1)})
    single("where_uint8", 16, "Where", {
        "c": np.array([True, False]), "a": np.array([1, 2], np.uint8),
        "b": np.array([3, 4], np.uint8)})
    single("softmax_opset11_flattens", 11, "Softmax", {"x": x}, axis=1)
    single("log_softmax_opset7_flattens", 7, "LogSoftmax", {"x": x}, axis=1)
    single("softmax_large_values", 13, "Softmax", {"x": floats(2, 5) * 500})
    single("round_halves", 11, "Round", {"x": np.array([-2.5, -1.5, .5, 1.5, 2.5], np.float32)})
    single("min_int32", 13, "Min", {"a": np.array([1, -2], np.int32), "b": np.array([0], np.int32)})
    single("max_nan", 13, "Max", {
        "a": np.array([1, np.nan, 3], np.float32), "b": np.array([np.nan, 2, 2], np.float32)})
    single("greater_int64", 13, "Greater", {"a": i64(1, 2, 3), "b": i64(2)})
    single("hard_swish", 14, "HardSwish", {"x": floats(3, 4) * 3})
    single("gelu_tanh_large", 20, "Gelu", {"x": floats(8) * 6}, approximate="tanh")
    single("sign_int32", 13, "Sign", {"x": np.array([-4, 0, 9], np.int32)})
    single("neg_int8", 13, "Neg", {"x": np.array([-4, 0, 9], np.int8)})
    single("abs_int64", 13, "Abs", {"x": i64(-4, 0, 9)})
    single("add_float64", 14, "Add", {"a": np.array([.1, .2]), "b": np.array([.3])})
    single("sub_opset7_broadcast", 7, "Sub", {"a": x, "b": floats(3, 1)})
    single("or_broadcast", 7, "Or", {"a": x > 0, "b": floats(3, 1) > 0})
    single("erf_tails", 13, "Erf", {"x": np.array([-6, -3, -.1, 0, .1, 3, 6], np.float32)})


def shapes():
    x = floats(2, 3, 4)
    single("slice_opset1_attributes", 7, "Slice", {"x": x}, starts=[-2, 1], ends=[99, -1],
           axes=[1, 2])
    single("slice_opset1_no_axes", 7, "Slice", {"x": x}, starts=[0, 1], ends=[1, 3])
    single("slice_opset10_int32", 10, "Slice", {"x": x}, {
        "starts": np.array([3], np.int32), "ends": np.array([-99], np.int32),
        "axes": np.array([-1], np.int32), "steps": np.array([-2], np.int32)})
    single("slice_empty", 13, "Slice", {"x": x}, {"starts": i64(3), "ends": i64(1)})
    single("slice_fed_bounds", 13, "Slice", {"x": x, "starts": i64(1), "ends": i64(3)})
    single("pad_opset2_reflect", 7, "Pad", {"x": x}, pads=[0, 1, 2, 0, 1, 3], mode="reflect")
    single("pad_opset2_constant", 7, "Pad", {"x": x}, pads=[0, 1, 0, 1, 0, 2], value=1.5)
    single("pad_edge", 11, "Pad", {"x": x}, {"pads": i64(1, 0, 2, 0, 1, 3)}, mode="edge")
    single("pad_negative", 13, "Pad", {"x": x}, {"pads": i64(0, -1, 1, 0, 0, -2)})
    single("pad_axes", 18, "Pad", {"x": x}, {
        "pads": i64(1, 2), "value": np.float32(3), "axes": i64(-2)})
    single("pad_wrap", 19, "Pad", {"x": x}, {"pads": i64(0, 0, 2, 0, 0, 3)}, mode="wrap")
    single("pad_int64", 13, "Pad", {"x": i64(1, 2)}, {"pads": i64(1, 1), "value": np.int64(7)})
    single("squeeze_opset1_attribute", 7, "Squeeze", {"x": floats(1, 3, 1, 2)}, axes=[0, 2])
    single("squeeze_opset11_negative", 11, "Squeeze", {"x": floats(1, 3, 1)}, axes=[-1])
    single("squeeze_all", 13, "Squeeze", {"x": floats(1, 3, 1)})
    single("unsqueeze_opset1_attribute", 7, "Unsqueeze", {"x": floats(3, 2)}, axes=[0, 3])
    single("unsqueeze_opset11_negative", 11, "Unsqueeze", {"x": floats(3, 2)}, axes=[-1])
    parts = ("a", "b", "c")
    single("split_opset2_attribute", 7, "Split", {"x": x}, outputs=parts, axis=2, split=[1, 2, 1])
    single("split_opset2_equal", 7, "Split", {"x": x}, outputs=parts, axis=1)
    single("split_sizes_negative_axis", 13, "Split", {"x": x}, {"sizes": i64(1, 0, 3)},
           outputs=parts, axis=-1)
    single("split_uneven", 18, "Split", {"x": floats(7)}, outputs=parts, num_outputs=3)
    single("range_float", 11, "Range", {
        "a": np.float32(1), "b": np.float32(2.6), "c": np.float32(.5)})
    single("range_int64_down", 11, "Range", {"a": np.int64(7), "b": np.int64(-2), "c": np.int64(-3)})
    single("range_int32_empty", 11, "Range", {"a": np.int32(3), "b": np.int32(3), "c": np.int32(1)})
    single("reshape_zero_copies", 7, "Reshape", {"x": x}, {"shape": i64(0, -1)})
    single("reshape_allow_zero", 14, "Reshape", {"x": floats(0, 3)}, {"shape": i64(3, 0)},
           allowzero=1)
    single("flatten_negative", 13, "Flatten", {"x": x}, axis=-1)
    single("flatten_zero", 9, "Flatten", {"x": x}, axis=0)
    single("transpose_default", 13, "Transpose", {"x": x})
    single("transpose_bool", 13, "Transpose", {"x": x > 0}, perm=[1, 0, 2])
    single("concat_negative_axis", 13, "Concat", {"a": x, "b": floats(2, 3, 1)}, axis=-1)
    single("concat_empty_part", 13, "Concat", {"a": floats(0, 2), "b": floats(3, 2)}, axis=0)
    single("concat_int64_opset7", 7, "Concat", {"a": i64(1, 2), "b": i64(3)}, axis=0)
    single("gather_negative", 13, "Gather", {"x": x}, {"i": np.array([[-1, 0]], np.int32)}, axis=1)
    single("gather_scalar_last", 13, "Gather", {"x": x}, {"i": np.int64(-1)}, axis=1)
    single("gather_elements_negative", 13, "GatherElements", {
        "x": floats(3, 3), "i": np.array([[-1, 0, 2], [0, -2, 1]], np.int64)}, axis=0)
    single("scatter_nd_opset11", 11, "ScatterND", {
        "x": floats(4, 2), "i": np.array([[1], [3]], np.int64), "u": floats(2, 2)})
    single("scatter_nd_add_repeated", 16, "ScatterND", {
        "x": floats(4), "i": np.array([[1], [1], [3]], np.int64), "u": floats(3)}, reduction="add")
    single("scatter_nd_max", 18, "ScatterND", {
        "x": floats(4), "i": np.array([[0], [2]], np.int64), "u": floats(2)}, reduction="max")
    single("expand_both_ways", 13, "Expand", {"x": floats(3, 1)}, {"shape": i64(2, 1, 4)})
    single("tile_opset6", 7, "Tile", {"x": floats(2, 3)}, {"r": i64(2, 2)})
    single("tile_int64_zero", 13, "Tile", {"x": i64(1, 2)}, {"r": i64(0)})
    single("shape_start_end", 15, "Shape", {"x": x}, start=-2, end=3)
    single("size_empty", 13, "Size", {"x": floats(0, 3)})
    single("constant_of_shape_bool", 9, "ConstantOfShape", {"s": i64(2, 2)},
           value=helper.make_tensor("v", TensorProto.BOOL, [1], [True]))
    single("constant_of_shape_default", 9, "ConstantOfShape", {"s": i64(2, 0)})
    for name, to in (("int8", TensorProto.INT8), ("uint8", TensorProto.UINT8),
                     ("bool", TensorProto.BOOL), ("int64", TensorProto.INT64),
                     ("double", TensorProto.DOUBLE)):
        single(f"cast_float_to_{name}", 13, "Cast", {"x": floats(6, low=0, high=9)}, to=to)
    single("cast_int64_to_float", 13, "Cast", {"x": i64(-3, 0, 2**40)}, to=TensorProto.FLOAT)
    single("cast_bool_to_float", 9, "Cast", {"x": x > 0}, to=TensorProto.FLOAT)
    single("identity_int8", 16, "Identity", {"x": np.array([1, -2], np.int8)})
    single("dropout_opset7", 7, "Dropout", {"x": x}, ratio=0.5)
    single("dropout_ratio_input", 13, "Dropout", {"x": x}, {"r": np.float32(.5)})
    constants = [
        node("Constant", [], ["a"], value_floats=[1.0, 2.0]),
        node("Constant", [], ["b"], value_float=0.5),
        node("Constant", [], ["c"], value_ints=[1, 2]),
        node("Cast", ["c"], ["d"], to=TensorProto.FLOAT), node("Sum", ["x", "a", "b", "d"])]
    case("constant_forms", 13, constants, {"x": floats(2)})


def reductions():
    x = floats(2, 3, 4)
    for op in ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2"):
        name = "reduce_" + op[6:].lower()
        single(f"{name}_opset7_attribute", 7, op, {"x": x}, axes=[0, 2], keepdims=0)
        single(f"{name}_negative_axes", 18 if op != "ReduceSum" else 13, op, {"x": x},
               {"axes": i64(-1)}, keepdims=1)
    single("reduce_sum_opset11_all", 11, "ReduceSum", {"x": x}, keepdims=0)
    single("reduce_sum_noop", 13, "ReduceSum", {"x": x}, noop_with_empty_axes=1)
    single("reduce_sum_empty_axes_means_all", 13, "ReduceSum", {"x": x}, {"axes": i64()})
    single("reduce_max_int8", 13, "ReduceMax", {"x": np.array([[1, -2], [3, 4]], np.int8)},
           axes=[1])
    single("reduce_sum_int64", 13, "ReduceSum", {"x": i64(1, 2, 3).reshape(3, 1)}, {"axes": i64(0)})
    single("arg_max_opset7", 7, "ArgMax", {"x": x}, axis=1, keepdims=0)
    single("arg_max_ties_last", 13, "ArgMax", {"x": np.ones((2, 3), np.float32)}, axis=-1,
           select_last_index=1)
    values = ("y", "i")
    single("top_k_opset1_attribute", 7, "TopK", {"x": x}, outputs=values, k=2, axis=1)
    single("top_k_opset10", 10, "TopK", {"x": x}, {"k": i64(3)}, outputs=values)
    single("top_k_ties", 11, "TopK", {"x": np.array([[2, 1, 2, 2, 0]], np.float32)}, {"k": i64(3)},
           outputs=values)
    single("top_k_smallest_int64", 11, "TopK", {"x": i64(5, 1, 4, 1)}, {"k": i64(2)},
           outputs=values, largest=0)
    single("cum_sum_int64_reverse", 14, "CumSum", {"x": i64(1, 2, 3)}, {"a": np.int64(0)}, reverse=1,
           exclusive=1)
    single("cum_sum_negative_axis", 11, "CumSum", {"x": x}, {"a": np.int64(-2)})


def products():
    single("gemm_opset7_row_bias", 7, "Gemm", {"a": floats(3, 4), "b": floats(5, 4)},
           {"c": floats(5)}, transB=1, alpha=.5, beta=2.0)
    single("gemm_no_bias", 11, "Gemm", {"a": floats(4, 3)}, {"b": floats(4, 2)}, transA=1)
    single("gemm_column_bias", 13, "Gemm", {"a": floats(3, 4)}, {"b": floats(4, 2), "c": floats(3, 1)})
    single("gemm_float64", 13, "Gemm", {
        "a": floats(2, 3).astype(np.float64), "b": floats(3, 2).astype(np.float64)})
    single("mat_mul_vector_matrix", 13, "MatMul", {"a": floats(4), "b": floats(4, 3)})
    single("mat_mul_matrix_vector", 9, "MatMul", {"a": floats(2, 3, 4), "b": floats(4)})
    single("mat_mul_vectors", 13, "MatMul", {"a": floats(4), "b": floats(4)})
    single("mat_mul_broadcast", 13, "MatMul", {"a": floats(2, 1, 3, 4), "b": floats(5, 4, 2)})
    single("mat_mul_int32", 13, "MatMul", {
        "a": np.array([[1, -2], [3, 4]], np.int32), "b": np.array([[5], [6]], np.int32)})
    single("mat_mul_empty_inner", 13, "MatMul", {"a": floats(2, 0), "b": floats(0, 3)})
    w1 = {"w": floats(4, 1, 3), "b": floats(4)}
    single("conv_1d_groups_dilated", 11, "Conv", {"x": floats(2, 2, 9)}, w1, group=2,
           dilations=[2], pads=[4, 0])
    single("conv_depthwise", 7, "Conv", {"x": floats(1, 3, 5, 4)}, {"w": floats(3, 1, 3, 2)},
           group=3, pads=[1, 0, 1, 1], strides=[2, 1])
    single("conv_same_lower", 11, "Conv", {"x": floats(1, 2, 5, 6)}, {"w": floats(3, 2, 2, 3)},
           auto_pad="SAME_LOWER", strides=[2, 2])
    single("conv_10x4_stride_2x2", 11, "Conv", {"x": floats(1, 1, 20, 10)},
           {"w": floats(3, 1, 10, 4), "b": floats(3)}, strides=[2, 2])
    single("conv_1x1", 11, "Conv", {"x": floats(1, 4, 3, 2)}, {"w": floats(5, 4, 1, 1)})
    single("conv_3d", 11, "Conv", {"x": floats(1, 2, 3, 4, 3)}, {"w": floats(2, 2, 2, 2, 2)},
           pads=[1, 0, 0, 0, 1, 0])
    single("conv_fed_weights", 11, "Conv", {"x": floats(1, 2, 5), "w": floats(3, 2, 2)})
    single("conv_transpose_1d_groups", 11, "ConvTranspose", {"x": floats(1, 4, 3)},
           {"w": floats(4, 2, 3), "b": floats(4)}, group=2, strides=[2], output_padding=[1], pads=[1, 0])
    single("conv_transpose_2d_dilated", 11, "ConvTranspose", {"x": floats(1, 2, 3, 2)},
           {"w": floats(2, 3, 2, 2)}, dilations=[2, 1], strides=[1, 3])
    single("conv_transpose_same_upper", 11, "ConvTranspose", {"x": floats(1, 1, 3, 3)},
           {"w": floats(1, 2, 3, 3)}, auto_pad="SAME_UPPER", strides=[2, 2])


def pools():
    single("max_pool_1d_dilated", 11, "MaxPool", {"x": floats(1, 2, 9)}, kernel_shape=[3],
           dilations=[2], strides=[2], pads=[1, 2])
    single("max_pool_indices_ceil", 11, "MaxPool", {"x": floats(2, 2, 5, 4)}, outputs=("y", "i"),
           kernel_shape=[2, 3], strides=[2, 2], ceil_mode=1, pads=[0, 1, 0, 1])
    single("max_pool_column_major", 11, "MaxPool", {"x": floats(1, 2, 4, 3)}, outputs=("y", "i"),
           kernel_shape=[2, 2], storage_order=1)
    single("max_pool_int8", 12, "MaxPool", {
        "x": random.integers(-99, 99, (1, 1, 6)).astype(np.int8)}, kernel_shape=[2])
    single("max_pool_same_lower", 8, "MaxPool", {"x": floats(1, 1, 5, 5)}, kernel_shape=[2, 2],
           auto_pad="SAME_LOWER", strides=[2, 2])
    single("average_pool_opset7_pad", 7, "AveragePool", {"x": floats(1, 1, 4, 5)},
           kernel_shape=[3, 2], pads=[1, 0, 1, 1], count_include_pad=1)
    single("average_pool_1d", 11, "AveragePool", {"x": floats(2, 2, 7)}, kernel_shape=[3],
           strides=[2], pads=[1, 1])
    single("average_pool_ceil", 19, "AveragePool", {"x": floats(1, 1, 6, 6)}, kernel_shape=[3, 3],
           strides=[2, 2], ceil_mode=1)
    single("average_pool_3d", 11, "AveragePool", {"x": floats(1, 1, 3, 4, 3)},
           kernel_shape=[2, 2, 2])
    single("global_average_pool_1d", 7, "GlobalAveragePool", {"x": floats(2, 3, 5)})
    single("global_max_pool_3d", 7, "GlobalMaxPool", {"x": floats(1, 2, 2, 3, 2)})


def norms():
    def channels(count):
        return {"scale": floats(count), "bias": floats(count)}
    moments = {"mean": floats(3), "variance": floats(3, low=.5, high=2)}
    single("batch_norm_opset7", 7, "BatchNormalization", {"x": floats(2, 3, 4)},
           {**channels(3), **moments}, epsilon=1e-3)
    single("batch_norm_rows", 15, "BatchNormalization", {"x": floats(5, 3)},
           {**channels(3), **moments})
    single("instance_norm_1d", 7, "InstanceNormalization", {"x": floats(2, 3, 6)}, channels(3))
    single("layer_norm_axis_1", 17, "LayerNormalization", {"x": floats(2, 3, 4)},
           {"scale": floats(3, 4), "bias": floats(3, 4)}, outputs=("y", "mean", "inverse"), axis=1)
    single("layer_norm_no_bias", 17, "LayerNormalization", {"x": floats(2, 6)}, {"s": floats(6)},
           epsilon=1e-2)
    single("group_norm_opset18", 18, "GroupNormalization", {"x": floats(2, 4, 3)}, channels(2),
           num_groups=2)
    single("group_norm_opset21", 21, "GroupNormalization", {"x": floats(2, 4, 3, 2)}, channels(4),
           num_groups=2)


def resizes():
    x = floats(1, 1, 3, 4)
    none, scales = np.array([], np.float32), np.array([1, 1, 2, 1.5], np.float32)
    single("upsample_opset7", 7, "Upsample", {"x": x}, scales=[1.0, 1.0, 2.0, 3.0])
    single("upsample_opset9_linear", 9, "Upsample", {"x": x}, {"s": scales}, mode="linear")
    single("resize_opset10_nearest", 10, "Resize", {"x": x}, {"s": scales})
    single("resize_opset10_linear", 10, "Resize", {"x": x}, {"s": scales}, mode="linear")
    single("resize_opset11_sizes", 11, "Resize", {"x": x}, {
        "roi": none, "s": none, "sizes": i64(1, 1, 5, 2)}, mode="linear",
        coordinate_transformation_mode="align_corners")
    single("resize_linear_half_pixel", 13, "Resize", {"x": x}, {"s": scales}, order=["x", "", "s"],
           mode="linear")
    single("resize_axes", 18, "Resize", {"x": x}, {"s": np.array([2], np.float32)},
           order=["x", "", "s"], mode="nearest", axes=[3], nearest_mode="floor",
           coordinate_transformation_mode="asymmetric")
    single("resize_linear_down", 13, "Resize", {"x": floats(1, 2, 9)}, {"sizes": i64(1, 2, 4)},
           order=["x", "", "", "sizes"], mode="linear",
           coordinate_transformation_mode="pytorch_half_pixel")


def quantisation():
    x = floats(3, 4) * 10
    single("quantize_opset10_int8", 10, "QuantizeLinear", {"x": x}, {
        "s": np.float32(.1), "z": np.int8(3)})
    single("quantize_halves_to_even", 13, "QuantizeLinear", {
        "x": np.array([.5, 1.5, 2.5, -.5, 300, -300], np.float32)}, {
        "s": np.float32(1), "z": np.uint8(128)})
    single("quantize_axis", 13, "QuantizeLinear", {"x": x}, {
        "s": floats(3, low=.05, high=.2), "z": np.array([0, 5, -5], np.int8)}, axis=0)
    single("quantize_uint16", 21, "QuantizeLinear", {"x": x}, {
        "s": np.float32(.01), "z": np.uint16(32768)})
    single("quantize_blocked", 21, "QuantizeLinear", {"x": x}, {
        "s": floats(3, 2, low=.1, high=.3), "z": np.zeros((3, 2), np.int8)}, axis=1, block_size=2)
    q = random.integers(-128, 128, (3, 4)).astype(np.int8)
    single("dequantize_axis_negative", 13, "DequantizeLinear", {"x": q}, {
        "s": floats(4, low=.05, high=.2), "z": np.array([0, 1, -1, 9], np.int8)}, axis=-1)
    single("dequantize_int32", 10, "DequantizeLinear", {"x": np.array([-70000, 5], np.int32)},
           {"s": np.float32(.25)})
    single("dequantize_blocked", 21, "DequantizeLinear", {"x": q}, {
        "s": floats(3, 2, low=.1, high=.3)}, axis=1, block_size=2)


def recurrences():
    size, steps, rows, inputs = 3, 4, 2, 2

    def weights(gates, directions=1):
        return {"w": floats(directions, gates * size, inputs), "r": floats(directions, gates * size, size),
                "b": floats(directions, 2 * gates * size)}
    x = {"x": floats(steps, rows, inputs)}
    lstm = ("y", "h", "c")
    single("lstm_input_forget", 14, "LSTM", x, weights(4), outputs=lstm, hidden_size=size,
           input_forget=1)
    single("lstm_input_forget_peepholes", 7, "LSTM", x, {**weights(4), "p": floats(1, 3 * size)},
           order=["x", "w", "r", "b", "", "", "", "p"], outputs=lstm, hidden_size=size,
           input_forget=1)
    case("lstm_only_last", 14, node(
        "LSTM", ["x", "w", "r", "b"], ["", "h"], hidden_size=size, direction="bidirectional"),
        x, ("h",), weights(4, 2))
    single("lstm_lengths_reverse", 14, "LSTM", x, {**weights(4), "n": np.array([4, 2], np.int32)},
           outputs=lstm, hidden_size=size, direction="reverse")
    single("gru_activations_alpha_beta", 14, "GRU", x, weights(3), outputs=("y", "h"),
           hidden_size=size, activations=["HardSigmoid", "ScaledTanh"],
           activation_alpha=[.3, 1.2], activation_beta=[.4, .8])
    single("gru_lengths_bidirectional", 14, "GRU", x, {
        **weights(3, 2), "n": np.array([1, 4], np.int32)}, outputs=("y", "h"), hidden_size=size,
        direction="bidirectional", linear_before_reset=1)
    single("gru_fed_state_clip", 7, "GRU", {**x, "h0": floats(1, rows, size)}, weights(3),
           order=["x", "w", "r", "b", "", "h0"], outputs=("y", "h"), hidden_size=size, clip=.4)
    single("rnn_affine", 14, "RNN", x, weights(1), outputs=("y", "h"), hidden_size=size,
           activations=["Affine"], activation_alpha=[.5], activation_beta=[.1])
    single("rnn_thresholded_relu", 14, "RNN", x, weights(1), outputs=("y", "h"), hidden_size=size,
           activations=["ThresholdedRelu"], activation_alpha=[.2])


def networks():
    """What exports do around a recurrence."""
    size, inputs = 3, 2
    x = {"x": floats(2, 5, inputs)}
    q = {"wq": random.integers(-128, 128, (1, 3 * size, inputs)).astype(np.int8),
         "rq": random.integers(-128, 128, (1, 3 * size, size)).astype(np.int8),
         "s": np.float32(.01), "z": np.int8(2)}
    case("network_dequantized_gru", 13, [
        node("DequantizeLinear", ["wq", "s", "z"], ["w"]),
        node("DequantizeLinear", ["rq", "s"], ["r"]), node("Transpose", ["x"], ["xt"], perm=[1, 0, 2]),
        node("GRU", ["xt", "w", "r"], ["y", ""], hidden_size=size)], x, constants=q)
    w = {"all": floats(3 * size, inputs + size), "zero": i64(0), "split": i64(inputs),
         "end": i64(99), "one": i64(1), "last": np.int64(-1), "axes": i64(1), "hidden": i64(size)}
    case("network_sliced_weights_last_step", 13, [
        node("Slice", ["all", "zero", "split", "one"], ["wx"]),
        node("Slice", ["all", "split", "end", "one"], ["wh"]),
        node("Unsqueeze", ["wx", "zero"], ["w"]), node("Unsqueeze", ["wh", "zero"], ["r"]),
        node("Transpose", ["x"], ["xt"], perm=[1, 0, 2]),
        node("Shape", ["xt"], ["shape"]), node("Gather", ["shape", "axes"], ["rows"]),
        node("Concat", ["one", "rows", "hidden"], ["state"], axis=0),
        node("ConstantOfShape", ["state"], ["h0"]),
        node("GRU", ["xt", "w", "r", "", "", "h0"], ["seq", ""], hidden_size=size,
             linear_before_reset=1),
        node("Squeeze", ["seq", "axes"], ["squeezed"]),
        node("Gather", ["squeezed", "last"], ["y"], axis=0)], x, constants=w)

    def branch(name, op, *operands):
        return helper.make_graph(
            [node(op, operands, [name])], name, [],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None)])
    choice = node("If", ["c"], then_branch=branch("t", "Add", "x", "k"),
                  else_branch=branch("e", "Mul", "x", "k"))
    for taken in (True, False):
        case(f"if_{str(taken).lower()}", 13, choice, {"c": np.array(taken), "x": floats(2, 3)},
             constants={"k": floats(3)})
    case("if_from_shape", 13, [
        node("Size", ["x"], ["size"]), node("Greater", ["size", "limit"], ["c"]), choice],
        {"x": floats(2, 3)}, constants={"k": floats(3), "limit": np.int64(4)})
    inner = helper.make_graph(
        [node("Less", ["limit", "size"], ["d"]),
         node("If", ["d"], ["i"], then_branch=branch("t", "Sub", "x", "k"),
              else_branch=branch("e", "Mul", "x", "k"))],
        "inner", [], [helper.make_tensor_value_info("i", TensorProto.FLOAT, None)])
    case("if_nested", 13, [
        node("Size", ["x"], ["size"]), node("If", ["c"], then_branch=inner,
                                            else_branch=branch("o", "Add", "x", "k"))],
        {"c": np.array([True]), "x": floats(2, 3)}, constants={"k": floats(3), "limit": np.int64(4)})
    function = helper.make_function(
        "local", "Twice", ["a"], ["b"], [node("Add", ["a", "a"], ["s"]), node("Tanh", ["s"], ["b"])],
        [helper.make_opsetid("", 13)])
    case("network_local_function", 13, [
        node("Twice", ["x"], ["t"], domain="local"), node("Twice", ["t"], domain="local")],
        {"x": floats(3)}, functions=[function], domains=["local"])
    case("network_outputs_shared", 13, [node("Relu", ["x"], ["a"]), node("Identity", ["a"], ["b"])],
         {"x": floats(3)}, outputs=("a", "b"))


def plain():
    """One case each for operators that only the shared folder covers."""
    x = floats(2, 5) * 3
    for op in ("Ceil", "Cos", "Exp", "Floor", "Mish", "Reciprocal", "Sigmoid", "Sin", "Softplus",
               "Softsign", "Tanh", "Atan"):
        single(op.lower(), 18, op, {"x": x})
    for op in ("Log", "Sqrt"):
        single(op.lower(), 13, op, {"x": floats(2, 5, low=0, high=9)})
    single("elu", 7, "Elu", {"x": x}, alpha=.7)
    single("hard_sigmoid", 7, "HardSigmoid", {"x": x}, alpha=.3, beta=.4)
    single("leaky_relu", 7, "LeakyRelu", {"x": x}, alpha=.2)
    single("selu", 7, "Selu", {"x": x}, alpha=1.5, gamma=1.2)
    single("thresholded_relu", 10, "ThresholdedRelu", {"x": x}, alpha=.8)
    single("mul_broadcast", 7, "Mul", {"a": x, "b": floats(5)})
    single("and_broadcast", 7, "And", {"a": x > 0, "b": floats(5) > 0})
    single("less", 9, "Less", {"a": x, "b": floats(5)})
    single("less_or_equal", 16, "LessOrEqual", {"a": i64(1, 2, 3), "b": i64(2)})
    single("greater_or_equal", 12, "GreaterOrEqual", {"a": x, "b": x[:1]})


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    for family in (elementwise, shapes, reductions, products, pools, norms, resizes, quantisation,
                   recurrences, networks, plain):
        family()
    entries = ",\n".join("  " + json.dumps(entry) for entry in index)
    (FOLDER / "INDEX.json").write_text(f"[\n{entries}\n]\n")
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    print(f"{len(index)} cases, {size} bytes")


if __name__ == "__main__":
    main()

import SluiceGraph

/// The meaning of every operator: scalar code on arrays, sums in double, each result rounded once to
/// its element type. Slow on purpose; every other backend is compared with it.
///
/// Source: ONNX operator specification, opset 25, https://onnx.ai/onnx/operators/.
public struct ReferenceEvaluator: OperatorEvaluator {
  /// Bytes that the outputs of one operator may take together.
  public var memoryLimit: Int

  public init(memoryLimit: Int = 4 << 30) {
    self.memoryLimit = memoryLimit
  }

  /// - Throws: `invalid` where shapes or values do not fit the operator (an index out of range, an
  ///   integer divided by 0), `unsupported` for element types ONNX does not allow, `limit` before
  ///   anything is allocated beyond `memoryLimit`. Messages do not name the node.
  public func evaluate(
    _ op: Operator, inputs: [Tensor?], outputCount: Int
  ) throws(GraphError) -> [Tensor] {
    if case .if(let then, let otherwise) = op {
      return try branch(then, otherwise, inputs: inputs)
    }
    let inputTypes = inputs.map { $0.map { ValueType($0.elementType, Shape($0.shape)) } }
    for (type, tensor) in zip(inputTypes, inputs) {
      if let type, tensor?.count == 0 { _ = try byteCount(type, limit: memoryLimit) }
    }
    let types = try op.outputTypes(
      inputs: inputTypes, constants: inputs, outputCount: outputCount)
    var left = memoryLimit
    for type in types { left -= try byteCount(type, limit: left) }
    let results = try compute(op, Arguments(inputs: inputs, outputTypes: types))
    return Array(results.prefix(outputCount))
  }

  /// The bytes of a value. An axis of size 0 counts as 1: what is empty must not be endless along its
  /// other axes.
  private func byteCount(_ type: ValueType, limit: Int) throws(GraphError) -> Int {
    guard let sizes = type.shape?.sizes else { return 0 }
    guard let count = Tensor.elementCount(of: sizes.map { max($0, 1) }),
      count <= limit / type.elementType.byteCount
    else { throw GraphError(.limit, "\(type) passes the memory limit of \(memoryLimit) bytes") }
    return count * type.elementType.byteCount
  }

  private func compute(_ op: Operator, _ arguments: Arguments) throws(GraphError) -> [Tensor] {
    switch op {
    case .gru, .lstm, .rnn:
      try recurrence(op, arguments)
    case .gemm, .matMul, .conv, .convTranspose:
      [try product(op, arguments)]
    case .batchNormalization, .layerNormalization, .instanceNormalization, .groupNormalization:
      try normalization(op, arguments)
    case .maxPool, .averagePool, .globalAveragePool, .globalMaxPool:
      try pooling(op, arguments)
    case .unary, .binary, .variadic, .prelu, .clip, .where, .softmax, .logSoftmax:
      [try elementwise(op, arguments)]
    case .reduce, .argMax, .topK, .cumSum:
      try reduction(op, arguments)
    case .reshape, .flatten, .squeeze, .unsqueeze, .identity:
      [try arguments.required(0).reshaped(try arguments.shape())]
    case .transpose, .concat, .split, .slice, .expand, .tile, .pad, .resize:
      try rearrangement(op, arguments)
    case .gather, .gatherElements, .scatterND:
      [try indexing(op, arguments)]
    case .shape, .size, .range, .constantOfShape, .cast, .quantizeLinear, .dequantizeLinear:
      [try conversion(op, arguments)]
    case .if:
      throw GraphError(.invalid, "a branch inside a family of operators")
    }
  }
}

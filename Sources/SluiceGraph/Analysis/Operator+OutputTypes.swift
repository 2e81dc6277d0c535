extension Operator {
  /// The element types and shapes of an operator's outputs, everything checked that can be.
  ///
  /// - Parameters:
  ///   - inputs: in the operator's order; nil where an optional input is absent.
  ///   - constants: the values of the inputs, where they are known; may be shorter than `inputs`.
  ///     Inputs that decide shapes (reshape targets, axes, slice bounds …) are read from here.
  ///   - outputCount: how many outputs the node has, used or not.
  /// - Returns: `outputCount` types. A dimension that cannot be known is the symbol `?`; a shape
  ///   whose rank cannot be known is nil.
  /// - Throws: `GraphError` with code `invalid`, `unsupported` or `limit`. The message names expected
  ///   and found, not the node: the caller knows it.
  public func outputTypes(
    inputs: [ValueType?], constants: [Tensor?] = [], outputCount: Int = 1
  ) throws(GraphError) -> [ValueType] {
    let values = constants.map { $0.map { KnownValue.tensor($0) } }
    return try OperatorCall(op: self, inputs: inputs, values: values, outputCount: outputCount)
      .outputTypes()
  }

  /// The inputs whose elements, not only shapes, decide output shapes or what runs.
  public var shapeDecidingInputs: [Int] {
    switch self {
    case .topK, .reduce, .reshape, .squeeze, .unsqueeze, .expand, .tile, .split: [1]
    case .slice: [1, 2, 3, 4]
    case .pad: [1, 3]
    case .resize: [1, 2, 3]
    case .range: [0, 1, 2]
    case .constantOfShape, .if: [0]
    default: []
    }
  }
}

extension OperatorCall {
  /// `outputCount` types, or an error without the node's name.
  func outputTypes() throws(GraphError) -> [ValueType] {
    let types = try allOutputTypes()
    try expectOutputs(types.count)
    for type in types {
      guard let sizes = type.shape?.sizes else { continue }
      _ = try checkedElementCount(sizes).multiplied(by: type.elementType.byteCount)
    }
    return Array(types.prefix(outputCount))
  }

  /// The types of every output the operator offers.
  private func allOutputTypes() throws(GraphError) -> [ValueType] {
    switch op {
    case .gru, .lstm, .rnn: try recurrenceTypes()
    case .gemm, .matMul: try [productType()]
    case .conv(let convolution): try [convolutionType(convolution)]
    case .convTranspose(let transposed): try [convolutionType(transposed)]
    case .batchNormalization, .layerNormalization, .instanceNormalization, .groupNormalization:
      try normalizationTypes()
    case .maxPool, .averagePool, .globalAveragePool, .globalMaxPool: try poolTypes()
    case .unary, .binary, .variadic, .prelu, .clip, .where, .softmax, .logSoftmax, .cast, .identity:
      try [elementwiseType()]
    case .reduce, .argMax, .topK, .cumSum: try reductionTypes()
    case .reshape, .flatten, .transpose, .squeeze, .unsqueeze, .expand, .tile, .pad:
      try [movementType()]
    case .concat, .slice, .gather, .gatherElements, .scatterND: try [selectionType()]
    case .split(let axis): try splitTypes(axis: axis)
    case .resize(let resize): try [resizeType(resize)]
    case .shape, .size, .range, .constantOfShape: try [shapeOperatorType()]
    case .quantizeLinear, .dequantizeLinear: try [quantizationType()]
    case .if(let then, let otherwise): try branchTypes(then, otherwise)
    }
  }
}

import SluiceGraph

extension ReferenceEvaluator {
  /// saturate(round(x / scale) + zero point), halves to even; the quotient is a float32, as ONNX has
  /// it.
  func quantizeLinear(
    _ arguments: Arguments, _ quantization: Quantization, _ type: ElementType
  ) throws(GraphError) -> Tensor {
    let input = try arguments.required(0)
    let scales = try arguments.required(1).doubles()
    let zeros = arguments.optional(2)?.doubles()
    let owners = try owners(of: input.shape, arguments.required(1), quantization)
    let isNarrow = input.elementType != .float64
    let values = zip(input.doubles(), owners).map { x, owner in
      let quotient = x / scales[owner]
      let level = isNarrow ? Double(Float(quotient)) : quotient
      return level.rounded(.toNearestOrEven) + (zeros?[owner] ?? 0)
    }
    return Tensor(values, shape: input.shape).converted(to: type)
  }

  /// (x − zero point) · scale, of the scale's type.
  func dequantizeLinear(
    _ arguments: Arguments, _ quantization: Quantization
  ) throws(GraphError) -> Tensor {
    let input = try arguments.required(0)
    let scale = try arguments.required(1)
    let scales = scale.doubles()
    let zeros = arguments.optional(2)?.doubles()
    let owners = try owners(of: input.shape, scale, quantization)
    let values = zip(input.doubles(), owners).map { x, owner in
      (x - (zeros?[owner] ?? 0)) * scales[owner]
    }
    return Tensor(values, shape: input.shape).converted(to: scale.elementType)
  }

  /// For each element of `shape`, the index of the scale that it has: one for all, one per index of
  /// the axis, or one per block along it.
  private func owners(
    of shape: [Int], _ scale: Tensor, _ quantization: Quantization
  ) throws(GraphError) -> [Int] {
    let count = shape.reduce(1, *)
    if scale.count == 1, quantization.blockSize == 0 { return Array(repeating: 0, count: count) }
    let axis = try Axes.resolved(quantization.axis, rank: shape.count)
    if quantization.blockSize == 0 {
      guard scale.count == shape[axis] else {
        throw GraphError(
          .invalid, "axis \(axis) has \(shape[axis]) scales, found \(scale.count)")
      }
      return sums(
        of: shape.indices.map { other in
          (0..<shape[other]).map { other == axis ? $0 : 0 }
        })
    }
    let blocks = (shape[axis] + quantization.blockSize - 1) / quantization.blockSize
    var expected = shape
    expected[axis] = blocks
    guard scale.shape == expected else {
      throw GraphError(.invalid, "the scales have shape \(expected), found \(scale.shape)")
    }
    let strides = rowMajorStrides(expected)
    return sums(
      of: shape.indices.map { other in
        (0..<shape[other]).map {
          (other == axis ? $0 / quantization.blockSize : $0) * strides[other]
        }
      })
  }
}

import SluiceGraph

/// Y = (X − mean) / √(variance + epsilon) · scale + bias, over what the operator says.
extension ReferenceEvaluator {
  func normalization(_ op: Operator, _ arguments: Arguments) throws(GraphError) -> [Tensor] {
    switch op {
    case .batchNormalization(let epsilon):
      [try batchNormalization(arguments, epsilon: Double(epsilon))]
    case .layerNormalization(let axis, let epsilon):
      try layerNormalization(arguments, axis: axis, epsilon: Double(epsilon))
    case .instanceNormalization(let epsilon):
      [try instanceNormalization(arguments, epsilon: Double(epsilon))]
    case .groupNormalization(let groups, let epsilon, let perGroup):
      [
        try groupNormalization(
          arguments, groups: groups, epsilon: Double(epsilon), perGroup: perGroup)
      ]
    default: throw GraphError(.unsupported, "\(op.name) is not a normalization")
    }
  }

  /// Mean and variance are given, one per channel (axis 1; a vector has one channel).
  private func batchNormalization(
    _ arguments: Arguments, epsilon: Double
  ) throws(GraphError) -> Tensor {
    let shape = try arguments.shape()
    var x = try arguments.doubles(0)
    let (scale, bias) = (try arguments.doubles(1), try arguments.doubles(2))
    let (mean, variance) = (try arguments.doubles(3), try arguments.doubles(4))
    let plane = shape.dropFirst(2).reduce(1, *)
    for i in x.indices {
      let channel = i / plane % scale.count
      let deviation = (variance[channel] + epsilon).squareRoot()
      x[i] = (x[i] - mean[channel]) / deviation * scale[channel] + bias[channel]
    }
    return arguments.rounded(x, shape: shape)
  }

  /// Over the axes from `axis` on; scale and bias broadcast to X.
  private func layerNormalization(
    _ arguments: Arguments, axis: Int, epsilon: Double
  ) throws(GraphError) -> [Tensor] {
    let shape = try arguments.shape()
    let axis = try Axes.resolved(axis, rank: shape.count)
    let length = shape[axis...].reduce(1, *)
    let x = try arguments.doubles(0)
    let normalized = Standardized(x, length: length, epsilon: epsilon)
    let scale = try expand(arguments.required(1), to: shape).doubles()
    var y = zip(normalized.values, scale).map { $0 * $1 }
    if let bias = arguments.optional(2) {
      y = zip(y, try expand(bias, to: shape).doubles()).map { $0 + $1 }
    }
    let kept = shape.indices.map { $0 < axis ? shape[$0] : 1 }
    return [
      arguments.rounded(y, shape: shape), arguments.rounded(normalized.means, shape: kept),
      arguments.rounded(normalized.inverseDeviations, shape: kept),
    ]
  }

  /// Over the spatial axes of each row and channel.
  private func instanceNormalization(
    _ arguments: Arguments, epsilon: Double
  ) throws(GraphError) -> Tensor {
    let shape = try arguments.shape()
    let plane = shape.dropFirst(2).reduce(1, *)
    let normalized = Standardized(try arguments.doubles(0), length: plane, epsilon: epsilon)
    let (scale, bias) = (try arguments.doubles(1), try arguments.doubles(2))
    let y = normalized.values.enumerated().map { i, x in
      let channel = i / plane % scale.count
      return x * scale[channel] + bias[channel]
    }
    return arguments.rounded(y, shape: shape)
  }

  /// Over the channels of a group and all spatial axes; scale and bias per channel, or per group.
  private func groupNormalization(
    _ arguments: Arguments, groups: Int, epsilon: Double, perGroup: Bool
  ) throws(GraphError) -> Tensor {
    let shape = try arguments.shape()
    let plane = shape.dropFirst(2).reduce(1, *)
    let channels = shape[1]
    let perChannel = max(perGroup ? channels / groups : 1, 1)
    let normalized = Standardized(
      try arguments.doubles(0), length: channels / groups * plane, epsilon: epsilon)
    let (scale, bias) = (try arguments.doubles(1), try arguments.doubles(2))
    let y = normalized.values.enumerated().map { i, x in
      let index = i / plane % channels / perChannel
      return x * scale[index] + bias[index]
    }
    return arguments.rounded(y, shape: shape)
  }
}

/// Runs of `length` elements, each shifted to mean 0 and scaled to variance 1 (biased, plus epsilon).
private struct Standardized {
  var values: [Double]
  var means: [Double] = []
  var inverseDeviations: [Double] = []

  init(_ x: [Double], length: Int, epsilon: Double) {
    values = x
    for start in stride(from: 0, to: x.count, by: max(length, 1)) {
      let run = start..<start + length
      let mean = run.reduce(0) { $0 + x[$1] } / Double(length)
      let variance = run.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) } / Double(length)
      let inverse = 1 / (variance + epsilon).squareRoot()
      for i in run { values[i] = (x[i] - mean) * inverse }
      means.append(mean)
      inverseDeviations.append(inverse)
    }
  }
}

// Batch, layer, instance and group normalisation.
extension OperatorCall {
  func normalizationTypes() throws(GraphError) -> [ValueType] {
    switch op {
    case .batchNormalization:
      return [try channelwiseType(parameters: ["scale", "bias", "mean", "variance"])]
    case .instanceNormalization:
      return [try channelwiseType(parameters: ["scale", "bias"])]
    case .groupNormalization(let groups, _, let perGroup):
      return [try groupType(groups: groups, perGroup: perGroup)]
    case .layerNormalization(let axis, _):
      return try layerTypes(axis: axis)
    default: return []
    }
  }

  /// X `[N, C, …]` and parameters `[C]`.
  private func channelwiseType(parameters: [String]) throws(GraphError) -> ValueType {
    try expectInputs((parameters.count + 1)...(parameters.count + 1))
    try floatType(0)
    let elementType = try commonType(0...parameters.count)
    guard let x = try shape(0, ranks: 2...Int.max) else { return ValueType(elementType, nil) }
    for (index, what) in parameters.enumerated() { try expect(index + 1, what, [x[1]]) }
    return ValueType(elementType, x)
  }

  private func groupType(groups: Int, perGroup: Bool) throws(GraphError) -> ValueType {
    try expectInputs(3...3)
    try floatType(0)
    let elementType = try commonType(0...2)
    guard let x = try shape(0, ranks: 2...Int.max) else { return ValueType(elementType, nil) }
    guard groups > 0, (x[1].size ?? 0) % groups == 0 else {
      throw GraphError(.invalid, "\(groups) groups do not divide \(x[1]) channels")
    }
    let parameters = perGroup ? Dimension.size(groups) : x[1]
    try expect(1, "scale", [parameters])
    try expect(2, "bias", [parameters])
    return ValueType(elementType, x)
  }

  private func layerTypes(axis: Int) throws(GraphError) -> [ValueType] {
    try expectInputs(2...3)
    try floatType(0)
    let elementType = try commonType(0...2)
    guard let x = try shape(0, ranks: 1...Int.max) else {
      return Array(repeating: ValueType(elementType, nil), count: 3)
    }
    let first = try Axes.resolved(axis, rank: x.rank)
    let normalized = Shape(Array(x.dimensions[first...]))
    for (index, what) in [(1, "scale"), (2, "bias")] where isPresent(index) {
      guard let found = try shape(index), !Broadcast.mayFit(found, into: normalized) else {
        continue
      }
      throw GraphError(
        .invalid,
        "input \(index) (\(what)): expected a shape that broadcasts to \(normalized), "
          + "found \(found)")
    }
    var statistics = x
    for axis in first..<x.rank { statistics[axis] = 1 }
    return [
      ValueType(elementType, x), ValueType(.float32, statistics), ValueType(.float32, statistics),
    ]
  }
}

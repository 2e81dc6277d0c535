// Reductions, argMax, topK and running sums.
extension OperatorCall {
  func reductionTypes() throws(GraphError) -> [ValueType] {
    switch op {
    case .reduce(let reduction): return [try reducedType(reduction)]
    case .argMax(let axis, let keepDimensions, _):
      try expectInputs(1...1)
      try numberType(0)
      guard let x = try shape(0, ranks: 1...Int.max) else { return [ValueType(.int64, nil)] }
      let resolved = try Axes.resolved(axis, rank: x.rank)
      if x[resolved] == 0 { throw GraphError(.invalid, "axis \(axis) of shape \(x) is empty") }
      return [ValueType(.int64, reduced(x, [resolved], keepDimensions: keepDimensions))]
    case .topK(let axis, _, _): return try topKTypes(axis: axis)
    default:
      try expectInputs(2...2)
      try numberType(0)
      let type = try type(0)
      if let axis = try integer(1), let rank = type.shape?.rank {
        _ = try Axes.resolved(axis, rank: rank)
      }
      return [type]
    }
  }

  private func reducedType(_ reduction: Reduction) throws(GraphError) -> ValueType {
    try expectInputs(1...2)
    // The maximum of bools is whether any is true, the minimum whether all are (opset 20).
    let takesBool = reduction.kind == .max || reduction.kind == .min
    let elementType = takesBool ? try type(0).elementType : try numberType(0)
    guard let x = try shape(0) else { return ValueType(elementType, nil) }
    var axes: [Int]?
    if isPresent(1) {
      axes = try integers(1)
      if axes == nil, try length(1) != 0 {
        let unknown = Shape(Array(repeating: .unknown, count: x.rank))
        return ValueType(elementType, reduction.keepDimensions ? unknown : nil)
      }
    }
    let resolved = try reduction.resolvedAxes(axes, rank: x.rank)
    return ValueType(
      elementType, reduced(x, resolved, keepDimensions: reduction.keepDimensions))
  }

  private func reduced(_ shape: Shape, _ axes: [Int], keepDimensions: Bool) -> Shape {
    var dimensions = [Dimension]()
    for (axis, dimension) in shape.dimensions.enumerated() {
      if !axes.contains(axis) {
        dimensions.append(dimension)
      } else if keepDimensions {
        dimensions.append(1)
      }
    }
    return Shape(dimensions)
  }

  private func topKTypes(axis: Int) throws(GraphError) -> [ValueType] {
    try expectInputs(2...2)
    let elementType = try numberType(0)
    let k = try integer(1)
    guard var shape = try shape(0, ranks: 1...Int.max) else {
      return [ValueType(elementType, nil), ValueType(.int64, nil)]
    }
    let resolved = try Axes.resolved(axis, rank: shape.rank)
    if let k {
      guard k >= 0, k <= shape[resolved].size ?? Int.max else {
        throw GraphError(
          .invalid, "input 1 (k): expected 0 to \(shape[resolved]), found \(k)")
      }
    }
    shape[resolved] = k.map { .size($0) } ?? .unknown
    return [ValueType(elementType, shape), ValueType(.int64, shape)]
  }
}

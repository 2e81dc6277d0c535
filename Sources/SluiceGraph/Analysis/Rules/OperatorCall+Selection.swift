// Operators that pick elements or put them side by side.
extension OperatorCall {
  func selectionType() throws(GraphError) -> ValueType {
    switch op {
    case .concat(let axis): return try concatenatedType(axis: axis)
    case .slice:
      let elementType = try type(0).elementType
      return ValueType(elementType, try sliced())
    case .gather(let axis): return try gatheredType(axis: axis)
    case .gatherElements(let axis): return try gatheredElementsType(axis: axis)
    default: return try scatteredType()
    }
  }

  private func concatenatedType(axis: Int) throws(GraphError) -> ValueType {
    guard !inputs.isEmpty else { throw GraphError(.invalid, "expected at least 1 input, found 0") }
    try expectInputs(inputs.count...inputs.count)
    let elementType = try commonType(inputs.indices)
    guard let first = try shape(0, ranks: 1...Int.max) else { return ValueType(elementType, nil) }
    var result = first
    let along = try Axes.resolved(axis, rank: result.rank)
    for index in inputs.indices.dropFirst() {
      guard let next = try shape(index) else { return ValueType(elementType, nil) }
      guard next.rank == result.rank else { throw mismatch(index, next, first, along) }
      for axis in 0..<result.rank {
        if axis == along {
          result[axis] = try result[axis].adding(next[axis])
        } else if let size = result[axis].unified(next[axis]) {
          result[axis] = size
        } else {
          throw mismatch(index, next, first, along)
        }
      }
    }
    return ValueType(elementType, result)
  }

  private func mismatch(_ index: Int, _ found: Shape, _ result: Shape, _ axis: Int) -> GraphError {
    GraphError(
      .invalid,
      "input \(index): expected a shape that joins \(result) along axis \(axis), "
        + "found \(found)")
  }

  private func sliced() throws(GraphError) -> Shape? {
    try expectInputs(3...5)
    guard var x = try shape(0) else { return nil }
    let axes = isPresent(3) ? try integers(3) : nil
    let steps = isPresent(4) ? try integers(4) : nil
    guard let starts = try dimensions(1), let ends = try dimensions(2),
      axes != nil || !isPresent(3), steps != nil || !isPresent(4)
    else { return Shape(Array(repeating: .unknown, count: x.rank)) }
    let bounds = try SliceRange.Bounds(
      rank: x.rank, starts: starts, ends: ends, axes: axes, steps: steps)
    for (index, axis) in bounds.axes.enumerated() {
      x[axis] = try SliceRange.count(
        size: x[axis], start: starts[index], end: ends[index], step: bounds.steps[index])
    }
    return x
  }

  private func gatheredType(axis: Int) throws(GraphError) -> ValueType {
    try expectInputs(2...2)
    let elementType = try type(0).elementType
    let indices = try integers(1)
    guard let x = try shape(0, ranks: 1...Int.max) else { return ValueType(elementType, nil) }
    let along = try Axes.resolved(axis, rank: x.rank)
    if let size = x[along].size, let wrong = indices?.first(where: { $0 < -size || $0 >= size }) {
      throw GraphError(.invalid, "index \(wrong) is outside axis \(axis) of shape \(x)")
    }
    guard let picked = try shape(1) else { return ValueType(elementType, nil) }
    return ValueType(
      elementType,
      Shape(x.dimensions[..<along] + picked.dimensions + x.dimensions[(along + 1)...]))
  }

  private func gatheredElementsType(axis: Int) throws(GraphError) -> ValueType {
    try expectInputs(2...2)
    let elementType = try type(0).elementType
    try indexType(1)
    guard let x = try shape(0, ranks: 1...Int.max) else {
      return ValueType(elementType, try shape(1))
    }
    let along = try Axes.resolved(axis, rank: x.rank)
    guard let indices = try shape(1, ranks: x.rank...x.rank) else {
      return ValueType(elementType, Shape(Array(repeating: .unknown, count: x.rank)))
    }
    for axis in 0..<x.rank where axis != along {
      guard let wanted = indices[axis].size, let size = x[axis].size, wanted > size else {
        continue
      }
      throw GraphError(
        .invalid,
        "input 1 (indices): expected at most \(size) along axis \(axis) of \(x), "
          + "found \(wanted)")
    }
    return ValueType(elementType, indices)
  }

  private func scatteredType() throws(GraphError) -> ValueType {
    try expectInputs(3...3)
    let elementType = try commonType([0, 2])
    try indexType(1)
    guard let x = try shape(0, ranks: 1...Int.max) else { return ValueType(elementType, nil) }
    if let indices = try shape(1, ranks: 1...Int.max), let depth = indices[indices.rank - 1].size {
      guard depth <= x.rank else {
        throw GraphError(
          .invalid, "input 1 (indices): expected at most \(x.rank) numbers a place, found \(depth)")
      }
      try expect(2, "updates", Array(indices.dimensions.dropLast()) + x.dimensions[depth...])
    }
    return ValueType(elementType, x)
  }

  func splitTypes(axis: Int) throws(GraphError) -> [ValueType] {
    try expectInputs(1...2)
    let elementType = try type(0).elementType
    let sizes = isPresent(1) ? try integers(1) : nil
    guard let x = try shape(0, ranks: 1...Int.max) else {
      return Array(repeating: ValueType(elementType, nil), count: outputCount)
    }
    let along = try Axes.resolved(axis, rank: x.rank)
    let parts = try parts(of: x[along], sizes: sizes)
    var types = [ValueType]()
    for part in parts {
      var shape = x
      shape[along] = part
      types.append(ValueType(elementType, shape))
    }
    return types
  }

  private func parts(of size: Dimension, sizes: [Int]?) throws(GraphError) -> [Dimension] {
    if isPresent(1), sizes == nil { return Array(repeating: .unknown, count: outputCount) }
    if let size = size.size {
      return try SplitSizes.resolved(sizes, size: size, parts: outputCount).map { .size($0) }
    }
    if let sizes {
      var sum = 0
      for size in sizes { sum = try sum.adding(size) }
      return try SplitSizes.resolved(sizes, size: sum, parts: outputCount).map { .size($0) }
    }
    let part = outputCount == 1 ? size : size.quotient(.size(max(outputCount, 1))) ?? .unknown
    return Array(repeating: part, count: outputCount)
  }
}

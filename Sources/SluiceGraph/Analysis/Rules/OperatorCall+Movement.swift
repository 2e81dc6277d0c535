// Operators that give the elements another shape, or repeat them.
extension OperatorCall {
  func movementType() throws(GraphError) -> ValueType {
    let elementType = try type(0).elementType
    return ValueType(elementType, try movedShape())
  }

  private func movedShape() throws(GraphError) -> Shape? {
    switch op {
    case .reshape(let allowZero):
      try expectInputs(2...2)
      return try reshaped(allowZero: allowZero)
    case .flatten(let axis):
      try expectInputs(1...1)
      guard let x = try shape(0) else { return [.unknown, .unknown] }
      let cut = try Axes.cut(axis, rank: x.rank)
      return [
        try Shape(Array(x.dimensions[..<cut])).elementCount(),
        try Shape(Array(x.dimensions[cut...])).elementCount(),
      ]
    case .transpose(let permutation):
      try expectInputs(1...1)
      guard let x = try shape(0) else { return nil }
      return Shape(try Axes.permutation(permutation, rank: x.rank).map { x[$0] })
    case .squeeze: return try squeezed()
    case .unsqueeze: return try unsqueezed()
    case .expand: return try expanded()
    case .tile: return try tiled()
    default: return try padded()
    }
  }

  private func reshaped(allowZero: Bool) throws(GraphError) -> Shape? {
    guard let target = try dimensions(1) else {
      return try length(1).map { Shape(Array(repeating: .unknown, count: $0)) }
    }
    return try ReshapeTarget.resolved(target, shape: shape(0), allowZero: allowZero)
  }

  private func squeezed() throws(GraphError) -> Shape? {
    try expectInputs(1...2)
    guard let x = try shape(0) else { return nil }
    guard isPresent(1) else {
      // Which axes go depends on the numbers.
      guard x.sizes != nil else { return nil }
      return Shape(x.dimensions.filter { $0 != 1 })
    }
    guard let axes = try integers(1) else {
      guard let count = try length(1), count <= x.rank else { return nil }
      return Shape(Array(repeating: .unknown, count: x.rank - count))
    }
    let resolved = try Axes.resolved(axes, rank: x.rank)
    if let wide = resolved.first(where: { x[$0].unified(1) == nil }) {
      throw GraphError(
        .invalid, "expected axis \(wide) of shape \(x) to have size 1, found \(x[wide])")
    }
    return Shape(x.dimensions.indices.filter { !resolved.contains($0) }.map { x[$0] })
  }

  private func unsqueezed() throws(GraphError) -> Shape? {
    try expectInputs(2...2)
    guard let x = try shape(0) else { return nil }
    guard let axes = try integers(1) else {
      return try length(1).map { Shape(Array(repeating: .unknown, count: x.rank + $0)) }
    }
    let rank = x.rank + axes.count
    let resolved = Set(try Axes.resolved(axes, rank: rank))
    var rest = x.dimensions[...]
    return Shape((0..<rank).map { resolved.contains($0) ? 1 : rest.removeFirst() })
  }

  private func expanded() throws(GraphError) -> Shape? {
    try expectInputs(2...2)
    guard let x = try shape(0) else { return nil }
    guard let target = try dimensions(1) else {
      return try length(1).map { Shape(Array(repeating: .unknown, count: max($0, x.rank))) }
    }
    try expectSizes(target, input: 1)
    return try Broadcast.shape([x, Shape(target)])
  }

  private func tiled() throws(GraphError) -> Shape? {
    try expectInputs(2...2)
    guard var x = try shape(0) else { return nil }
    guard let repeats = try dimensions(1) else {
      return Shape(Array(repeating: .unknown, count: x.rank))
    }
    guard repeats.count == x.rank else {
      throw GraphError(
        .invalid, "input 1 (repeats): expected \(x.rank) numbers, found \(repeats.count)")
    }
    try expectSizes(repeats, input: 1)
    for axis in 0..<x.rank { x[axis] = try x[axis].multiplied(by: repeats[axis]) }
    return x
  }

  private func padded() throws(GraphError) -> Shape? {
    guard case .pad(let mode) = op else { return nil }
    try expectInputs(2...4)
    try commonType([0, 2])
    let axes = isPresent(3) ? try integers(3) : nil
    guard var x = try shape(0) else { return nil }
    guard let pads = try integers(1), axes != nil || !isPresent(3) else {
      return Shape(Array(repeating: .unknown, count: x.rank))
    }
    for (axis, pad) in try AxisPadding.resolved(rank: x.rank, pads: pads, axes: axes).enumerated() {
      x[axis] =
        if let size = x[axis].size {
          .size(try pad.paddedSize(of: size, mode: mode))
        } else {
          try x[axis].adding(.size(pad.begin)).adding(.size(pad.end))
        }
    }
    return x
  }

  /// Checks that no number is below 0.
  func expectSizes(_ sizes: [Dimension], input: Int) throws(GraphError) {
    if let negative = sizes.lazy.compactMap(\.size).first(where: { $0 < 0 }) {
      throw GraphError(
        .invalid, "input \(input): expected sizes of at least 0, found \(negative)")
    }
  }
}

/// Reshapes of shapes that may hold symbols.
extension ReshapeTarget {
  /// The shape that `target` means; a dimension that cannot be worked out is unknown.
  static func resolved(
    _ target: [Dimension], shape: Shape?, allowZero: Bool
  ) throws(GraphError) -> Shape {
    if let sizes = Shape(target).sizes, let known = shape?.sizes {
      return Shape(try resolved(sizes, shape: known, allowZero: allowZero))
    }
    var result = target
    for (axis, dimension) in target.enumerated() where dimension == 0 && !allowZero {
      guard let shape else {
        result[axis] = .unknown
        continue
      }
      guard axis < shape.rank else {
        throw GraphError(
          .invalid,
          "target \(Shape(target)) copies axis \(axis) of shape \(shape), which it has not")
      }
      result[axis] = shape[axis]
    }
    let open = target.indices.filter { target[$0] == -1 }
    guard open.count <= 1, !target.lazy.compactMap(\.size).contains(where: { $0 < -1 }) else {
      throw GraphError(
        .invalid, "expected sizes and at most one -1 as a target, found \(Shape(target))")
    }
    guard let shape else {
      if let open = open.first { result[open] = .unknown }
      return Shape(result)
    }
    return try fill(result, open: open.first, from: shape)
  }

  /// Compares what is left of both sides once equal dimensions have been taken from each.
  private static func fill(
    _ target: [Dimension], open: Int?, from shape: Shape
  ) throws(GraphError) -> Shape {
    var left = shape.dimensions
    var right = [Dimension]()
    for (axis, dimension) in target.enumerated() where axis != open {
      if let index = left.firstIndex(where: { $0.equals(dimension) && dimension != 0 }) {
        left.remove(at: index)
      } else {
        right.append(dimension)
      }
    }
    let (above, below) = (try Shape(left).elementCount(), try Shape(right).elementCount())
    var result = target
    if let open {
      result[open] = above.quotient(below) ?? .unknown
    } else if let above = above.size, let below = below.size, above != below {
      throw GraphError(
        .invalid, "target \(Shape(target)) does not hold the elements of shape \(shape)")
    }
    return Shape(result)
  }
}

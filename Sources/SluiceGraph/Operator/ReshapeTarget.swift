/// The second input of `reshape`, worked out.
public enum ReshapeTarget {
  /// The shape that `target` means for a value of `shape`.
  ///
  /// - Parameters:
  ///   - target: 0 copies the dimension at its place unless `allowZero`; one −1 takes what is left.
  /// - Throws: `invalid` if the element counts differ or the target is not one.
  public static func resolved(
    _ target: [Int], shape: [Int], allowZero: Bool
  ) throws(GraphError) -> [Int] {
    let count = try checkedElementCount(shape)
    var result = target
    for (axis, size) in target.enumerated() where size == 0 && !allowZero {
      guard axis < shape.count else {
        throw GraphError(
          .invalid, "target \(target) copies axis \(axis) of shape \(shape), which it has not")
      }
      result[axis] = shape[axis]
    }
    let open = target.indices.filter { target[$0] == -1 }
    guard open.count <= 1, !target.contains(where: { $0 < -1 }) else {
      throw GraphError(
        .invalid, "expected sizes and at most one -1 as a target, found \(target)")
    }
    if let open = open.first {
      result[open] = 1
      let known = try checkedElementCount(result)
      guard known > 0, count % known == 0 else { throw mismatch(target, shape, count) }
      result[open] = count / known
    }
    guard Tensor.elementCount(of: result) == count else { throw mismatch(target, shape, count) }
    return result
  }

  private static func mismatch(_ target: [Int], _ shape: [Int], _ count: Int) -> GraphError {
    GraphError(
      .invalid, "target \(target) does not hold the \(count) elements of shape \(shape)")
  }
}

/// NumPy broadcasting: shapes are aligned at their last axis; an axis of size 1, or an absent one,
/// is repeated to the size of the others.
///
/// Source: https://numpy.org/doc/stable/user/basics.broadcasting.html
public enum Broadcast {
  /// The shape that all of `shapes` are repeated to; `[]` for none.
  ///
  /// - Throws: `invalid` if two of them do not fit.
  public static func shape(_ shapes: [[Int]]) throws(GraphError) -> [Int] {
    guard let first = shapes.first else { return [] }
    var result = first
    for next in shapes.dropFirst() { result = try shape(result, next) }
    return result
  }

  /// The shape that both are repeated to.
  ///
  /// - Throws: `invalid` if they do not fit.
  public static func shape(_ a: [Int], _ b: [Int]) throws(GraphError) -> [Int] {
    let rank = max(a.count, b.count)
    var result = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let (x, y) = (size(a, axis, of: rank), size(b, axis, of: rank))
      guard x == y || x == 1 || y == 1 else {
        throw GraphError(.invalid, "shapes \(a) and \(b) do not broadcast: \(x) meets \(y)")
      }
      result[axis] = x == 1 ? y : x
    }
    return result
  }

  /// The distance in elements between neighbours along each axis of `output`, for a row-major tensor
  /// of `shape` that is repeated to `output`: 0 along repeated axes.
  ///
  /// - Parameters:
  ///   - shape: broadcasts to `output`.
  ///   - output: at least as many axes as `shape`.
  public static func strides(of shape: [Int], in output: [Int]) -> [Int] {
    var strides = [Int](repeating: 0, count: output.count)
    var stride = 1
    for offset in 1..<(shape.count + 1) {
      let size = shape[shape.count - offset]
      strides[output.count - offset] = size == 1 ? 0 : stride
      stride *= size
    }
    return strides
  }

  /// Whether `shape` can be repeated to `output` without changing it.
  public static func fits(_ shape: [Int], into output: [Int]) -> Bool {
    guard shape.count <= output.count else { return false }
    return zip(shape.reversed(), output.reversed()).allSatisfy { $0 == 1 || $0 == $1 }
  }

  private static func size(_ shape: [Int], _ axis: Int, of rank: Int) -> Int {
    let own = axis - (rank - shape.count)
    return own < 0 ? 1 : shape[own]
  }
}

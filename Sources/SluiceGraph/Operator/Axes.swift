/// Axis numbers as files write them, negative ones counting from the end, made plain.
public enum Axes {
  /// `axis` in `0..<rank`.
  ///
  /// - Throws: `invalid` if `axis` is not in `-rank..<rank`.
  public static func resolved(_ axis: Int, rank: Int) throws(GraphError) -> Int {
    guard axis >= -rank, axis < rank else {
      throw GraphError(.invalid, "axis \(axis) is outside a shape of rank \(rank)")
    }
    return axis < 0 ? axis + rank : axis
  }

  /// Each of `axes` in `0..<rank`, in the given order.
  ///
  /// - Throws: `invalid` if one is out of range or named twice.
  public static func resolved(_ axes: [Int], rank: Int) throws(GraphError) -> [Int] {
    var resolved = [Int]()
    var seen = Set<Int>()
    for axis in axes {
      let plain = try Axes.resolved(axis, rank: rank)
      guard seen.insert(plain).inserted else {
        throw GraphError(.invalid, "axis \(axis) is named twice in \(axes)")
      }
      resolved.append(plain)
    }
    return resolved
  }

  /// `axis` as the place of a cut between axes: in `0...rank`.
  ///
  /// - Throws: `invalid` if `axis` is not in `-rank...rank`.
  public static func cut(_ axis: Int, rank: Int) throws(GraphError) -> Int {
    guard axis >= -rank, axis <= rank else {
      throw GraphError(.invalid, "cut at axis \(axis) is outside a shape of rank \(rank)")
    }
    return axis < 0 ? axis + rank : axis
  }

  /// A transpose's permutation written out: an empty one reverses the axes.
  ///
  /// - Throws: `invalid` if `permutation` does not hold each of `0..<rank` once.
  public static func permutation(_ permutation: [Int], rank: Int) throws(GraphError) -> [Int] {
    if permutation.isEmpty { return Array((0..<rank).reversed()) }
    guard permutation.sorted() == Array(0..<rank) else {
      throw GraphError(
        .invalid, "expected a permutation of the axes of rank \(rank), found \(permutation)")
    }
    return permutation
  }
}

extension Reduction {
  /// The axes to reduce, ascending; empty where the reduction does nothing.
  ///
  /// - Parameters:
  ///   - axes: the second input; nil where absent.
  ///   - rank: that of the first input.
  public func resolvedAxes(_ axes: [Int]?, rank: Int) throws(GraphError) -> [Int] {
    guard let axes, !axes.isEmpty else {
      return noopWithEmptyAxes ? [] : Array(0..<rank)
    }
    return try Axes.resolved(axes, rank: rank).sorted()
  }
}

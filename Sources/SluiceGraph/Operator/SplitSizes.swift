/// The parts of a split.
public enum SplitSizes {
  /// The sizes along the split axis.
  ///
  /// - Parameters:
  ///   - sizes: the second input; nil means equal parts, the last one smaller if need be.
  ///   - size: elements along the axis.
  ///   - parts: the number of outputs.
  /// - Throws: `invalid` if the sizes are not `parts` sizes with the sum `size`.
  public static func resolved(
    _ sizes: [Int]?, size: Int, parts: Int
  ) throws(GraphError) -> [Int] {
    guard parts > 0 else { throw GraphError(.invalid, "expected at least one part, found none") }
    guard let sizes else {
      let part = size.ceilingDivided(by: parts)
      let last = try size.subtracting(part.multiplied(by: parts - 1))
      guard last >= 0 else {
        throw GraphError(.invalid, "\(size) elements do not split into \(parts) parts of \(part)")
      }
      return Array(repeating: part, count: parts - 1) + [last]
    }
    guard sizes.count == parts else {
      throw GraphError(.invalid, "expected \(parts) sizes for \(parts) outputs, found \(sizes)")
    }
    var sum = 0
    for part in sizes {
      guard part >= 0 else {
        throw GraphError(.invalid, "expected sizes of at least 0, found \(sizes)")
      }
      sum = try sum.adding(part)
    }
    guard sum == size else {
      throw GraphError(.invalid, "expected sizes with the sum \(size), found \(sizes)")
    }
    return sizes
  }
}

/// Sizes that come from attributes or scalars.
extension Operator {
  /// The axes whose sizes `shape` gives: `start..<end`, both cut to the rank.
  public static func shapeRange(start: Int, end: Int?, rank: Int) -> Range<Int> {
    func position(_ bound: Int) -> Int { min(max(bound < 0 ? bound + rank : bound, 0), rank) }
    let first = position(start)
    return first..<max(first, position(end ?? rank))
  }

  /// The number of elements of `range`: max(⌈(limit − start) / delta⌉, 0).
  ///
  /// - Parameters: three tensors of one element and one type.
  /// - Throws: `invalid` for a delta of 0 or numbers that are not finite, `limit` beyond 2^62.
  public static func rangeCount(
    start: Tensor, limit: Tensor, delta: Tensor
  ) throws(GraphError) -> Int {
    if let start = start.integers()?.first, let limit = limit.integers()?.first,
      let delta = delta.integers()?.first
    {
      guard delta != 0 else { throw GraphError(.invalid, "expected a delta other than 0, found 0") }
      let span = delta > 0 ? try limit.subtracting(start) : try start.subtracting(limit)
      guard span > 0 else { return 0 }
      guard delta != Int.min else { return 1 }
      return span.ceilingDivided(by: abs(delta))
    }
    guard let start = start.doubles().first, let limit = limit.doubles().first,
      let delta = delta.doubles().first
    else { throw GraphError(.invalid, "expected start, limit and delta of one element each") }
    let count = ((limit - start) / delta).rounded(.up)
    guard count.isFinite else {
      throw GraphError(
        .invalid, "expected a finite range, found \(start) to \(limit) by \(delta)")
    }
    guard count < 0x1p62 else {
      throw GraphError(.limit, "a range from \(start) to \(limit) by \(delta) has no end")
    }
    return count > 0 ? Int(count) : 0
  }
}

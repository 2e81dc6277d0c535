/// The part of one axis that a slice takes: positions `start`, `start + step`, … , `count` of them.
public struct SliceRange: Sendable, Hashable {
  /// In `0..<size` unless `count` is 0.
  public var start: Int
  /// Not 0; negative walks backwards.
  public var step: Int
  public var count: Int

  public init(start: Int, step: Int, count: Int) {
    self.start = start
    self.step = step
    self.count = count
  }

  /// One range per axis of `shape`.
  ///
  /// - Parameters:
  ///   - starts: one per sliced axis; negative counts from the end, beyond the axis is cut to it.
  ///   - ends: likewise, not included.
  ///   - axes: the sliced axes; nil means the first ones.
  ///   - steps: one per sliced axis; nil means 1.
  /// - Throws: `invalid` for lists of different lengths, bad axes, a step of 0.
  public static func resolved(
    shape: [Int], starts: [Int], ends: [Int], axes: [Int]?, steps: [Int]?
  ) throws(GraphError) -> [SliceRange] {
    let bounds = try Bounds(
      rank: shape.count, starts: starts, ends: ends, axes: axes, steps: steps)
    var ranges = shape.map { SliceRange(start: 0, step: 1, count: $0) }
    for (index, axis) in bounds.axes.enumerated() {
      ranges[axis] = SliceRange(
        size: shape[axis], start: starts[index], end: ends[index], step: bounds.steps[index])
    }
    return ranges
  }

  /// The range of an axis of `size`; `step` is not 0.
  public init(size: Int, start: Int, end: Int, step: Int) {
    let first = start < 0 ? start + size : start
    let last = end < 0 ? end + size : end
    self.step = step
    if step > 0 {
      self.start = min(max(first, 0), size)
      let span = min(max(last, 0), size) - self.start
      count = span > 0 ? (span - 1) / step + 1 : 0
    } else {
      self.start = min(max(first, 0), max(size - 1, 0))
      // An end that is still negative means "through the first element".
      let span = self.start - min(max(last, -1), size - 1)
      count = span > 0 && size > 0 ? Int(UInt(span - 1) / step.magnitude) + 1 : 0
    }
    // A step that is never taken may be as large as Int: no one should have to multiply by it.
    if count <= 1 { self.step = 1 }
  }

  /// Checked lists with the absent ones filled in.
  struct Bounds {
    var axes: [Int]
    var steps: [Int]

    init(
      rank: Int, starts: [some Hashable], ends: [some Hashable], axes: [Int]?, steps: [Int]?
    ) throws(GraphError) {
      let count = starts.count
      guard ends.count == count, (axes?.count ?? count) == count, (steps?.count ?? count) == count
      else {
        throw GraphError(
          .invalid,
          "expected starts, ends, axes and steps of equal length, found \(count), \(ends.count), "
            + "\(axes?.count ?? count) and \(steps?.count ?? count)")
      }
      guard axes != nil || count <= rank else {
        throw GraphError(.invalid, "expected at most \(rank) starts for the axes, found \(count)")
      }
      self.axes = try Axes.resolved(axes ?? Array(0..<count), rank: rank)
      self.steps = steps ?? Array(repeating: 1, count: count)
      guard !self.steps.contains(0) else {
        throw GraphError(.invalid, "expected slice steps other than 0, found \(self.steps)")
      }
    }
  }
}

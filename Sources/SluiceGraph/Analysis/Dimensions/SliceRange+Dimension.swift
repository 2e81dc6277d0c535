/// Slices of an axis that may be a symbol.
extension SliceRange {
  /// How many elements a slice takes. A symbol is taken to be at least as large as the offsets that
  /// are cut from it, as every export assumes; where more would have to be assumed the count is
  /// unknown. `step` is not 0.
  static func count(
    size: Dimension, start: Dimension, end: Dimension, step: Int
  ) throws(GraphError) -> Dimension {
    if let size = size.size, let start = start.size, let end = end.size {
      return .size(SliceRange(size: size, start: start, end: end, step: step).count)
    }
    if step == -1, coversBackwards(start: start, end: end) { return size }
    guard step > 0, let first = try position(start, in: size, isEnd: false),
      let last = try position(end, in: size, isEnd: true)
    else { return .unknown }
    let span = try last.subtracting(first)
    if let span = span.size, span <= 0 { return 0 }
    return try span.adding(.size(step - 1)).floorDivided(by: step)
  }

  /// Files write "to the end" as a number this large or larger.
  private static let beyond = Int(Int32.max)

  private static func coversBackwards(start: Dimension, end: Dimension) -> Bool {
    guard let start = start.size, let end = end.size else { return false }
    return (start == -1 || start >= beyond) && end <= -beyond
  }

  /// The bound as a position counted from the axis's beginning; nil where it may be cut.
  private static func position(
    _ bound: Dimension, in size: Dimension, isEnd: Bool
  ) throws(GraphError) -> Dimension? {
    switch bound.size {
    case let number? where number >= beyond: return size
    case let number? where number <= -beyond: return 0
    case let number? where number < 0: return try size.adding(bound)
    case 0?: return 0
    // Every axis has a first element.
    case 1? where isEnd: return 1
    case let number?: return isEnd ? nil : .size(number)
    case nil:
      guard let left = try size.subtracting(bound).size, left >= 0 else { return nil }
      return bound
    }
  }
}

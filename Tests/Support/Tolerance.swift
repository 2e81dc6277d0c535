import SluiceGraph
import Testing

/// How far a result may be from the expected one: |y − e| ≤ absolute + relative · |e| + scaled ·
/// max|e|, as `sluice verify` has it.
public struct Tolerance: Sendable, Hashable {
  public var absolute: Double
  public var relative: Double
  public var scaled: Double

  public init(absolute: Double = 0, relative: Double = 0, scaled: Double = 0) {
    self.absolute = absolute
    self.relative = relative
    self.scaled = scaled
  }

  /// Equal bits, except that every NaN equals every other.
  public static let exact = Tolerance()

  /// What sets `found` apart from `expected`; nil if nothing does.
  ///
  /// Element types and shapes have to match; integers and bools have to be equal; NaN equals NaN.
  public func difference(_ found: Tensor, _ expected: Tensor) -> String? {
    guard found.elementType == expected.elementType, found.shape == expected.shape else {
      return "expected \(expected.elementType)\(expected.shape), found "
        + "\(found.elementType)\(found.shape)"
    }
    guard expected.elementType.isFloatingPoint else {
      guard found != expected else { return nil }
      let pairs = zip(found.doubles(), expected.doubles())
      guard let first = pairs.enumerated().first(where: { $1.0 != $1.1 }) else {
        return "integers beyond 2^53 differ"
      }
      return "at \(index(first.offset, in: expected.shape)) expected \(first.element.1), found "
        + "\(first.element.0)"
    }
    return floatDifference(found.doubles(), expected.doubles(), shape: expected.shape)
  }

  private func floatDifference(
    _ found: [Double], _ expected: [Double], shape: [Int]
  ) -> String? {
    let largest = expected.lazy.map(abs).filter(\.isFinite).max() ?? 0
    var first: Int?
    var worst: (index: Int, error: Double) = (0, 0)
    var failures = 0
    for (i, (y, e)) in zip(found, expected).enumerated() where y != e && !(y.isNaN && e.isNaN) {
      let error = abs(y - e)
      let isClose = error <= absolute + relative * abs(e) + scaled * largest && e.isFinite
      if !isClose { failures += 1 }
      if !isClose, first == nil { first = i }
      if error > worst.error || error.isNaN { worst = (i, error) }
    }
    guard let first else { return nil }
    return """
      \(failures) of \(found.count) elements differ; first at \(index(first, in: shape)): expected \
      \(expected[first]), found \(found[first]); largest error \(worst.error) at \
      \(index(worst.index, in: shape))
      """
  }

  private func index(_ flat: Int, in shape: [Int]) -> [Int] {
    var rest = flat
    var indices: [Int] = []
    for size in shape.reversed() {
      indices.append(rest % max(size, 1))
      rest /= max(size, 1)
    }
    return indices.reversed()
  }
}

/// Records an issue where `found` is not within `tolerance` of `expected`.
///
/// - Parameter label: what is compared, such as the name of an output.
public func expectClose(
  _ found: Tensor, _ expected: Tensor, _ tolerance: Tolerance, _ label: String = "result",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  if let difference = tolerance.difference(found, expected) {
    Issue.record("\(label): \(difference)", sourceLocation: sourceLocation)
  }
}

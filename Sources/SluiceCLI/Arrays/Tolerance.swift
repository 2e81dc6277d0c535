import Sluice

/// How far a value may be from what is expected: |y − e| ≤ A + R·|e| + S·max|e|.
struct Tolerance: Sendable, Hashable {
  /// A.
  var absolute: Double
  /// R.
  var relative: Double
  /// S; max|e| is taken over the whole array, infinities and NaN left out.
  var scaled: Double

  /// Holds `actual` against `expected`, element by element. Two NaN agree, and so do two equal
  /// infinities; a NaN or an infinity on one side only is a difference without end.
  func compare(_ actual: [Double], with expected: [Double]) -> Comparison {
    var largest = 0.0
    for value in expected where value.isFinite { largest = max(largest, abs(value)) }
    var comparison = Comparison(count: expected.count, largest: largest)
    for (index, (y, e)) in zip(actual, expected).enumerated() {
      if y == e || (y.isNaN && e.isNaN) { continue }
      let difference = y.isFinite && e.isFinite ? abs(y - e) : Double.infinity
      let excess = difference - (absolute + relative * abs(e) + scaled * largest)
      if difference > comparison.maximum {
        comparison.maximum = difference
        comparison.maximumIndex = index
      }
      if !(excess <= 0) { comparison.failures += 1 }
    }
    return comparison
  }
}

extension Tolerance {
  /// What a comparison with the reference takes where nothing else is said: S alone; below fp32 32 times
  /// what a weight or factor may lose (2^-11, 2^-8, 1/254), for its growth over layers and steps.
  init(standardAt precision: Precision) {
    let scaled =
      switch precision {
      case .fp32: 5e-5
      case .fp16: 32.0 / 2048
      case .bf16: 32.0 / 256
      case .int8: 32.0 / 254
      }
    self.init(absolute: 0, relative: 0, scaled: scaled)
  }
}

/// What holding one array against another gave.
struct Comparison: Sendable, Hashable {
  /// Elements compared.
  var count: Int
  /// max|e|.
  var largest: Double
  /// The largest |y − e|, and where it is in row-major order.
  var maximum = 0.0
  var maximumIndex = 0
  /// Elements beyond the tolerance.
  var failures = 0

  init(count: Int, largest: Double) {
    self.count = count
    self.largest = largest
  }

  var passes: Bool { failures == 0 }
  /// The largest difference as a part of the largest expected value; what `--scaled` would have to be.
  var scaledMaximum: Double { maximum == 0 ? 0 : maximum / largest }
}

import Sluice

/// Arrays that a run gave, held against what was expected; encoded as it is by `--json`.
struct Verification: Encodable {
  var model: String
  var mode: String
  var backend: String
  /// Where the expected values come from: a file, or the reference backend.
  var against: String
  var passed: Bool
  var arrays: [Entry]

  struct Entry: Encodable {
    var name: String
    var shape: [Int]
    var expectedShape: [Int]
    var passed: Bool
    /// max|e|, and the largest |y − e| as it is and as a part of that; nil where shapes differ.
    var largest: Double?
    var maximum: Double?
    var scaledMaximum: Double?
    /// Where the largest difference is, in row-major order.
    var maximumIndex: Int?
    /// Elements beyond the tolerance.
    var failures: Int
  }

  init(
    _ result: RunResult, of model: Model, expected: Expectation, tolerance: Tolerance
  ) throws(CommandError) {
    self.model = model.name
    mode = result.mode.rawValue
    backend = "\(result.backend.backend) (\(result.backend.device))"
    against = expected.source
    arrays = []
    for (name, tensor) in expected.arrays.sorted(by: { $0.key < $1.key }) {
      arrays.append(
        Entry(name, result.fitting(name, tensor.shape), expected: tensor, tolerance: tolerance))
    }
    passed = arrays.allSatisfy(\.passed)
    guard !arrays.isEmpty else {
      throw CommandError(.refused, "\(expected.source): nothing to compare with")
    }
  }

  /// One line per array, and the verdict.
  var lines: [String] {
    var table = Table(
      ["array", "shape", "max|e|", "max|y-e|", "of max|e|", "beyond", ""],
      rightAligned: [2, 3, 4, 5])
    table.rows = arrays.map { array in
      [
        array.name,
        array.maximum == nil
          ? "\(array.shape), expected \(array.expectedShape)" : "\(array.shape)",
        array.largest.map(short) ?? "-", array.maximum.map(short) ?? "-",
        array.scaledMaximum.map(short) ?? "-", "\(array.failures)",
        array.passed ? "ok" : "MISS",
      ]
    }
    return ["\(mode) mode on \(backend) against \(against)"] + table.lines
  }

  /// What standard error says when it fails.
  var failure: CommandError {
    let missed = arrays.filter { !$0.passed }.map(\.name)
    return CommandError(
      .mismatch,
      "\(missed.count) of \(counted(arrays.count, "array")) beyond the tolerance: "
        + quoted(missed))
  }
}

extension Verification.Entry {
  /// - Parameter actual: nil if the run gave no such array.
  init(_ name: String, _ actual: Tensor?, expected: Tensor, tolerance: Tolerance) {
    self.name = name
    shape = actual?.shape ?? []
    expectedShape = expected.shape
    guard let actual, actual.shape == expected.shape else {
      passed = false
      failures = expected.count
      return
    }
    let comparison = tolerance.compare(actual.doubles(), with: expected.doubles())
    passed = comparison.passes
    failures = comparison.failures
    largest = comparison.largest
    maximum = comparison.maximum
    scaledMaximum = comparison.scaledMaximum
    maximumIndex = comparison.maximumIndex
  }
}

extension RunResult {
  /// The array called `name`; where that is not of `shape` and its time axis was put in by streaming,
  /// the newest entry, which is what the network itself gives.
  fileprivate func fitting(_ name: String, _ shape: [Int]) -> Tensor? {
    let whole = results[name]
    guard whole?.shape != shape, let newest = newest(name), newest.shape == shape else {
      return whole
    }
    return newest
  }
}

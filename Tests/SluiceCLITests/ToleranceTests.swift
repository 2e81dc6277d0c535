import Testing

@testable import SluiceCLI

@Suite("A value passes if |y − e| ≤ A + R·|e| + S·max|e|")
struct ToleranceTests {
  struct Case: Sendable {
    var tolerance: Tolerance
    /// Held against 0, −8, 4.
    var actual: [Double]
    var failures: Int

    init(
      _ absolute: Double, _ relative: Double, _ scaled: Double, _ actual: [Double], _ failures: Int
    ) {
      tolerance = Tolerance(absolute: absolute, relative: relative, scaled: scaled)
      self.actual = actual
      self.failures = failures
    }
  }

  @Test(arguments: [
    Case(0.125, 0, 0, [0.125, -8, 4], 0), Case(0.125, 0, 0, [0.25, -8, 4], 1),
    Case(0, 0.25, 0, [0, -10, 5], 0), Case(0, 0.25, 0, [0.5, -10.5, 5], 2),
    Case(0, 0, 0.125, [1, -9, 3], 0), Case(0, 0, 0.125, [1.5, -9, 2.5], 2),
    Case(0, 0, 0, [0, -8, 4], 0),
  ])
  func `each part counts by itself`(_ example: Case) {
    let comparison = example.tolerance.compare(example.actual, with: [0, -8, 4])
    #expect(comparison.failures == example.failures)
    #expect(comparison.passes == (example.failures == 0))
    #expect(comparison.largest == 8)
  }

  @Test func `the largest difference and its place are kept`() {
    let none = Tolerance(absolute: 0, relative: 0, scaled: 0)
    let comparison = none.compare([1, 2.5, 3.25, 4], with: [1, 2, 4, 4])
    #expect(comparison.maximum == 0.75)
    #expect(comparison.maximumIndex == 2)
    #expect(comparison.scaledMaximum == 0.1875)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, 1])
  func `what is not finite agrees only with its like`(value: Double) {
    let wide = Tolerance(absolute: 1e300, relative: 1, scaled: 1)
    for other in [Double.nan, .infinity, -.infinity] {
      let same = value == other || (value.isNaN && other.isNaN)
      #expect(wide.compare([value], with: [other]).passes == same)
    }
  }
}

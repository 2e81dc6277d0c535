import SluiceTestSupport
import Testing

@testable import SluiceCLI

@Suite("A histogram of latencies")
struct LatencyHistogramTests {
  /// Samples spread over many orders of magnitude.
  @Test(arguments: [UInt64(1), 2, 3])
  func `gives every quantile within a part in 128 of the sorted samples`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var samples: [UInt64] = []
    var histogram = LatencyHistogram()
    for _ in 0..<20_000 {
      let sample = UInt64.random(in: 0...(1 << UInt64.random(in: 1...40, using: &random)))
      samples.append(sample)
      histogram.record(nanoseconds: sample)
    }
    samples.sort()
    for part in [0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1] {
      let exact = samples[max(0, Int((part * Double(samples.count)).rounded(.up)) - 1)]
      let found = histogram.quantile(part)
      #expect(found >= exact && found - exact <= exact / 128, "seed \(seed), quantile \(part)")
    }
    #expect(histogram.maximum == samples.last)
    #expect(histogram.minimum == samples.first)
    #expect(histogram.count == samples.count)
    #expect(histogram.total == samples.reduce(0, +))
  }

  @Test func `is exact below 256 ns`() {
    var histogram = LatencyHistogram()
    for sample in UInt64(0)..<256 { histogram.record(nanoseconds: sample) }
    for sample in UInt64(0)..<256 {
      #expect(histogram.quantile(Double(sample + 1) / 256) == sample)
    }
  }

  @Test func `takes the largest number there is`() {
    var histogram = LatencyHistogram()
    histogram.record(nanoseconds: UInt64.max)
    #expect(histogram.quantile(0.5) == UInt64.max)
  }
}

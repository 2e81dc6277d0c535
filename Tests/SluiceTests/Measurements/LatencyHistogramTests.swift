import Sluice
import SluiceTestSupport
import Testing

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

  @Test(arguments: [3, 5, 7])
  func `has joined what two have, and counts below an end of buckets exactly`(bits: Int) {
    var random = SeededGenerator(seed: UInt64(bits))
    var parts = [LatencyHistogram](repeating: LatencyHistogram(precisionBits: bits), count: 2)
    var whole = LatencyHistogram(precisionBits: bits)
    var samples: [UInt64] = []
    for _ in 0..<5000 {
      let sample = UInt64.random(in: 0...(1 << 30), using: &random)
      samples.append(sample)
      whole.record(nanoseconds: sample)
      parts[Int.random(in: 0...1, using: &random)].record(nanoseconds: sample)
    }
    var joined = parts[0]
    joined.add(parts[1])
    for part in [0.5, 0.99] { #expect(joined.quantile(part) == whole.quantile(part)) }
    #expect((joined.count, joined.total) == (whole.count, whole.total))
    #expect((joined.minimum, joined.maximum) == (whole.minimum, whole.maximum))
    for end in (UInt64(1)...31).map({ (UInt64(1) << $0) - 1 }) {
      #expect(whole.count(upTo: end) == samples.count { $0 <= end })
    }
    #expect(whole.count(upTo: 1 << 29) <= samples.count { $0 <= 1 << 29 })
  }
}

/// Counts of durations in buckets whose width grows with the duration, as HdrHistogram has them
/// (http://hdrhistogram.org): of one size whatever the number of samples, every quantile within
/// 1/2^p of its value, p being the precision's bits. With 7 of them, 60 kB:
///
///     below 256 ns       one bucket a nanosecond
///     [2^k, 2^(k+1))     128 buckets, each 2^(k−7) ns wide, for k from 8 on
package struct LatencyHistogram: Sendable {
  package let precisionBits: Int
  private var counts: [Int]
  /// Samples recorded.
  package private(set) var count = 0
  /// Exact; 0 without samples.
  package private(set) var maximum: UInt64 = 0
  /// Exact; `UInt64.max` without samples.
  package private(set) var minimum = UInt64.max

  /// Sum of all samples in nanoseconds, exact.
  package private(set) var total: UInt64 = 0

  /// - Parameter precisionBits: from 1 to 16.
  package init(precisionBits: Int = 7) {
    precondition((1...16).contains(precisionBits), "\(precisionBits) bits of precision")
    self.precisionBits = precisionBits
    counts = []
    counts = Array(repeating: 0, count: bucket(of: .max) + 1)
  }

  /// In nanoseconds, exact; NaN without samples.
  package var mean: Double { Double(total) / Double(count) }

  package mutating func record(nanoseconds: UInt64) {
    counts[bucket(of: nanoseconds)] += 1
    count += 1
    total &+= nanoseconds
    maximum = max(maximum, nanoseconds)
    minimum = min(minimum, nanoseconds)
  }

  /// Adds the samples of another of the same precision.
  package mutating func add(_ other: LatencyHistogram) {
    precondition(other.precisionBits == precisionBits, "histograms of two precisions")
    for (bucket, samples) in other.counts.enumerated() where samples > 0 {
      counts[bucket] += samples
    }
    count += other.count
    total &+= other.total
    maximum = max(maximum, other.maximum)
    minimum = min(minimum, other.minimum)
  }

  /// The smallest bucket's upper end that at least `part` of all samples do not pass, in nanoseconds;
  /// 0 without samples.
  ///
  /// - Parameter part: from 0 to 1.
  package func quantile(_ part: Double) -> UInt64 {
    let rank = max(1, Int((part * Double(count)).rounded(.up)))
    var passed = 0
    for (bucket, samples) in counts.enumerated() where samples > 0 {
      passed += samples
      if passed >= rank { return min(upperEnd(of: bucket), maximum) }
    }
    return maximum
  }

  /// Samples in the buckets that end at `nanoseconds` or below: at most those that do not pass it, and
  /// exact where a bucket ends there, as at 2^k − 1.
  package func count(upTo nanoseconds: UInt64) -> Int {
    let last = bucket(of: nanoseconds)
    let whole = upperEnd(of: last) == nanoseconds ? last + 1 : last
    return counts[..<whole].reduce(0, +)
  }

  private func bucket(of value: UInt64) -> Int {
    let exponent = max(0, 63 - precisionBits - value.leadingZeroBitCount)
    return exponent << precisionBits + Int(value >> UInt64(exponent))
  }

  /// The largest value of a bucket.
  private func upperEnd(of bucket: Int) -> UInt64 {
    let exponent = max(0, bucket >> precisionBits - 1)
    let mantissa = UInt64(bucket - exponent << precisionBits)
    return mantissa << UInt64(exponent) + (1 << UInt64(exponent) - 1)
  }
}

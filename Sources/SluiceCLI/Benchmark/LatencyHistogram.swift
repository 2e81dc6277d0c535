/// Counts of durations in buckets whose width grows with the duration, as HdrHistogram has them
/// (http://hdrhistogram.org): 64 kB whatever the number of samples, every quantile within 1/128 of
/// its value.
///
///     below 256 ns       one bucket a nanosecond
///     [2^k, 2^(k+1))     128 buckets, each 2^(k−7) ns wide, for k from 8 on
struct LatencyHistogram: Sendable {
  private var counts = [Int](repeating: 0, count: LatencyHistogram.bucket(of: .max) + 1)
  /// Samples recorded.
  private(set) var count = 0
  /// Exact; 0 without samples.
  private(set) var maximum: UInt64 = 0
  /// Exact; `UInt64.max` without samples.
  private(set) var minimum = UInt64.max

  /// Sum of all samples in nanoseconds, exact.
  private(set) var total: UInt64 = 0

  private static let precisionBits = 7

  /// In nanoseconds, exact; NaN without samples.
  var mean: Double { Double(total) / Double(count) }

  mutating func record(nanoseconds: UInt64) {
    counts[LatencyHistogram.bucket(of: nanoseconds)] += 1
    count += 1
    total += nanoseconds
    maximum = max(maximum, nanoseconds)
    minimum = min(minimum, nanoseconds)
  }

  /// The smallest bucket's upper end that at least `part` of all samples do not pass, in nanoseconds;
  /// 0 without samples.
  ///
  /// - Parameter part: from 0 to 1.
  func quantile(_ part: Double) -> UInt64 {
    let rank = max(1, Int((part * Double(count)).rounded(.up)))
    var passed = 0
    for (bucket, samples) in counts.enumerated() where samples > 0 {
      passed += samples
      if passed >= rank { return min(LatencyHistogram.upperEnd(of: bucket), maximum) }
    }
    return maximum
  }

  private static func bucket(of value: UInt64) -> Int {
    let exponent = max(0, 63 - precisionBits - value.leadingZeroBitCount)
    return exponent << precisionBits + Int(value >> UInt64(exponent))
  }

  /// The largest value of a bucket.
  private static func upperEnd(of bucket: Int) -> UInt64 {
    let exponent = max(0, bucket >> precisionBits - 1)
    let mantissa = UInt64(bucket - exponent << precisionBits)
    return mantissa << UInt64(exponent) + (1 << UInt64(exponent) - 1)
  }
}

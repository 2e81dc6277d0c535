import Glibc

/// The clock that steps are timed with: nanoseconds since some moment, never set back. Reading it
/// takes some 20 ns, which `ContinuousClock` doubles.
enum MonotonicClock {
  static var nanoseconds: UInt64 {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Milliseconds since `start`.
  static func milliseconds(since start: UInt64) -> Double { Double(nanoseconds - start) / 1e6 }
}

/// Where a service has its time from: timeouts, deadlines and latencies are told by it.
public protocol ServingClock: Sendable {
  /// Time since a fixed moment; never goes back.
  var now: Duration { get }
  /// Returns at that time, or throws at once when the task is cancelled.
  func sleep(until time: Duration) async throws
}

/// The time since it was made, by the system's clock that nobody sets.
public struct MonotonicClock: ServingClock {
  private let start = ContinuousClock.now

  public init() {}

  public var now: Duration { start.duration(to: .now) }

  public func sleep(until time: Duration) async throws {
    try await ContinuousClock().sleep(until: start.advanced(by: time))
  }
}

extension Duration {
  /// Whole nanoseconds; 0 if negative.
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds)) / 1_000_000_000
  }
}

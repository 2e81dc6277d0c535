import Sluice

/// What a request waited for and was worked on, one duration each.
struct Latencies: Sendable {
  var queue: Duration
  var step: Duration
  var total: Duration

  subscript(stage: ServingStage) -> Duration {
    switch stage {
    case .queue: queue
    case .step: step
    case .total: total
    }
  }
}

/// Parts of the time that a request takes inside the service.
public enum ServingStage: String, Sendable, Hashable, CaseIterable {
  /// From its arrival to its turn in its stream.
  case queue
  /// From its turn until its outputs are there: in the engine, which steps it with others.
  case step
  /// From its arrival to its answer; the state is in the store by then, where durability asks for that.
  case total
}

/// Latencies of one stage.
public struct LatencySummary: Sendable {
  let histogram: LatencyHistogram

  public var count: Int { histogram.count }
  /// Sum in nanoseconds.
  public var totalNanoseconds: UInt64 { histogram.total }
  /// The longest in nanoseconds; 0 without any.
  public var maximumNanoseconds: UInt64 { histogram.maximum }

  /// What at least `part` (0…1) of all do not pass, in nanoseconds, at most a sixteenth too large; 0
  /// without any.
  public func nanoseconds(quantile part: Double) -> UInt64 { histogram.quantile(part) }

  /// How many took at most `nanoseconds`; exact for 2^k − 1.
  public func count(upTo nanoseconds: UInt64) -> Int { histogram.count(upTo: nanoseconds) }
}

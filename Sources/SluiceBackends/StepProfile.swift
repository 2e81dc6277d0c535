import Glibc
import SluicePlanning

/// Where the time of a step goes.
public struct StepProfile: Sendable, Hashable {
  public struct Part: Sendable, Hashable {
    /// Of `plan.operations`; nil for what belongs to none of them, such as copies and waiting.
    public var operation: Int?
    /// What the part is where it is no operation.
    public var name: String
    public var nanoseconds: Double

    public init(operation: Int? = nil, name: String = "", nanoseconds: Double) {
      self.operation = operation
      self.name = name
      self.nanoseconds = nanoseconds
    }
  }

  /// In the order in which they run.
  public var parts: [Part]
  /// What a step takes that is not taken apart, measured in turn with those that are.
  public var step: Double
  /// How the parts were measured; a sentence.
  public var method: String

  public init(parts: [Part], step: Double, method: String) {
    self.parts = parts
    self.step = step
    self.method = method
  }

  /// Nanoseconds since a fixed moment.
  public static var now: Double {
    var moment = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &moment)
    return Double(moment.tv_sec) * 1e9 + Double(moment.tv_nsec)
  }

  /// All parts together, in nanoseconds.
  public var sum: Double { parts.reduce(0) { $0 + $1.nanoseconds } }
}

/// A backend that can take a step apart. Nothing of it costs anything in other executables.
public protocol ProfilingBackend: Backend {
  /// Measures the steps of all slots together.
  ///
  /// - Parameters:
  ///   - rounds: steps that are taken apart; as many are not.
  ///   - feed: writes the frames of a round into all slots.
  /// - Throws: as `prepare` and `step`.
  func profile(
    _ plan: Plan, options: ExecutableOptions, rounds: Int,
    feed: (any Executable, _ round: Int) -> Void
  ) throws(BackendError) -> StepProfile
}

/// Durations of the same things, round after round.
public struct RepeatedTimes: Sendable {
  private var rounds: [[Double]]

  /// - Parameter count: things that are timed in each round.
  public init(count: Int) { rounds = Array(repeating: [], count: count) }

  /// Adds one round: a duration of each.
  public mutating func add(_ nanoseconds: [Double]) {
    for (index, value) in nanoseconds.enumerated() { rounds[index].append(value) }
  }

  /// Of each the median, which interruptions do not move; 0 without a round.
  public var medians: [Double] {
    rounds.map { values in
      values.isEmpty ? 0 : values.sorted()[values.count / 2]
    }
  }
}

extension StepProfile {
  /// Times of operations that were measured apart, scaled so that those of each group add up to what the
  /// group takes together.
  ///
  /// - Parameters:
  ///   - apart: by operation.
  ///   - groups: operations that run together, and what they take.
  public static func scaled(
    _ apart: [Double], to groups: [(operations: Range<Int>, nanoseconds: Double)]
  ) -> [Part] {
    groups.flatMap { group in
      let sum = apart[group.operations].reduce(0, +)
      return group.operations.map { operation in
        let share = sum > 0 ? apart[operation] / sum : 1 / Double(group.operations.count)
        return Part(operation: operation, nanoseconds: group.nanoseconds * share)
      }
    }
  }
}

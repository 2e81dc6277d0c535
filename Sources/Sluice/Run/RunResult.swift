/// How a network is run over arrays.
public enum RunMode: String, Sendable, Hashable, CaseIterable {
  /// `stream` if the network can, else `sequence`.
  case auto
  /// Frame by frame, states carried.
  case stream
  /// Whole arrays in one call, without state.
  case sequence
}

/// What a run over arrays gave.
public struct RunResult: Sendable {
  /// In the network's order, final states left out. Leading axis: the calls, where the inputs have
  /// one. Absent is an output that was not due before the frames ended.
  public var outputs: NamedTensors
  /// What the states that the network gives out were at the end, under their output names.
  public var finalStates: NamedTensors
  /// Outputs without a time axis of their own that got one, with its place in the array of `outputs`:
  /// one entry per step.
  public var insertedTimeAxes: [String: Int]
  /// `stream` or `sequence`.
  public var mode: RunMode
  /// Why this mode; a sentence without its full stop.
  public var modeReason: String
  public var backend: BackendDecision
  /// Entries of the leading axis; 1 without one.
  public var calls: Int
  /// Rows of the batch: streams that ran side by side.
  public var streams: Int
  /// Frames of each stream over all calls; 0 in sequence mode, where they are not told apart.
  public var frames: Int
  /// Steps of each stream over all calls; in sequence mode the calls.
  public var steps: Int
  /// What each step took from frames in to outputs out, all its streams together, in the order run.
  public var stepNanoseconds: [UInt64]
  /// Streams whose device failed, with how they went on. Frames since a checkpoint were given again, so
  /// that every output is there once.
  public var recoveries: [StreamRecovery] = []
  /// What a person should know, one sentence each.
  public var notes: [String]

  public struct StreamRecovery: Sendable, Hashable {
    /// The row of the batch.
    public var stream: Int
    public var recovery: Recovery
  }

  /// Outputs and final states together, as `sluice run` writes them.
  public var results: NamedTensors {
    var results = outputs
    for (name, tensor) in finalStates { results[name] = tensor }
    return results
  }

  /// An output's newest entry, in the shape the network itself gives: without the time axis it got.
  public func newest(_ name: String) -> Tensor? {
    guard let tensor = results[name] else { return nil }
    guard let axis = insertedTimeAxes[name] else { return tensor }
    return tensor.entry(tensor.shape[axis] - 1, along: axis)
  }

  /// The time that at least `fraction` (0…1) of the steps did not exceed, in microseconds; nil if
  /// there was no step.
  public func stepMicroseconds(quantile fraction: Double) -> Double? {
    guard !stepNanoseconds.isEmpty, fraction.isFinite else { return nil }
    let sorted = stepNanoseconds.sorted()
    let rank = (min(max(fraction, 0), 1) * Double(sorted.count)).rounded(.up)
    return Double(sorted[min(max(Int(rank), 1), sorted.count) - 1]) / 1000
  }
}

extension RunResult {
  /// What ran, how long a step took and where, for people; one line each.
  public var runSummary: [String] {
    var lines = ["\(mode.rawValue) mode: \(modeReason)", extent]
    if let median = stepMicroseconds(quantile: 0.5), let slow = stepMicroseconds(quantile: 0.99) {
      let what = mode == .stream ? "step" : "call"
      lines.append(
        "\(what) latency: p50 \(oneDecimal(median)) µs, p99 \(oneDecimal(slow)) µs "
          + "over \(stepNanoseconds.count)")
    }
    lines.append("backend: \(backend)")
    let others = backend.candidates.filter {
      $0.backend != backend.backend || $0.device != backend.device
    }
    lines += others.map { "considered: \($0)" }
    lines += recoveries.map { "stream \($0.stream) \($0.recovery)" }
    return lines + notes
  }

  private var extent: String {
    switch mode {
    case .sequence: "\(calls) \(calls == 1 ? "call" : "calls")"
    default:
      "\(streams) \(streams == 1 ? "stream" : "streams"), \(frames) frames, \(steps) steps each"
    }
  }

  private func oneDecimal(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}

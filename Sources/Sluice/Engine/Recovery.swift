/// How a stream went on after its device had failed.
public struct Recovery: Sendable, Hashable {
  /// What the stream goes on from.
  public enum Source: String, Sendable, Hashable, Codable {
    /// The initial states.
    case beginning
    /// The device still let its states be read: nothing was lost.
    case state
    /// Its last copy on the host (`EngineOptions.checkpointInterval`).
    case checkpoint
  }

  /// The backend and device that failed, and those that the stream goes on on.
  public var failed: String
  public var successor: String
  /// What the device failed with.
  public var reason: String
  public var source: Source
  /// The frame resumed from: how many frames the states have seen.
  public var frame: Int
  /// Frames given since then, which the states have not seen.
  public var framesLost: Int
}

extension Recovery: CustomStringConvertible {
  public var description: String {
    let origin =
      switch source {
      case .beginning: "its beginning"
      case .state: "its readable state"
      case .checkpoint: "its last checkpoint"
      }
    let lost =
      framesLost == 0 ? "no frame is lost" : "\(framesLost) frames given since are not in it"
    return
      "goes on on \(successor) from frame \(frame), \(origin); \(lost) (\(failed) failed: \(reason))"
  }
}

/// What an engine's devices failed at so far.
public struct EngineCounters: Sendable, Hashable {
  /// Devices that failed in a step or while states were read or written.
  public var deviceFailures = 0
  /// Streams that went on on the CPU without losing a frame.
  public var streamsResumed = 0
  /// Streams that went on on the CPU from an earlier frame.
  public var streamsRewound = 0
  /// Streams that could not go on: their states were not readable and there was no checkpoint.
  public var streamsLost = 0
  /// Checkpoints copied to the host.
  public var checkpoints = 0

  public init() {}
}

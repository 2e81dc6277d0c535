/// Everything a stream carries, at one moment between two frames: enough to go on in another process
/// or on another machine.
///
///     let snapshot = try session.snapshot()
///     try snapshot.write(to: "stream.snapshot")
///     …
///     let report = try other.restore(Snapshot(contentsOf: "stream.snapshot"))
///
/// With the same network, bindings and numerics tag the stream continues bit for bit.
public struct Snapshot: Sendable, Hashable {
  /// The network and its bindings.
  public let digest: ModelDigest
  public let precision: Precision
  /// Backend, kernel variant and tuning that computed the states.
  public let numericsTag: String
  /// Steps run since the stream began.
  public let steps: Int
  /// Frames those steps consumed.
  public let framesConsumed: Int
  /// Frames that were still to come before the step from which every output is given.
  public let warmUpLeft: Int
  /// In the network's order; rings of past values oldest first.
  public let states: NamedTensors
  /// Frames that wait for the rest of their step.
  public let framesPending: Int
  /// Per input, the value of the unfinished step with zeros where frames are missing; empty if no
  /// frame waits.
  public let pendingFrames: NamedTensors

  /// The format's version that is written; older ones are read.
  public static let formatVersion = 1
}

/// How a stream went on from a snapshot.
public struct RestoreReport: Sendable, Hashable {
  /// Whether every output from here on has the bits it would have had without the interruption.
  public let isBitIdentical: Bool
  /// What made the states and what goes on with them; a sentence.
  public let note: String
}

extension RestoreReport: CustomStringConvertible {
  public var description: String { note }
}

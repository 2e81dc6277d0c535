import Sluice

/// What bounds a service, and how it runs its models.
public struct ServingOptions: Sendable {
  /// How every model runs. `maximumStreams` is the number of slots of each version of a model; where the
  /// device's memory holds fewer, a version is loaded with as many as it holds.
  public var engine: EngineOptions
  /// Requests of one stream that may wait or be worked on; one more is refused with `overloaded`.
  public var maximumQueuedRequests = 16
  /// Bytes of tensors and snapshots in requests that wait or are worked on, all models together.
  public var maximumQueuedBytes = 256 << 20
  /// Whole sequences that run at the same time, on threads of their own.
  public var sequenceThreads = 1
  /// Whole sequences that may wait for such a thread; one more is refused with `overloaded`.
  public var maximumWaitingSequences = 64
  /// Rows of frames that run at the same time, each on a thread of its own; their steps are joint ones.
  public var rowThreads = 32
  /// Rows of frames that may wait for such a thread; one more is refused with `overloaded`.
  public var maximumWaitingRows = 1024
  /// After how long without a request a stream leaves its slot for the store; nil for never.
  public var idleTimeout: Duration?
  /// After how long without a request a stream ends; nil for never.
  public var expiry: Duration?
  public var durability = Durability.hibernation
  /// What a client is told to wait that is to try again, where nothing better is known.
  public var retryAfter = Duration.seconds(1)

  /// When a stream's state is put into the store.
  public enum Durability: Sendable, Hashable {
    /// When it leaves its slot, and when the server drains.
    case hibernation
    /// After every request, before it is answered.
    case everyFrame
    /// With the first request, or at the first sweep, that comes so long after it was last put there.
    case interval(Duration)
  }

  public init(engine: EngineOptions = EngineOptions()) { self.engine = engine }
}

import Sluice
import Tracing

/// One request of a stream. Its parts happen in this order: start, action, end.
public struct StreamRequest: Sendable {
  public enum Action: Sendable {
    /// Nothing but what `starts` and `ends` say.
    case none
    /// One frame, or a row of frames along the time axis: a tensor per input, by name, as
    /// `Session.step` and `Session.run` take them.
    case frames([String: Tensor])
    /// The stream's state as it stands then.
    case snapshot
    /// The stream goes on from a snapshot; it is started if there is none.
    case restore(Snapshot)
  }

  /// The model's name.
  public var model: String
  /// The version that the stream runs, or is to start on; nil for its own, or the model's newest.
  public var version: Int?
  public var stream: StreamIdentifier
  public var action: Action
  /// Start afresh, whether there is such a stream or not.
  public var starts: Bool
  /// End after this request, whatever came of its action.
  public var ends: Bool
  /// When the answer is of no more use, by the service's clock.
  public var deadline: Duration?
  /// The span in which it is asked for, where the service has a tracer; nil for none, not for the task's:
  /// give `ServiceContext.current` for that.
  public var parent: ServiceContext?

  public init(
    model: String, version: Int? = nil, stream: StreamIdentifier, action: Action,
    starts: Bool = false, ends: Bool = false, deadline: Duration? = nil,
    parent: ServiceContext? = nil
  ) {
    self.model = model
    self.version = version
    self.stream = stream
    self.action = action
    self.starts = starts
    self.ends = ends
    self.deadline = deadline
    self.parent = parent
  }

  /// Whether it makes a stream where there is none.
  var begins: Bool {
    if case .restore = action { return true }
    return starts
  }

  /// Bytes of its tensors.
  var byteCount: Int {
    switch action {
    case .none, .snapshot: 0
    case .frames(let arrays): arrays.values.reduce(0) { $0 + $1.byteCount }
    case .restore(let snapshot): snapshot.byteCount
    }
  }
}

/// What came of a stream's request.
public struct StreamAnswer: Sendable {
  /// The version of the model that the stream runs.
  public var version: Int
  /// What was due, in the network's order; absent is an output that is not due yet.
  public var outputs = NamedTensors()
  /// Frames that the stream has taken since it started, this request's included.
  public var framesTaken = 0
  /// For `snapshot`.
  public var snapshot: Snapshot?
  /// For `restore`: whether the stream goes on bit for bit, and why not.
  public var restoration: RestoreReport?
  /// Whether the stream was in the store and was brought back for this request.
  public var wasHibernated = false

  public init(version: Int) { self.version = version }
}

extension Snapshot {
  /// Bytes of its tensors.
  var byteCount: Int {
    [states, pendingFrames].reduce(0) { count, tensors in
      tensors.reduce(count) { $0 + $1.tensor.byteCount }
    }
  }
}

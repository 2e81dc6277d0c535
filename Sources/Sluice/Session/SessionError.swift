/// Why a session could not do what was asked. But for `cancelled`, which closes it, and `rewound`, which
/// put it back, the session stays as it was before the call.
public struct SessionError: Error, Sendable {
  public let code: Code
  /// Names the input, state or snapshot, what was expected and what was found.
  public let message: String
  /// The error of the stage underneath, if any.
  public let cause: (any Error)?

  /// A closed set of reasons; adding one breaks no caller.
  public struct Code: Sendable, Hashable {
    let name: String
    /// The session was closed before.
    public static let closed = Code(name: "closed")
    /// Every slot of the engine belongs to an open session.
    public static let full = Code(name: "full")
    /// The task that called was cancelled, which closed the session.
    public static let cancelled = Code(name: "cancelled")
    /// Frames come faster than the engine steps, and the session's queue is at its bound. The frame was
    /// not taken; the stream goes on.
    public static let overloaded = Code(name: "overloaded")
    /// The frame's deadline passed before a step took it, so none did; the stream goes on without it.
    public static let late = Code(name: "late")
    /// A frame's name, shape, element type or value does not fit.
    public static let frameRefused = Code(name: "frameRefused")
    /// A frame holds NaN and the session rejects them.
    public static let notANumber = Code(name: "notANumber")
    /// There is no such state, or the value does not fit it.
    public static let stateRefused = Code(name: "stateRefused")
    /// The snapshot's bytes are damaged, cut short, or of an unknown format version.
    public static let snapshotMalformed = Code(name: "snapshotMalformed")
    /// The snapshot belongs to another network or other bindings.
    public static let snapshotMismatch = Code(name: "snapshotMismatch")
    /// The network's inputs and outputs do not have the form this call is for.
    public static let unsupported = Code(name: "unsupported")
    /// The device failed, and the stream goes on on the CPU from an earlier frame, its last checkpoint.
    /// The frame was not taken; `Session.recovery` says which one comes next.
    public static let rewound = Code(name: "rewound")
    /// The device failed while it worked, and the stream cannot go on without it.
    public static let deviceFailed = Code(name: "deviceFailed")
  }

  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  static let closed = SessionError(.closed, "the session is closed")

  static func late(by time: Duration) -> SessionError {
    SessionError(
      .late, "the frame's deadline passed \(time) before a step could take it; it was not computed")
  }

  /// Why a call was not queued.
  init(_ admission: Scheduler<Call>.Admission, _ stream: LiveStream) {
    guard admission == .overloaded else {
      self = .closed
      return
    }
    self.init(
      .overloaded,
      "\(stream.maximumCalls) frames of the session wait or are in a step, which is its bound "
        + "(maximumPendingFrames)")
  }

  init(_ error: BackendError) {
    let code: Code = error.code == .invalidValue ? .frameRefused : .deviceFailed
    self.init(code, error.message, cause: error)
  }
}

extension SessionError: CustomStringConvertible {
  public var description: String { message }
}

extension SessionError.Code: CustomStringConvertible {
  public var description: String { name }
}

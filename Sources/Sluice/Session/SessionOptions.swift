/// How one session behaves.
public struct SessionOptions: Sendable, Hashable {
  /// What happens to a frame that holds NaN.
  public var nanPolicy: NaNPolicy

  /// Frames that may wait or be in a step at the same time; one more is refused with
  /// `SessionError.overloaded`. A caller that awaits each step before the next never has more than one.
  /// Less than 1 counts as 1.
  public var maximumPendingFrames: Int

  public enum NaNPolicy: Sendable, Hashable {
    /// It goes through the network, and usually stays in the stream's states from then on.
    case accept
    /// It is refused with `SessionError.notANumber`; the stream is as it was.
    case reject
  }

  public init(nanPolicy: NaNPolicy = .accept, maximumPendingFrames: Int = 4) {
    self.nanPolicy = nanPolicy
    self.maximumPendingFrames = maximumPendingFrames
  }
}

/// How one session behaves.
public struct SessionOptions: Sendable, Hashable {
  /// What happens to a frame that holds NaN.
  public var nanPolicy: NaNPolicy

  public enum NaNPolicy: Sendable, Hashable {
    /// It goes through the network, and usually stays in the stream's states from then on.
    case accept
    /// It is refused with `SessionError.notANumber`; the stream is as it was.
    case reject
  }

  public init(nanPolicy: NaNPolicy = .accept) {
    self.nanPolicy = nanPolicy
  }
}

import Sluice

/// Why a request was not served, or a model not loaded.
public struct ServingError: Error, Sendable {
  public let code: Code
  /// Names the model, stream or input, what was expected and what was found.
  public let message: String
  /// After how long the same request may succeed, of a server that ends with the one that follows it; nil
  /// where waiting does not help.
  public let retryAfter: Duration?
  /// The error of the library underneath, if any.
  public let cause: (any Error)?

  /// A closed set of reasons; adding one breaks no caller.
  public struct Code: Sendable, Hashable {
    public let name: String
    /// No model, or no version of it, goes by that name here.
    public static let unknownModel = Code(name: "unknownModel")
    /// The model is there and takes no requests: it is being loaded, failed to load or was unloaded.
    public static let modelUnavailable = Code(name: "modelUnavailable")
    /// The model cannot be read or prepared.
    public static let modelRefused = Code(name: "modelRefused")
    /// No stream goes by that identifier: it was not started, or it ended.
    public static let unknownStream = Code(name: "unknownStream")
    /// The request contradicts itself, its stream or its model: names, shapes, types, versions.
    public static let refused = Code(name: "refused")
    /// The snapshot is damaged or belongs to another network.
    public static let snapshotRefused = Code(name: "snapshotRefused")
    /// Every slot has its stream.
    public static let full = Code(name: "full")
    /// More frames wait than may: of this stream, or of all.
    public static let overloaded = Code(name: "overloaded")
    /// The request's deadline passed before it was computed, so it was not.
    public static let late = Code(name: "late")
    /// The server is about to end and takes nothing new.
    public static let draining = Code(name: "draining")
    /// The device failed. The message says where the stream goes on.
    public static let deviceFailed = Code(name: "deviceFailed")
    /// The state store did not take or give a stream's state.
    public static let storeFailed = Code(name: "storeFailed")

    /// Every code, in the order in which reports list them.
    public static let all: [Code] = [
      unknownModel, modelUnavailable, modelRefused, unknownStream, refused, snapshotRefused, full,
      overloaded, late, draining, deviceFailed, storeFailed,
    ]
  }

  public init(
    _ code: Code, _ message: String, retryAfter: Duration? = nil, cause: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
    self.cause = cause
  }
}

extension ServingError: CustomStringConvertible {
  public var description: String { message }
}

extension ServingError.Code: CustomStringConvertible {
  public var description: String { name }
}

/// Errors of the library under this target's codes; messages stay as they are.
extension ServingError {
  init(_ error: SessionError) {
    let code: Code =
      switch error.code {
      case .deviceFailed, .rewound: .deviceFailed
      case .snapshotMalformed, .snapshotMismatch: .snapshotRefused
      case .full: .full
      case .overloaded: .overloaded
      case .late: .late
      default: .refused
      }
    self.init(code, error.message, cause: error)
  }

  init(_ error: SluiceError) {
    let code: Code =
      switch error.code {
      case .deviceFailed, .backendUnavailable: .deviceFailed
      default: .refused
      }
    self.init(code, error.message, cause: error)
  }
}

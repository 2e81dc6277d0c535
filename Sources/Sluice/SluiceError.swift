/// Why a model, an engine or a run was refused or failed. Sessions throw `SessionError`.
public struct SluiceError: Error, Sendable {
  public let code: Code
  /// Names the file, node, input or device, what was expected and what was found.
  public let message: String
  /// The error of the stage underneath, if any.
  public let cause: (any Error)?

  /// A closed set of reasons; adding one breaks no caller.
  public struct Code: Sendable, Hashable {
    let name: String
    /// The file or the network in it cannot be taken.
    public static let modelRefused = Code(name: "modelRefused")
    /// A dimension or an input that decides shapes has to be bound first.
    public static let unbound = Code(name: "unbound")
    /// The network cannot run frame by frame; `sequence` mode may still run it.
    public static let notStreamable = Code(name: "notStreamable")
    /// An array does not fit the network's inputs.
    public static let inputRefused = Code(name: "inputRefused")
    /// The backend does not offer an operation, element type or precision.
    public static let unsupported = Code(name: "unsupported")
    /// A stated limit would be passed: memory, elements, streams.
    public static let limit = Code(name: "limit")
    /// The system refused to read or write a file.
    public static let fileFailed = Code(name: "fileFailed")
    /// The backend or device asked for is not there.
    public static let backendUnavailable = Code(name: "backendUnavailable")
    /// The device failed while it worked.
    public static let deviceFailed = Code(name: "deviceFailed")
  }

  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}

extension SluiceError: CustomStringConvertible {
  public var description: String { message }
}

extension SluiceError.Code: CustomStringConvertible {
  public var description: String { name }
}

/// Errors of the stages underneath, under this target's codes; messages stay as they are.
extension SluiceError {
  init(_ error: FormatError) {
    let code: Code =
      switch error.code {
      case .limit: .limit
      case .unreadable: .fileFailed
      default: .modelRefused
      }
    self.init(code, error.message, cause: error)
  }

  init(_ error: GraphError) {
    let code: Code =
      switch error.code {
      case .unbound: .unbound
      case .notStreamable: .notStreamable
      case .limit: .limit
      default: .modelRefused
      }
    self.init(code, error.message, cause: error)
  }

  init(_ error: PlanError) {
    self.init(error.code == .limit ? .limit : .modelRefused, error.message, cause: error)
  }

  init(_ error: BackendError) {
    let code: Code =
      switch error.code {
      case .unavailable: .backendUnavailable
      case .unsupported: .unsupported
      case .limit: .limit
      case .invalidValue: .inputRefused
      default: .deviceFailed
      }
    self.init(code, error.message, cause: error)
  }

  init(_ error: SessionError) {
    let code: Code =
      switch error.code {
      case .deviceFailed: .deviceFailed
      case .full, .overloaded: .limit
      default: .inputRefused
      }
    self.init(code, error.message, cause: error)
  }
}

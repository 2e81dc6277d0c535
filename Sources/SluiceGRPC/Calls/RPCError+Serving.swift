import GRPCCore
import SluiceServing

extension RPCError {
  /// A refusal of the service under the status that the protocol has for it; where waiting helps, for how
  /// long, in seconds, as `retry-after`.
  init(_ error: ServingError) {
    var metadata = Metadata()
    if let time = error.retryAfter {
      metadata.addString("\(Int((time / .seconds(1)).rounded(.up)))", forKey: "retry-after")
    }
    self.init(code: error.code.status, message: error.message, metadata: metadata)
  }

  static func invalid(_ message: String) -> RPCError {
    RPCError(code: .invalidArgument, message: message)
  }

  /// What is to be sent for an error of any kind.
  static func of(_ error: any Error) -> RPCError {
    switch error {
    case let error as RPCError: error
    case let error as ServingError: RPCError(error)
    default: RPCError(code: .internalError, message: "\(error)")
    }
  }
}

extension ServingError.Code {
  fileprivate var status: RPCError.Code {
    switch self {
    case .unknownModel, .unknownStream: .notFound
    case .refused, .snapshotRefused, .modelRefused: .invalidArgument
    case .full, .overloaded: .resourceExhausted
    case .modelUnavailable, .draining, .storeFailed: .unavailable
    case .late: .deadlineExceeded
    default: .internalError
    }
  }
}

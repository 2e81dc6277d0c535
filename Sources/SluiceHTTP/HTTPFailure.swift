import HTTPTypes
import SluiceFormats
import SluiceServing

/// A request that is answered with an error in the protocol's form.
struct HTTPFailure: Error {
  let status: HTTPResponse.Status
  let message: String
  var retryAfter: Duration?
  /// Header fields that the status asks for.
  var headers: HTTPFields = [:]

  init(_ status: HTTPResponse.Status, _ message: String) {
    (self.status, self.message) = (status, message)
  }

  init(_ error: ServingError) {
    self.init(error.code.status, error.message)
    retryAfter = error.retryAfter
  }

  /// Of a body that is not what it should be.
  init(_ error: FormatError) { self.init(.badRequest, error.message) }

  /// What is to be sent for an error of any kind.
  init(_ error: any Error) {
    switch error {
    case let error as HTTPFailure: self = error
    case let error as ServingError: self.init(error)
    case let error as FormatError: self.init(error)
    default: self.init(.internalServerError, "\(error)")
    }
  }
}

extension Duration {
  /// As `Retry-After` says it: in whole seconds, none shorter than it is.
  var retrySeconds: Int { Int((self / .seconds(1)).rounded(.up)) }

  /// Likewise in milliseconds.
  var retryMilliseconds: Int { Int((self / .milliseconds(1)).rounded(.up)) }
}

extension ServingError.Code {
  /// 503 says that the same request may succeed later; 400 that it will not.
  var status: HTTPResponse.Status {
    switch self {
    case .unknownModel, .unknownStream: .notFound
    case .refused, .snapshotRefused, .modelRefused: .badRequest
    case .modelUnavailable, .draining, .full, .overloaded, .storeFailed: .serviceUnavailable
    case .late: .gatewayTimeout
    default: .internalServerError
    }
  }
}

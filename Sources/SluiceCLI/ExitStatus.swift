import Sluice
import SluiceServing

/// What a command's exit code says.
enum ExitStatus: Int32, Sendable {
  case done = 0
  /// The comparison or check failed.
  case failed = 1
  case wrongUsage = 2
  /// The model or an input is refused.
  case refused = 3
  case deviceFailed = 4

  /// The status of an error that a stage threw; nil for errors of the argument parser.
  init?(of error: any Error) {
    switch error {
    case let error as CommandError: self.init(error.code)
    case let error as SluiceError: self = .init(error.code)
    case let error as SessionError: self = error.code == .deviceFailed ? .deviceFailed : .refused
    case let error as ServingError: self = error.code == .deviceFailed ? .deviceFailed : .refused
    case let error as BackendError:
      let failed = error.code == .deviceFailed || error.code == .unavailable
      self = failed ? .deviceFailed : .refused
    case is FormatError, is GraphError, is PlanError: self = .refused
    default: return nil
    }
  }

  private init(_ code: CommandError.Code) {
    switch code {
    case .mismatch: self = .failed
    case .usage: self = .wrongUsage
    default: self = .refused
    }
  }

  private init(_ code: SluiceError.Code) {
    switch code {
    case .deviceFailed, .backendUnavailable: self = .deviceFailed
    default: self = .refused
    }
  }
}

/// What standard error says about an error: its sentence, then one line for every cause whose text
/// says something new.
func errorLines(_ error: any Error) -> [String] {
  var texts = ["\(error)"]
  var next = cause(of: error)
  while let error = next {
    let text = "\(error)"
    if !texts.contains(where: { $0.contains(text) }) { texts.append(text) }
    next = cause(of: error)
  }
  return texts.enumerated().map { index, text in
    index == 0 ? "sluice: error: \(text)" : "sluice: because: \(text)"
  }
}

private func cause(of error: any Error) -> (any Error)? {
  switch error {
  case let error as CommandError: error.cause
  case let error as SluiceError: error.cause
  case let error as SessionError: error.cause
  case let error as BackendError: error.cause
  case let error as ServingError: error.cause
  case let error as FormatError: error.cause
  case let error as GraphError: error.cause
  case let error as PlanError: error.cause
  default: nil
  }
}

import CSluice
import Sluice

/// Why a call from C failed: what it returns and what `sluice_error_message` says.
struct LibraryError: Error {
  let code: sluice_code
  /// Names the argument, input or file, what was expected and what was found.
  let message: String
  /// The error of the library underneath, if any.
  let cause: (any Error)?

  init(_ code: sluice_code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  init(_ error: SluiceError) {
    self.init(LibraryError.code(error.code), error.message, cause: error)
  }

  init(_ error: SessionError) {
    self.init(LibraryError.code(error.code), error.message, cause: error)
  }

  private static func code(_ code: SluiceError.Code) -> sluice_code {
    switch code {
    case .unbound: SLUICE_CODE_UNBOUND
    case .notStreamable: SLUICE_CODE_NOT_STREAMABLE
    case .inputRefused: SLUICE_CODE_FRAME_REFUSED
    case .unsupported: SLUICE_CODE_UNSUPPORTED
    case .limit: SLUICE_CODE_LIMIT
    case .fileFailed: SLUICE_CODE_FILE_FAILED
    case .backendUnavailable: SLUICE_CODE_BACKEND_UNAVAILABLE
    case .deviceFailed: SLUICE_CODE_DEVICE_FAILED
    default: SLUICE_CODE_MODEL_REFUSED
    }
  }

  private static func code(_ code: SessionError.Code) -> sluice_code {
    switch code {
    case .closed: SLUICE_CODE_CLOSED
    case .full: SLUICE_CODE_FULL
    case .overloaded: SLUICE_CODE_OVERLOADED
    case .frameRefused, .stateRefused: SLUICE_CODE_FRAME_REFUSED
    case .notANumber: SLUICE_CODE_NOT_A_NUMBER
    case .snapshotMalformed: SLUICE_CODE_SNAPSHOT_MALFORMED
    case .snapshotMismatch: SLUICE_CODE_SNAPSHOT_MISMATCH
    case .unsupported: SLUICE_CODE_UNSUPPORTED
    case .rewound: SLUICE_CODE_REWOUND
    default: SLUICE_CODE_DEVICE_FAILED
    }
  }
}

/// Runs the body of a C function: what it throws becomes the thread's message and the code returned.
func answer(_ body: () throws(LibraryError) -> Void) -> sluice_code {
  do {
    try body()
    return SLUICE_CODE_OK
  } catch {
    ThreadMessage.set(error.message)
    return error.code
  }
}

/// Calls of the library underneath, their errors under this target's codes.
func sluice<Value>(_ body: () throws(SluiceError) -> Value) throws(LibraryError) -> Value {
  do { return try body() } catch { throw LibraryError(error) }
}

func session<Value>(_ body: () throws(SessionError) -> Value) throws(LibraryError) -> Value {
  do { return try body() } catch { throw LibraryError(error) }
}

/// A pointer that must not be null.
func given<Pointer>(_ pointer: Pointer?, _ name: String) throws(LibraryError) -> Pointer {
  guard let pointer else {
    throw LibraryError(SLUICE_CODE_INVALID_ARGUMENT, "'\(name)' is null")
  }
  return pointer
}

/// A size that C counts without a sign.
func count(_ size: UInt, _ name: String) throws(LibraryError) -> Int {
  guard let count = Int(exactly: size) else {
    throw LibraryError(SLUICE_CODE_INVALID_ARGUMENT, "'\(name)' is \(size), more than memory holds")
  }
  return count
}

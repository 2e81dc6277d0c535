import COpenCL
import SluiceBackends

/// What a call was about, for the message of its failure.
struct CallSubject: Sendable {
  var device: String?
  var program: String?
  var kernel: String?
}

extension OpenCLLibrary {
  /// The one way to OpenCL: makes a call that gives a status and throws unless that is success.
  ///
  /// - Throws: `deviceFailed` naming the call, its subject and the status.
  func check(
    _ call: OpenCLCall, _ subject: @autoclosure () -> CallSubject,
    _ body: (borrowing OpenCLFunctions) -> Int32
  ) throws(BackendError) {
    let status = injection.status(for: call) ?? body(functions)
    guard status == CL_SUCCESS else { throw failure(call, subject(), status) }
  }

  /// Likewise for a call that makes an object and writes its status where it is told to.
  func make<Object>(
    _ call: OpenCLCall, _ subject: @autoclosure () -> CallSubject,
    _ body: (borrowing OpenCLFunctions, inout Int32) -> Object?
  ) throws(BackendError) -> Object {
    var status = injection.status(for: call) ?? CL_SUCCESS
    if status == CL_SUCCESS, let object = body(functions, &status), status == CL_SUCCESS {
      return object
    }
    throw failure(call, subject(), status)
  }

  private func failure(
    _ call: OpenCLCall, _ subject: CallSubject, _ status: Int32
  ) -> BackendError {
    var message = call.rawValue
    if let kernel = subject.kernel { message += " of kernel '\(kernel)'" }
    if let program = subject.program { message += " of program '\(program)'" }
    if let device = subject.device { message += " on \(device)" }
    message += " failed: \(status == CL_SUCCESS ? "no object and no error" : statusName(status))"
    return BackendError(.deviceFailed, message, cause: OpenCLStatus(code: status))
  }
}

/// A status that OpenCL gave, as the cause of a `BackendError`.
public struct OpenCLStatus: Error, Sendable, Hashable, CustomStringConvertible {
  /// 0 or negative, as `<CL/cl.h>` has it.
  public let code: Int32
  public var description: String { statusName(code) }
}

extension BackendError {
  /// Whether a driver refused to build a program.
  var meansRefusedProgram: Bool {
    let code = (cause as? OpenCLStatus)?.code
    return code == CL_BUILD_PROGRAM_FAILURE || code == CL_INVALID_PROGRAM
  }

  /// Whether a call failed for want of memory: what drivers give where a buffer is made, or where its
  /// memory is first touched (OpenCL 1.2, sections 5.2.1 and 5.2.3).
  var meansNoRoom: Bool {
    switch (cause as? OpenCLStatus)?.code {
    case CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_INVALID_BUFFER_SIZE, CL_OUT_OF_RESOURCES,
      CL_OUT_OF_HOST_MEMORY:
      true
    default: false
    }
  }
}

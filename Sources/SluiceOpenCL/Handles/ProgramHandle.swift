import COpenCL
import SluiceBackends

/// A `cl_program` built for one device, released with its owner.
@safe final class ProgramHandle: @unchecked Sendable {
  let raw: cl_program
  let context: OpenCLContext
  let subject: CallSubject

  /// Compiles a source.
  ///
  /// - Parameter name: for messages.
  init(source: String, options: String, name: String, context: OpenCLContext) throws(BackendError) {
    self.context = context
    let subject = CallSubject(device: context.device.subject.device, program: name)
    self.subject = subject
    let bytes = Array(source.utf8)
    unsafe raw = try context.library.make(.createProgramWithSource, subject) { functions, status in
      unsafe bytes.withUnsafeBytes { buffer in
        var count = buffer.count
        var text = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
        return unsafe functions.createProgramWithSource(context.raw, 1, &text, &count, &status)
      }
    }
    try build(options: options)
  }

  /// Takes what `binary()` of a program for the same device gave.
  init(binary: [UInt8], options: String, name: String, context: OpenCLContext) throws(BackendError)
  {
    self.context = context
    let subject = CallSubject(device: context.device.subject.device, program: name)
    self.subject = subject
    unsafe raw = try context.library.make(.createProgramWithBinary, subject) { functions, status in
      unsafe binary.withUnsafeBufferPointer { buffer in
        var id: cl_device_id? = unsafe context.device.id.raw
        var count = buffer.count
        var bytes = buffer.baseAddress
        return unsafe functions.createProgramWithBinary(
          context.raw, 1, &id, &count, &bytes, nil, &status)
      }
    }
    try build(options: options)
  }

  deinit { _ = unsafe context.library.functions.releaseProgram(raw) }

  /// - Throws: `deviceFailed` with the compiler's log.
  private func build(options: String) throws(BackendError) {
    do {
      try context.library.check(.buildProgram, subject) { functions in
        var id: cl_device_id? = unsafe context.device.id.raw
        return unsafe functions.buildProgram(raw, 1, &id, options, nil, nil)
      }
    } catch {
      let log = buildLog
      throw BackendError(
        error.code, log.isEmpty ? error.message : "\(error.message)\n\(log)", cause: error.cause)
    }
  }

  /// What the compiler said; empty where it said nothing or the driver does not tell.
  private var buildLog: String {
    let log = try? unsafe context.library.text(.getProgramBuildInfo, subject) {
      unsafe $0.getProgramBuildInfo(
        raw, context.device.id.raw, cl_program_build_info(CL_PROGRAM_BUILD_LOG), $1, $2, $3)
    }
    return log ?? ""
  }

  /// What the driver would take in place of the source; empty where it gives none.
  func binary() throws(BackendError) -> [UInt8] {
    var count = 0
    try context.library.check(.getProgramInfo, subject) { functions in
      unsafe functions.getProgramInfo(
        raw, cl_program_info(CL_PROGRAM_BINARY_SIZES), MemoryLayout<Int>.size, &count, nil)
    }
    var bytes = [UInt8](repeating: 0, count: count)
    guard count > 0 else { return bytes }
    try context.library.check(.getProgramInfo, subject) { functions in
      unsafe bytes.withUnsafeMutableBufferPointer { buffer in
        var target = buffer.baseAddress
        return unsafe functions.getProgramInfo(
          raw, cl_program_info(CL_PROGRAM_BINARIES), MemoryLayout<UnsafeMutablePointer<UInt8>>.size,
          &target, nil)
      }
    }
    return bytes
  }
}

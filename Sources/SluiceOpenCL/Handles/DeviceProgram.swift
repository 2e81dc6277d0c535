import COpenCL
import SluiceBackends

/// A program built for one device.
@safe public final class DeviceProgram: @unchecked Sendable {
  /// For messages.
  public let name: String
  let context: OpenCLContext
  let raw: cl_program

  init(
    source: String, options: String, name: String, context: OpenCLContext
  ) throws(BackendError) {
    self.name = name
    self.context = context
    var subject = context.device.subject
    subject.program = name
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

  deinit { _ = unsafe context.library.functions.releaseProgram(raw) }

  /// A kernel of its own at every call, with arguments of its own.
  ///
  /// - Throws: `deviceFailed` if the program has none of that name.
  public func kernel(named name: String) throws(BackendError) -> DeviceKernel {
    try DeviceKernel(name: name, program: self)
  }

  /// - Throws: `deviceFailed` with the compiler's log.
  func build(options: String) throws(BackendError) {
    var subject = subject
    do {
      try context.library.check(.buildProgram, subject) { functions in
        var id: cl_device_id? = unsafe context.device.id.raw
        return unsafe functions.buildProgram(raw, 1, &id, options, nil, nil)
      }
    } catch {
      subject.buildLog = buildLog
      throw BackendError(
        error.code, subject.buildLog.isEmpty ? error.message : "\(error.message)\n\(buildLog)",
        cause: error.cause)
    }
  }

  var subject: CallSubject {
    var subject = context.device.subject
    subject.program = name
    return subject
  }

  /// What the compiler said; empty where it said nothing or the driver does not tell.
  public var buildLog: String {
    let log = try? unsafe context.library.text(.getProgramBuildInfo, subject) {
      unsafe $0.getProgramBuildInfo(
        raw, context.device.id.raw, cl_program_build_info(CL_PROGRAM_BUILD_LOG), $1, $2, $3)
    }
    return log ?? ""
  }
}

import COpenCL
import SluiceBackends

/// What the commands of a queue took, by the device's clock; for one thread at a time.
@safe final class CommandTimes: @unchecked Sendable {
  private let context: OpenCLContext
  private var events: [(call: OpenCLCall, kernel: DeviceKernel?, event: cl_event)] = unsafe []

  /// What a command was, and when it ran by the device's clock, in nanoseconds.
  struct Command {
    var call: OpenCLCall
    var kernel: DeviceKernel?
    var span: Range<UInt64>
  }

  init(context: OpenCLContext) { self.context = context }

  deinit { release() }

  /// Takes an event over.
  func add(_ call: OpenCLCall, _ kernel: DeviceKernel?, _ event: cl_event?) {
    guard let event = unsafe event else { return }
    unsafe events.append((call, kernel, event))
  }

  /// Every command since the last time, in the order given; they have all been done.
  ///
  /// - Throws: `deviceFailed` if the driver does not tell when they ran.
  func take() throws(BackendError) -> [Command] {
    defer { release() }
    var commands: [Command] = []
    for index in unsafe events.indices {
      let (call, kernel, event) = unsafe events[index]
      let start = try unsafe moment(CL_PROFILING_COMMAND_START, event)
      let end = try unsafe moment(CL_PROFILING_COMMAND_END, event)
      commands.append(Command(call: call, kernel: kernel, span: start..<max(start, end)))
    }
    return commands
  }

  private func moment(_ which: Int32, _ event: cl_event) throws(BackendError) -> UInt64 {
    var moment: cl_ulong = 0
    try context.library.check(.getEventProfilingInfo, context.device.subject) { functions in
      unsafe functions.getEventProfilingInfo(
        event, cl_profiling_info(which), MemoryLayout<cl_ulong>.size, &moment, nil)
    }
    return moment
  }

  private func release() {
    for index in unsafe events.indices {
      _ = unsafe context.library.functions.releaseEvent(events[index].event)
    }
    unsafe events.removeAll(keepingCapacity: true)
  }
}

import COpenCL
import SluiceBackends

/// What the commands of a queue took, by the device's clock; for one thread at a time.
@safe final class CommandTimes: @unchecked Sendable {
  private let context: OpenCLContext
  private var events: [(call: OpenCLCall, event: cl_event)] = unsafe []

  init(context: OpenCLContext) { self.context = context }

  deinit { release() }

  /// Takes an event over.
  func add(_ call: OpenCLCall, _ event: cl_event?) {
    guard let event = unsafe event else { return }
    unsafe events.append((call, event))
  }

  /// Nanoseconds of every command since the last time, in the order given; they have all been done.
  ///
  /// - Throws: `deviceFailed` if the driver does not tell.
  func take() throws(BackendError) -> [(call: OpenCLCall, nanoseconds: Double)] {
    defer { release() }
    var times: [(call: OpenCLCall, nanoseconds: Double)] = []
    for index in unsafe events.indices {
      let (call, event) = unsafe events[index]
      let start = try unsafe moment(CL_PROFILING_COMMAND_START, event)
      let end = try unsafe moment(CL_PROFILING_COMMAND_END, event)
      times.append((call, Double(end) - Double(start)))
    }
    return times
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

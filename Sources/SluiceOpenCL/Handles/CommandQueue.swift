import COpenCL
import SluiceBackends
import SluiceGraph

/// Commands for a device, run one after another in the order they were given. Several threads may
/// give commands.
@safe public final class CommandQueue: @unchecked Sendable {
  public let context: OpenCLContext
  let raw: cl_command_queue

  /// What its commands took; nil where nobody asked.
  let times: CommandTimes?

  init(context: OpenCLContext, isTimed: Bool) throws(BackendError) {
    self.context = context
    let properties = cl_command_queue_properties(isTimed ? CL_QUEUE_PROFILING_ENABLE : 0)
    unsafe raw = try context.library.make(.createCommandQueue, context.device.subject) {
      functions, status in
      unsafe functions.createCommandQueue(context.raw, context.device.id.raw, properties, &status)
    }
    times = isTimed ? CommandTimes(context: context) : nil
  }

  /// Waits: with PoCL 3.1 the heap was damaged where a queue was released while its commands ran.
  deinit {
    drain()
    _ = unsafe context.library.functions.releaseCommandQueue(raw)
  }

  /// Memory for what is copied without blocking.
  ///
  /// - Throws: `deviceFailed` if the driver has none left.
  public func makePinnedBytes(byteCount: Int) throws(BackendError) -> PinnedBytes {
    try PinnedBytes(byteCount: byteCount, queue: self)
  }

  /// Gives a command; `body` hands the event on where there is one.
  private func give(
    _ call: OpenCLCall, _ subject: @autoclosure () -> CallSubject, kernel: DeviceKernel? = nil,
    _ body: (borrowing OpenCLFunctions, UnsafeMutablePointer<cl_event?>?) -> Int32
  ) throws(BackendError) {
    guard let times else {
      return try context.library.check(call, subject()) { body($0, nil) }
    }
    var event: cl_event?
    try context.library.check(call, subject()) { unsafe body($0, &event) }
    unsafe times.add(call, kernel, event)
  }

  /// Copies `bytes` to the buffer, from its byte `offset` on.
  ///
  /// - Parameter blocking: whether to wait until `bytes` were copied; without, they must stay as
  ///   they are until `finish`, and only pinned memory is copied at the side.
  public func write(
    _ buffer: DeviceBuffer, at offset: Int = 0, from bytes: UnsafeRawBufferPointer,
    blocking: Bool = true
  ) throws(BackendError) {
    guard let start = bytes.baseAddress, unsafe !bytes.isEmpty else { return }
    try unsafe give(.enqueueWriteBuffer, context.device.subject) { functions, event in
      unsafe functions.enqueueWriteBuffer(
        raw, buffer.raw, cl_bool(blocking ? CL_TRUE : CL_FALSE), offset, bytes.count, start, 0, nil,
        event)
    }
  }

  /// Copies a tensor to the buffer, from its byte `offset` on, and waits until it was copied.
  func write(_ tensor: Tensor, to buffer: DeviceBuffer, at offset: Int) throws(BackendError) {
    let result = unsafe tensor.withUnsafeBytes { bytes in
      Result { () throws(BackendError) in
        try unsafe write(buffer, at: offset, from: bytes)
      }
    }
    try result.get()
  }

  /// Copies bytes of the buffer, from its byte `offset` on, until `bytes` is full.
  ///
  /// - Parameter blocking: whether to wait for it; without, nothing may touch `bytes` until
  ///   `finish`.
  public func read(
    _ buffer: DeviceBuffer, at offset: Int = 0, into bytes: UnsafeMutableRawBufferPointer,
    blocking: Bool = true
  ) throws(BackendError) {
    guard let start = bytes.baseAddress, unsafe !bytes.isEmpty else { return }
    try unsafe give(.enqueueReadBuffer, context.device.subject) { functions, event in
      unsafe functions.enqueueReadBuffer(
        raw, buffer.raw, cl_bool(blocking ? CL_TRUE : CL_FALSE), offset, bytes.count, start, 0, nil,
        event)
    }
  }

  /// Copies within the device; source and target may be one buffer if the ranges do not overlap.
  public func copy(
    _ source: DeviceBuffer, at sourceOffset: Int = 0, to target: DeviceBuffer,
    at targetOffset: Int = 0, byteCount: Int
  ) throws(BackendError) {
    guard byteCount > 0 else { return }
    try context.library.check(.enqueueCopyBuffer, context.device.subject) { functions in
      unsafe functions.enqueueCopyBuffer(
        raw, source.raw, target.raw, sourceOffset, targetOffset, byteCount, 0, nil, nil)
    }
  }

  /// Writes `value` again and again; offset and length are multiples of its size.
  public func fill(
    _ buffer: DeviceBuffer, at offset: Int = 0, byteCount: Int, with value: UInt32 = 0
  ) throws(BackendError) {
    guard byteCount > 0 else { return }
    var pattern = value
    try context.library.check(.enqueueFillBuffer, context.device.subject) { functions in
      unsafe functions.enqueueFillBuffer(
        raw, buffer.raw, &pattern, MemoryLayout<UInt32>.size, offset, byteCount, 0, nil, nil)
    }
  }

  /// Runs a kernel with the arguments it has now.
  ///
  /// - Parameters:
  ///   - offset: of the first work-item in each dimension.
  ///   - global: work-items in each dimension, a multiple of `local`.
  ///   - local: work-items of a work-group.
  public func run(
    _ kernel: DeviceKernel, offset: WorkSize = WorkSize(0, 0, 0), global: WorkSize,
    local: WorkSize
  ) throws(BackendError) {
    try unsafe give(.enqueueNDRangeKernel, kernel.subject, kernel: kernel) { functions, event in
      unsafe offset.withSizes { offset in
        unsafe global.withSizes { global in
          unsafe local.withSizes { local in
            unsafe functions.enqueueNDRangeKernel(
              raw, kernel.raw, 3, offset, global, local, 0, nil, event)
          }
        }
      }
    }
  }

  /// What is given from now on waits until everything that `other`, a queue of the same context, was given
  /// so far has been done; `other` hands that to the device.
  public func follow(_ other: CommandQueue) throws(BackendError) {
    let (library, subject) = (context.library, context.device.subject)
    var event: cl_event?
    try library.check(.enqueueMarkerWithWaitList, subject) { functions in
      unsafe functions.enqueueMarkerWithWaitList(other.raw, 0, nil, &event)
    }
    // A command that waits for it keeps it.
    defer { _ = unsafe library.functions.releaseEvent(event) }
    try other.flush()
    try library.check(.enqueueBarrierWithWaitList, subject) { functions in
      unsafe functions.enqueueBarrierWithWaitList(raw, 1, &event, nil)
    }
  }

  /// Hands what was given so far to the device, without waiting.
  public func flush() throws(BackendError) {
    try context.library.check(.flush, context.device.subject) { unsafe $0.flush(raw) }
  }

  /// Waits until nothing that was given runs any more, whatever came of it: before memory of the host goes
  /// that commands may still copy from or to.
  func drain() { _ = unsafe context.library.functions.finish(raw) }

  /// Waits until everything that was given has been done.
  ///
  /// - Throws: `deviceFailed`; for some drivers this is where a kernel's failure shows.
  public func finish() throws(BackendError) {
    try context.library.check(.finish, context.device.subject) { unsafe $0.finish(raw) }
  }
}

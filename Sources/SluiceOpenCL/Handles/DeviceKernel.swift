import COpenCL
import SluiceBackends
import Synchronization

/// A kernel and its arguments. They are set and the kernel is run by one thread at a time; take
/// another of the same name for another thread.
@safe public final class DeviceKernel: @unchecked Sendable {
  public let name: String
  /// OpenCL keeps the program itself.
  let context: OpenCLContext
  let subject: CallSubject
  let raw: cl_kernel
  /// OpenCL does not keep what an argument refers to.
  private let buffers = Mutex<[Int: DeviceBuffer]>([:])

  init(name: String, program: DeviceProgram) throws(BackendError) {
    self.name = name
    context = program.handle.context
    var subject = program.handle.subject
    subject.kernel = name
    self.subject = subject
    unsafe raw = try context.library.make(.createKernel, subject) { functions, status in
      unsafe functions.createKernel(program.handle.raw, name, &status)
    }
  }

  deinit { _ = unsafe context.library.functions.releaseKernel(raw) }

  /// Argument `index`, counted from 0: a pointer to global or constant memory.
  public func set(_ index: Int, _ buffer: DeviceBuffer) throws(BackendError) {
    var raw: cl_mem? = unsafe buffer.raw
    try unsafe withUnsafeBytes(of: &raw) { bytes throws(BackendError) in
      try unsafe set(index, bytes: bytes)
    }
    buffers.withLock { $0[index] = buffer }
  }

  /// Argument `index`: a value whose type has the size of the kernel's, such as `Int32` for `int`.
  public func set(_ index: Int, value: some BitwiseCopyable) throws(BackendError) {
    try unsafe withUnsafeBytes(of: value) { bytes throws(BackendError) in
      try unsafe set(index, bytes: bytes)
    }
  }

  /// Argument `index`: a structure by value; NVIDIA takes 4352 bytes for all arguments together.
  public func set(_ index: Int, bytes: UnsafeRawBufferPointer) throws(BackendError) {
    try context.library.check(.setKernelArg, subject) { functions in
      unsafe functions.setKernelArg(raw, cl_uint(index), bytes.count, bytes.baseAddress)
    }
  }

  /// Work-items that a work-group of this kernel may have at most, given its registers.
  public func largestGroup() throws(BackendError) -> Int {
    var size = 0
    try context.library.check(.getKernelWorkGroupInfo, subject) { functions in
      unsafe functions.getKernelWorkGroupInfo(
        raw, context.device.id.raw, cl_kernel_work_group_info(CL_KERNEL_WORK_GROUP_SIZE),
        MemoryLayout<Int>.size, &size, nil)
    }
    return size
  }
}

import COpenCL
import SluiceBackends

/// Memory of a device. What it holds before anything is written to it is undefined, and drivers
/// take the memory at the first write only.
@safe public final class DeviceBuffer: @unchecked Sendable {
  public let byteCount: Int
  let context: OpenCLContext
  let raw: cl_mem

  init(byteCount: Int, context: OpenCLContext) throws(BackendError) {
    let device = context.device
    guard (0...device.largestAllocation).contains(byteCount) else {
      throw Self.doesNotFit(byteCount, device)
    }
    self.byteCount = byteCount
    self.context = context
    do {
      // OpenCL has no empty buffers.
      unsafe raw = try context.library.make(.createBuffer, device.subject) { functions, status in
        unsafe functions.createBuffer(
          context.raw, cl_mem_flags(CL_MEM_READ_WRITE), max(byteCount, 1), nil, &status)
      }
    } catch  where error.meansNoRoom {
      throw Self.doesNotFit(byteCount, device, cause: error)
    }
  }

  deinit { _ = unsafe context.library.functions.releaseMemObject(raw) }

  private static func doesNotFit(
    _ byteCount: Int, _ device: OpenCLDevice, cause: BackendError? = nil
  ) -> BackendError {
    BackendError(
      .limit,
      "a buffer of \(byteCount) bytes does not fit on '\(device.name)': it has "
        + "\(device.globalMemory) bytes, \(device.largestAllocation) for one buffer"
        + (cause.map { ": \($0.message)" } ?? ""), cause: cause)
  }
}

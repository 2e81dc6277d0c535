import COpenCL
import SluiceBackends

/// Memory of the host that a device copies from and to while it and the host go on working; from
/// any other memory a driver copies first. Zero at the start.
@safe public final class PinnedBytes: @unchecked Sendable {
  /// Valid as long as this object is; what commands still copy is the owner's to know.
  public let bytes: UnsafeMutableRawBufferPointer
  private let queue: CommandQueue
  private let raw: cl_mem

  init(byteCount: Int, queue: CommandQueue) throws(BackendError) {
    let context = queue.context
    let subject = context.device.subject
    self.queue = queue
    let size = max(byteCount, 1)
    let raw: cl_mem = unsafe try context.library.make(.createBuffer, subject) { functions, status in
      unsafe functions.createBuffer(
        context.raw, cl_mem_flags(CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR), size, nil, &status)
    }
    do {
      let start = unsafe try context.library.make(.enqueueMapBuffer, subject) { functions, status in
        unsafe functions.enqueueMapBuffer(
          queue.raw, raw, cl_bool(CL_TRUE), cl_map_flags(CL_MAP_READ | CL_MAP_WRITE), 0, size, 0,
          nil, nil, &status)
      }
      unsafe bytes = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
    } catch {
      _ = unsafe context.library.functions.releaseMemObject(raw)
      throw error
    }
    unsafe self.raw = raw
    unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  /// The driver lets go of the memory when the commands given before have run.
  deinit {
    let functions = queue.context.library.functions
    _ = unsafe functions.enqueueUnmapMemObject(queue.raw, raw, bytes.baseAddress, 0, nil, nil)
    _ = unsafe functions.releaseMemObject(raw)
  }
}

import COpenCL
import SluiceBackends

/// A device opened for work: buffers, programs and queues are made from it and keep it alive.
@safe public final class OpenCLContext: @unchecked Sendable {
  public let device: OpenCLDevice
  /// Where programs are looked for before they are built.
  public let cache: ProgramCache
  let library: OpenCLLibrary
  let raw: cl_context

  /// - Parameter cache: nil for the device's standard one.
  /// - Throws: `deviceFailed` if the driver cannot open the device.
  public init(device: OpenCLDevice, cache: ProgramCache? = nil) throws(BackendError) {
    self.device = device
    self.cache = cache ?? .standard(for: device)
    library = device.library
    var id: cl_device_id? = unsafe device.id.raw
    unsafe raw = try library.make(.createContext, device.subject) { functions, status in
      unsafe functions.createContext(nil, 1, &id, nil, nil, &status)
    }
  }

  deinit { _ = unsafe library.functions.releaseContext(raw) }

  /// - Throws: `limit` with the bytes needed, the device's total and its largest allocation.
  public func makeBuffer(byteCount: Int) throws(BackendError) -> DeviceBuffer {
    try DeviceBuffer(byteCount: byteCount, context: self)
  }

  /// A program for this device: out of the cache, else built and kept there.
  ///
  /// - Parameters:
  ///   - source: OpenCL C.
  ///   - options: as `clBuildProgram` takes them, such as `-DH=256`.
  ///   - name: for messages.
  /// - Throws: `deviceFailed` with the compiler's log.
  public func makeProgram(
    source: String, options: String = "", name: String
  ) throws(BackendError) -> DeviceProgram {
    try DeviceProgram(source: source, options: options, name: name, context: self)
  }

  /// A queue whose commands run one after another, in the order they were given.
  ///
  /// - Parameter isTimed: whether it keeps what each command takes, which costs time itself.
  public func makeQueue(isTimed: Bool = false) throws(BackendError) -> CommandQueue {
    try CommandQueue(context: self, isTimed: isTimed)
  }
}

import SluiceBackends
import Testing

@testable import SluiceOpenCL

/// Every call that a device can refuse, refused once: the error names it and what it was about.
@Suite("A device that fails", .needsDevice)
struct FailureTests {
  /// Everything that a backend does with a device, once.
  private func work(_ library: OpenCLLibrary, cache: ProgramCache) throws {
    let device = try #require(OpenCLDevice.all(in: library).first)
    let context = try OpenCLContext(device: device, cache: cache)
    let queue = try context.makeQueue()
    let kernel = try context.makeProgram(source: OpenCLSetup.source, name: "scales")
      .kernel(named: "scale")
    let groupSize = min(try kernel.largestGroup(), 1)
    let x = try context.makeBuffer(byteCount: 4)
    let y = try context.makeBuffer(byteCount: 4)
    let pinned = try queue.makePinnedBytes(byteCount: 4)
    let other = try context.makeQueue()
    // Copies that were given before a failure still run.
    defer {
      queue.drain()
      other.drain()
      withExtendedLifetime(pinned) {}
    }
    unsafe pinned.bytes.storeBytes(of: 2, as: Float.self)
    try unsafe queue.write(x, from: UnsafeRawBufferPointer(pinned.bytes), blocking: false)
    try queue.fill(y, byteCount: 4)
    try kernel.set(0, x)
    try kernel.set(1, y)
    try kernel.set(2, value: Float(4))
    try kernel.set(3, value: Int32(1))
    try queue.run(kernel, global: 1, local: WorkSize(groupSize))
    try queue.copy(y, to: x, byteCount: 4)
    try other.follow(queue)
    try unsafe other.read(x, into: pinned.bytes, blocking: false)
    try other.finish()
    try #require(unsafe pinned.bytes.load(as: Float.self) == 8)
  }

  private static let calls = OpenCLCall.allCases.filter {
    ![
      // Objects are released without looking at the status: there is nobody to tell.
      .releaseContext, .releaseCommandQueue, .releaseMemObject, .releaseProgram, .releaseKernel,
      .enqueueUnmapMemObject, .releaseEvent,
      // Only of a program out of the cache, or of one that does not build: `ProgramCacheTests`.
      .createProgramWithBinary, .getProgramInfo, .getProgramBuildInfo,
      // Only of a queue that keeps times: `ProfileTests`.
      .getEventProfilingInfo,
    ].contains($0)
  }

  private static let discovery: [OpenCLCall] = [
    .getPlatformIDs, .getPlatformInfo, .getDeviceIDs, .getDeviceInfo,
  ]

  /// What a device that is out of resources means.
  private static func code(of call: OpenCLCall) -> BackendError.Code {
    if discovery.contains(call) { return .unavailable }
    return call == .createBuffer ? .limit : .deviceFailed
  }

  @Test(arguments: calls)
  func `a call that fails is an error that names it, and the next try works`(
    _ call: OpenCLCall
  ) throws {
    let library = try OpenCLLibrary.open()
    library.inject(failureOf: call, failures: 1)
    let error = #expect(throws: BackendError.self) { try work(library, cache: .disabled) }
    #expect(error?.code == Self.code(of: call))
    let message = error?.message ?? ""
    #expect(message.contains("\(call.rawValue) "), "\(message)")
    #expect(message.contains("failed: CL_OUT_OF_RESOURCES (-5)"), "\(message)")
    try work(library, cache: .disabled)
  }

  @Test func `a kernel that fails is named with its program and device`() throws {
    let setup = try OpenCLSetup()
    let kernel = try setup.scale()
    setup.library.inject(failureOf: .enqueueNDRangeKernel, status: -9999)
    let error = #expect(throws: BackendError.self) {
      try setup.queue.run(kernel, global: 1, local: 1)
    }
    let device = setup.context.device
    #expect(error?.code == .deviceFailed)
    #expect(
      error?.message == """
        clEnqueueNDRangeKernel of kernel 'scale' of program 'scales' on '\(device.name)' \
        (\(device.platform)) failed: NVIDIA: illegal read or write to a buffer (-9999)
        """)
    #expect(error?.cause as? OpenCLStatus == OpenCLStatus(code: -9999))
  }

  @Test func `a failure comes after the calls it was told to let pass, until it is removed`() throws
  {
    let setup = try OpenCLSetup()
    let queue = setup.queue
    setup.library.inject(failureOf: .finish, after: 2)
    try queue.finish()
    try queue.finish()
    #expect(throws: BackendError.self) { try queue.finish() }
    #expect(throws: BackendError.self) { try queue.finish() }
    try queue.flush()
    setup.library.removeInjectedFailures()
    try queue.finish()
  }
}

import SluiceBackends
import Testing

@testable import SluiceOpenCL

@Suite("OpenCL objects", .needsDevice)
struct HandleTests {
  let setup: OpenCLSetup

  init() throws { setup = try OpenCLSetup() }

  private func buffer(_ values: [Float]) throws -> DeviceBuffer {
    let buffer = try setup.context.makeBuffer(byteCount: values.count * 4)
    try unsafe values.withUnsafeBytes { try unsafe setup.queue.write(buffer, from: $0) }
    return buffer
  }

  private func values(_ buffer: DeviceBuffer) throws -> [Float] {
    var values = [Float](repeating: .nan, count: buffer.byteCount / 4)
    try unsafe values.withUnsafeMutableBytes { try unsafe setup.queue.read(buffer, into: $0) }
    return values
  }

  @Test func `a kernel reads one buffer and writes another, over two dimensions`() throws {
    let kernel = try setup.scale()
    let x = (0..<37).map { Float($0) - 7.5 }
    let output = try buffer([Float](repeating: 0, count: x.count))
    try kernel.set(0, try buffer(x))
    try kernel.set(1, output)
    try kernel.set(2, value: Float(3))
    try kernel.set(3, value: Int32(x.count))
    try setup.queue.run(kernel, global: WorkSize(8, 5), local: WorkSize(8, 1))
    #expect(try values(output) == x.map { 3 * $0 })
  }

  @Test func `options reach the compiler`() throws {
    let program = try setup.context.makeProgram(
      source: "kernel void one(global int *x) { x[0] = VALUE; }", options: "-DVALUE=41",
      name: "one")
    let kernel = try program.kernel(named: "one")
    let buffer = try setup.context.makeBuffer(byteCount: 4)
    try kernel.set(0, buffer)
    try setup.queue.run(kernel, global: 1, local: 1)
    var value: Int32 = 0
    try unsafe withUnsafeMutableBytes(of: &value) { try unsafe setup.queue.read(buffer, into: $0) }
    #expect(value == 41)
  }

  @Test func `parts of buffers are written, filled, copied and read in the order given`() throws {
    let first = try buffer([1, 2, 3, 4, 5, 6])
    let second = try buffer([0, 0, 0, 0, 0, 0])
    let pair: [Float] = [8, 9]
    var read: [Float] = [0, 0, 0]
    try unsafe pair.withUnsafeBytes {
      try unsafe setup.queue.write(first, at: 4, from: $0, blocking: false)
      try setup.queue.fill(first, at: 16, byteCount: 4, with: Float(7).bitPattern)
      try setup.queue.copy(first, at: 4, to: second, at: 8, byteCount: 16)
      try setup.queue.flush()
      try setup.queue.finish()
    }
    try unsafe read.withUnsafeMutableBytes {
      try unsafe setup.queue.read(second, at: 12, into: $0, blocking: false)
      try setup.queue.finish()
    }
    #expect(try values(first) == [1, 8, 9, 4, 7, 6])
    #expect(try values(second) == [0, 0, 8, 9, 4, 7])
    #expect(read == [9, 4, 7])
  }

  @Test(arguments: [0, 1, 4097])
  func `pinned bytes are zero at the start and travel both ways`(_ byteCount: Int) throws {
    let pinned = try setup.queue.makePinnedBytes(byteCount: byteCount)
    #expect(unsafe Array(pinned.bytes) == [UInt8](repeating: 0, count: byteCount))
    let sent = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) }
    unsafe pinned.bytes.copyBytes(from: sent)
    let buffer = try setup.context.makeBuffer(byteCount: byteCount)
    let from = unsafe UnsafeRawBufferPointer(pinned.bytes)
    try unsafe setup.queue.write(buffer, from: from, blocking: false)
    try setup.queue.finish()
    unsafe pinned.bytes.initializeMemory(as: UInt8.self, repeating: 0)
    try unsafe setup.queue.read(buffer, into: pinned.bytes, blocking: false)
    try setup.queue.finish()
    #expect(unsafe Array(pinned.bytes) == sent)
  }

  @Test func `a buffer of no bytes can be made, and nothing moves`() throws {
    let empty = try setup.context.makeBuffer(byteCount: 0)
    #expect(empty.byteCount == 0)
    #expect(try values(empty) == [])
    try setup.queue.fill(empty, byteCount: 0)
    try setup.queue.copy(empty, to: empty, byteCount: 0)
  }

  @Test(arguments: [-1, .max])
  func `a buffer that does not fit is refused with what is needed and what there is`(
    _ byteCount: Int
  ) {
    let device = setup.context.device
    let error = #expect(throws: BackendError.self) {
      try setup.context.makeBuffer(byteCount: byteCount)
    }
    #expect(error?.code == .limit)
    #expect(
      error?.message == """
        a buffer of \(byteCount) bytes does not fit on '\(device.name)': it has \
        \(device.globalMemory) bytes, \(device.largestAllocation) for one buffer
        """)
  }

  @Test func `a buffer that the driver has no room for is refused in the same words`() throws {
    for status in Self.noRoom {
      setup.library.inject(failureOf: .createBuffer, failures: 1, status: status)
      let error = #expect(throws: BackendError.self) {
        try setup.context.makeBuffer(byteCount: 16)
      }
      #expect(error?.code == .limit)
      #expect(error?.message.hasPrefix("a buffer of 16 bytes does not fit on ") == true)
      #expect(error?.message.hasSuffix("failed: \(OpenCLStatus(code: status))") == true)
      #expect((error?.cause as? BackendError)?.code == .deviceFailed)
    }
  }

  /// Out of memory for an object, out of resources, out of the host's memory.
  private static let noRoom: [Int32] = [-4, -5, -6]

  /// Memory is given when it is first written, by the command or by the wait for it.
  @Test(arguments: [OpenCLCall.enqueueFillBuffer, .finish])
  func `memory that is not there when it is touched is a limit, other failures stay what they are`(
    _ call: OpenCLCall
  ) throws {
    let buffer = try setup.context.makeBuffer(byteCount: 4096)
    func touch(failingWith status: Int32) -> BackendError? {
      setup.library.inject(failureOf: call, failures: 1, status: status)
      return #expect(throws: BackendError.self) {
        try setup.queue.touch(whole: [buffer], heads: [])
      }
    }
    for status in Self.noRoom {
      let error = touch(failingWith: status)
      #expect(error?.code == .limit)
      #expect(error?.message.contains("does not give 4096 bytes, though it has ") == true)
      #expect((error?.cause as? BackendError)?.cause as? OpenCLStatus == OpenCLStatus(code: status))
    }
    // CL_INVALID_COMMAND_QUEUE, CL_CONTEXT_TERMINATED_KHR, NVIDIA's illegal access.
    for status: Int32 in [-36, -1121, -9999] {
      let error = touch(failingWith: status)
      #expect(error?.code == .deviceFailed)
      #expect(error?.message.hasPrefix("\(call.rawValue) on ") == true)
      #expect(error?.cause as? OpenCLStatus == OpenCLStatus(code: status))
    }
    try setup.queue.touch(whole: [buffer], heads: [])
  }

  @Test func `a program that does not compile is refused with the compiler's words`() {
    let error = #expect(throws: BackendError.self) {
      try setup.context.makeProgram(source: "kernel void f() { missing(); }", name: "region 3")
    }
    #expect(error?.code == .deviceFailed)
    let device = setup.context.device
    let start =
      "clBuildProgram of program 'region 3' on '\(device.name)' (\(device.platform)) failed: CL_"
    #expect(error?.message.hasPrefix(start) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("missing") == true, "\(error?.message ?? "")")
  }

  @Test func `a kernel that a program does not have is named`() throws {
    let program = try setup.context.makeProgram(source: OpenCLSetup.source, name: "scales")
    let error = #expect(throws: BackendError.self) { try program.kernel(named: "scael") }
    let start = "clCreateKernel of kernel 'scael' of program 'scales' on '"
    #expect(error?.message.hasPrefix(start) == true)
    #expect(error?.message.hasSuffix("failed: CL_INVALID_KERNEL_NAME (-46)") == true)
  }

  @Test func `a value of the wrong size is no argument`() throws {
    let kernel = try setup.scale()
    let error = #expect(throws: BackendError.self) { try kernel.set(2, value: UInt8(1)) }
    #expect(error?.message.hasSuffix("failed: CL_INVALID_ARG_SIZE (-51)") == true)
  }

  @Test func `an argument's buffer lives as long as the kernel may run on it`() throws {
    let kernel = try setup.scale()
    weak var kept: DeviceBuffer?
    do {
      let x = try buffer([2])
      kept = x
      try kernel.set(0, x)
    }
    #expect(kept != nil)
    let output = try buffer([0])
    try kernel.set(1, output)
    try kernel.set(2, value: Float(3))
    try kernel.set(3, value: Int32(1))
    try setup.queue.run(kernel, global: 1, local: 1)
    #expect(try values(output) == [6])
    try kernel.set(0, output)
    #expect(kept == nil)
  }

  @Test func `a kernel's largest group is at least one and at most the device's`() throws {
    let largest = try setup.scale().largestGroup()
    #expect((1...setup.context.device.largestGroup).contains(largest))
  }
}

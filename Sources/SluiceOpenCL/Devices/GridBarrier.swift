import SluiceBackends

/// Work-groups of a device that run at the same time and may wait for each other, as a test found: no
/// OpenCL device has to say so.
public struct GridBarrier: Sendable, Hashable, Codable {
  /// 0 where groups wait in vain.
  public var groups: Int
  /// Why there are none.
  public var reason: String?

  public init(groups: Int) { self.groups = groups }

  init(none reason: String) { (groups, self.reason) = (0, reason) }

  /// Work-items of such a group, which may have all registers.
  public static let items = 256
  /// Local memory that it may have.
  static let localByteCount = 40 << 10

  /// Steps of the test, as many launches.
  static let steps = [1, 16, 100]
}

extension GridBarrier {
  /// What a device has: as it was kept, else by the test, whose result is kept.
  ///
  /// - Returns: nil on CPU devices, which are not asked: there a wait can hold up what it waits for.
  /// - Throws: `deviceFailed` if the test's kernel, once built, does not run.
  public static func found(on device: OpenCLDevice) throws(BackendError) -> GridBarrier? {
    try found(on: device, in: .standard(for: device))
  }

  static func found(
    on device: OpenCLDevice, in cache: ProgramCache
  ) throws(BackendError) -> GridBarrier? {
    guard device.type != .cpu else { return nil }
    let file = DeviceFile<GridBarrier>("grid", for: device, in: cache)
    if let kept = file.read().value { return kept }
    let found = try test(on: device)
    // Without a file the next one tests again.
    _ = file.write(found)
    return found
  }

  /// The largest of one group a compute unit, and half and a quarter of that, whose groups all arrive.
  private static func test(on device: OpenCLDevice) throws(BackendError) -> GridBarrier {
    guard device.largestGroup >= items else {
      return GridBarrier(none: "groups have at most \(device.largestGroup) work-items")
    }
    // Two words more than what the groups of a sequence have.
    guard device.localMemory >= localByteCount + 8 else {
      return GridBarrier(none: "groups have \(device.localMemory) bytes of local memory")
    }
    let test: GridBarrierTest
    do { test = try GridBarrierTest(on: OpenCLContext(device: device)) } catch
      where error.meansRefusedProgram
    {
      return GridBarrier(none: "the driver refuses the probe")
    }
    let most = try test.largestGroup()
    guard most >= items else {
      return GridBarrier(none: "groups of the probe have at most \(most) work-items")
    }
    for part in [1, 2, 4] where device.computeUnits / part > 1 {
      let groups = device.computeUnits / part
      if try test.passes(groups: groups) { return GridBarrier(groups: groups) }
    }
    return GridBarrier(none: "groups waited in vain")
  }
}

/// Groups that count in and exchange words (`Kernels/OpenCL/grid_barrier.cl`).
struct GridBarrierTest {
  private let context: OpenCLContext
  private let kernel: DeviceKernel

  /// - Parameter bound: looks of a wait; nil for what `waiting.cl` says.
  init(
    on context: OpenCLContext, items: Int = GridBarrier.items, bound: Int? = nil
  ) throws(BackendError) {
    self.context = context
    var macros = [
      ("PTX", context.device.isNVIDIA ? 1 : 0), ("ITEMS", items), ("STAGES", 2),
      ("LOCAL_BYTES", GridBarrier.localByteCount),
    ]
    if let bound { macros.append(("BOUND", bound)) }
    let lines = macros.map { "#define \($0.0) \($0.1)" }
    let files = ["prelude", "matrix", "waiting", "grid_barrier"].map { KernelSource.text($0) }
    let isCPU = context.device.type == .cpu
    kernel = try context.makeProgram(
      source: (lines + files).joined(separator: "\n"),
      options: "-cl-std=CL1.2" + (isCPU ? " -cl-opt-disable" : ""), name: "grid barrier"
    ).kernel(named: "grid_barrier")
    self.items = items
  }

  private let items: Int

  /// Work-items that a group of it may have, given its registers.
  func largestGroup() throws(BackendError) -> Int { try kernel.largestGroup() }

  /// Whether all groups of every launch arrive at every step.
  ///
  /// - Parameter awaited: groups that each waits for; nil for those that are launched.
  func passes(groups: Int, awaited: Int? = nil) throws(BackendError) -> Bool {
    let queue = try context.makeQueue()
    let words = try context.makeBuffer(byteCount: 4 * max(groups, awaited ?? 0))
    let status = try context.makeBuffer(byteCount: StepStatus.marks)
    for steps in GridBarrier.steps {
      try queue.fill(words, byteCount: words.byteCount)
      try queue.fill(status, byteCount: status.byteCount)
      try kernel.set(0, words)
      try kernel.set(1, value: Int32(awaited ?? groups))
      try kernel.set(2, value: Int32(steps))
      try kernel.set(3, status)
      try queue.run(kernel, global: WorkSize(groups * items), local: WorkSize(items))
      let words = try HostRows(rows: 1, rowByteCount: status.byteCount, queue: queue)
      try unsafe queue.read(status, into: words.rows(0..<1))
      // Nobody gave up, and everybody came to the end.
      let arrived = unsafe words.bytes(row: 0, offset: 16, count: 4).load(as: Int32.self)
      let found = unsafe StepStatus(UnsafeRawBufferPointer(words.rows(0..<1)))
      guard found.gaveUp == 0, arrived == Int32(groups) else { return false }
    }
    return true
  }
}

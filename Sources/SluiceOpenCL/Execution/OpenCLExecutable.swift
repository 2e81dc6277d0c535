import SluiceBackends
import SluiceGraph
import SluicePlanning
import Synchronization

/// A plan as one kernel over rows of device memory that were all allocated when it was prepared.
///
/// Unchecked: the owner of an executable sees to it that no slot is in two calls at once and that there is
/// one step at a time (`Executable`); the queue takes commands from any thread.
@safe final class OpenCLExecutable: Executable, @unchecked Sendable {
  let plan: Plan
  let slotCount: Int
  let numericsTag: String
  let listing: [String]
  /// The generated OpenCL C.
  let source: String
  let layout: RowLayout
  let memory: DeviceMemory
  let queue: CommandQueue
  private let kernel: DeviceKernel
  private let groupSize: Int
  let frames: HostRows
  let results: HostRows
  /// {slot within its slab, parity, steps run, 0} of the streams of a launch.
  private let list: HostRows
  private let listBuffer: DeviceBuffer
  private let status: DeviceBuffer
  private let statusWord: HostRows
  /// Per slot, which copy of its states is current, and the steps it has run.
  let parities: UnsafeMutableBufferPointer<UInt8>
  let stepCounts: UnsafeMutableBufferPointer<Int>
  /// What a call that cannot throw met; the next step throws it.
  private let failure = Mutex<BackendError?>(nil)

  init(
    _ lowering: DeviceLowering, _ layout: RowLayout, options: ExecutableOptions,
    on device: OpenCLDevice
  ) throws(BackendError) {
    plan = lowering.plan
    self.layout = layout
    slotCount = max(options.slots, 0)
    let context = try OpenCLContext(device: device)
    groupSize = lowering.form.groupSize
    memory = try DeviceMemory(
      layout, slots: slotCount, groups: Self.groups(on: device),
      memoryLimit: options.memoryLimit, on: context)
    var generator = RegionGenerator(lowering, layout)
    source = generator.source()
    let program = try context.makeProgram(
      source: source, options: Self.buildOptions,
      name: "region of \(lowering.plan.operations.count) operations")
    kernel = try program.kernel(named: RegionGenerator.kernelName)
    queue = try context.makeQueue()
    frames = HostRows(rows: slotCount, rowByteCount: layout.inputs.byteCount)
    results = HostRows(rows: slotCount, rowByteCount: layout.outputs.byteCount)
    list = HostRows(rows: slotCount, rowByteCount: 16)
    listBuffer = try context.makeBuffer(byteCount: max(slotCount, 1) * 16)
    status = try context.makeBuffer(byteCount: 64)
    statusWord = HostRows(rows: 1, rowByteCount: 4)
    unsafe parities = .allocate(capacity: slotCount)
    unsafe parities.initialize(repeating: 0)
    unsafe stepCounts = .allocate(capacity: slotCount)
    unsafe stepCounts.initialize(repeating: 0)
    numericsTag =
      "opencl/\(device.platform)/\(device.name)/\(device.driver)/group-\(groupSize)"
    listing = lowering.listing + ["one kernel, \(source.utf8.count) bytes of OpenCL C"]
    storeConstants(lowering)
    try queue.fill(status, byteCount: 64)
    try setArguments()
    for slot in 0..<slotCount { store(initialStates: slot) }
    try throwFailure()
    // Drivers finish building at the first launch.
    try launch(memory.slabs.first, count: 0)
    try queue.finish()
  }

  deinit {
    unsafe parities.deallocate()
    unsafe stepCounts.deallocate()
  }

  /// Scratch rows: as many groups as the device runs at once.
  private static func groups(on device: OpenCLDevice) -> Int {
    device.type == .cpu ? device.computeUnits : device.computeUnits * 16
  }

  private static let buildOptions = "-cl-std=CL1.2 -cl-denorms-are-zero"

  private func setArguments() throws(BackendError) {
    try kernel.set(0, memory.constants)
    try kernel.set(4, memory.scratch)
    try kernel.set(5, listBuffer)
    try kernel.set(7, status)
  }

  private func storeConstants(_ lowering: DeviceLowering) {
    let used = lowering.usedConstants
    for (index, tensor) in (plan.constants + lowering.tables).enumerated()
    where index >= plan.constants.count || used.contains(index) {
      write(tensor, to: memory.constants, at: layout.constants.offsets[index])
    }
  }

  func write(_ tensor: Tensor, to buffer: DeviceBuffer, at offset: Int) {
    unsafe tensor.withUnsafeBytes { bytes in
      attempt { () throws(BackendError) in
        try unsafe queue.write(buffer, at: offset, from: bytes)
      }
    }
  }

  func attempt(_ body: () throws(BackendError) -> Void) {
    do { try body() } catch { failure.withLock { $0 = $0 ?? error } }
  }

  private func throwFailure() throws(BackendError) {
    let error = failure.withLock { failure in
      defer { failure = nil }
      return failure
    }
    if let error { throw error }
  }

  // MARK: Steps

  var workerCount: Int { 1 }

  func step(_ slots: [Int], worker: Int) throws(BackendError) {
    try throwFailure()
    for slab in memory.slabs {
      let own = slots.filter(slab.slots.contains)
      if !own.isEmpty { try step(own, of: slab) }
    }
    try unsafe queue.read(status, into: statusWord.rows(0..<1), blocking: false)
    try queue.finish()
    try checkStatus()
    for slot in slots {
      unsafe parities[slot] ^= 1
      unsafe stepCounts[slot] += 1
    }
  }

  private func step(_ slots: [Int], of slab: DeviceMemory.Slab) throws(BackendError) {
    let first = slab.slots.lowerBound
    for run in Self.runs(slots) {
      try unsafe queue.write(
        slab.inputs, at: (run.lowerBound - first) * frames.rowByteCount,
        from: .init(frames.rows(run)),
        blocking: false)
    }
    for (index, slot) in slots.enumerated() {
      let entry = SIMD4<Int32>(
        Int32(slot - first), unsafe Int32(parities[slot]),
        unsafe Int32(clamping: stepCounts[slot]), 0)
      unsafe list.bytes(row: index, offset: 0, count: 16).storeBytes(
        of: entry, as: SIMD4<Int32>.self)
    }
    try unsafe queue.write(
      listBuffer, from: .init(list.rows(0..<slots.count)), blocking: memory.slabs.count > 1)
    try launch(slab, count: slots.count)
    for run in Self.runs(slots) {
      try unsafe queue.read(
        slab.outputs, at: (run.lowerBound - first) * results.rowByteCount, into: results.rows(run),
        blocking: false)
    }
  }

  private func launch(_ slab: DeviceMemory.Slab?, count: Int) throws(BackendError) {
    guard let slab else { return }
    try kernel.set(1, slab.inputs)
    try kernel.set(2, slab.outputs)
    try kernel.set(3, slab.states)
    try kernel.set(6, value: Int32(count))
    let groups = max(min(memory.groups, count), 1)
    try queue.run(kernel, global: WorkSize(groups * groupSize), local: WorkSize(groupSize))
  }

  /// Slots that follow each other, together.
  private static func runs(_ slots: [Int]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for slot in slots {
      if let last = runs.last, last.upperBound == slot {
        runs[runs.count - 1] = last.lowerBound..<slot + 1
      } else {
        runs.append(slot..<slot + 1)
      }
    }
    return runs
  }

  /// - Throws: `invalidValue` with the operation that met values it is not defined for.
  private func checkStatus() throws(BackendError) {
    let word = unsafe Int(statusWord.rows(0..<1).load(as: Int32.self))
    guard word != 0 else { return }
    try queue.fill(status, byteCount: 64)
    try queue.finish()
    let reason =
      switch word % 8 {
      case 1: "an index is out of range"
      case 2: "an integer is divided by 0"
      default: "a row's length is not within the sequence"
      }
    throw BackendError(.invalidValue, "\(plan.operations[word / 8].name): \(reason)")
  }
}

import SluiceBackends
import SluiceGraph
import SluicePlanning

/// A plan as a few launches over rows of device memory that were all allocated when it was prepared.
///
/// Unchecked: the owner of an executable sees to it that no slot is in two calls at once and that there is
/// one step at a time (`Executable`); the queue takes commands from any thread.
@safe final class OpenCLExecutable: Executable, @unchecked Sendable {
  let plan: Plan
  let slotCount: Int
  let numericsTag: String
  let listing: [String]
  /// What a step runs, in order.
  let launches: [Launch]
  /// The kernels of `launches`.
  let kernels: [DeviceKernel]
  let layout: RowLayout
  let memory: DeviceMemory
  let queue: CommandQueue
  /// Nil where transfers and kernels have one queue.
  let transfers: TransferQueues?
  let frames: HostRows
  let results: HostRows
  /// {slot within its slab, parity, steps run, 0} of the streams of a step.
  let list: HostRows
  let listBuffer: DeviceBuffer
  let status: DeviceBuffer
  let statusWord: HostRows
  /// Whether a step that failed may have left something in `status`.
  var isStatusStale = false
  /// Per slot, which copy of its states is current, and the steps it has run.
  let parities: UnsafeMutableBufferPointer<UInt8>
  let stepCounts: UnsafeMutableBufferPointer<Int>

  /// - Parameters:
  ///   - launches: made for `layout`; `Launch` says what their kernels take.
  ///   - chunk: streams that run together at most; nil for as many as there is memory for.
  ///   - overlap: nil to run transfers and kernels one after another.
  ///   - notes: lines for the end of the listing.
  ///   - isTimed: whether the queue keeps what each command takes.
  init(
    _ lowering: DeviceLowering, _ layout: RowLayout, _ launches: [Launch],
    options: ExecutableOptions, chunk: Int? = nil, overlap: TransferOverlap? = nil,
    notes: [String] = [], isTimed: Bool = false, on device: OpenCLDevice
  ) throws(BackendError) {
    plan = lowering.plan
    self.layout = layout
    slotCount = max(options.slots, 0)
    let context = try OpenCLContext(device: device)
    self.launches = launches
    memory = try DeviceMemory(
      layout, slots: slotCount, groups: Self.groups(on: device), chunk: chunk,
      memoryLimit: options.memoryLimit, on: context)
    kernels = try launches.map { launch throws(BackendError) in
      try context.makeProgram(
        source: launch.source, options: Self.options(of: launch, on: device), name: launch.note
      ).kernel(named: launch.kernel)
    }
    queue = try context.makeQueue(isTimed: isTimed)
    transfers = try overlap.map { overlap throws(BackendError) in
      try TransferQueues(overlap, isTimed: isTimed, on: context)
    }
    let perSlab = memory.slotsPerSlab
    frames = try HostRows(
      rows: slotCount, rowsPerPart: perSlab, rowByteCount: layout.inputs.byteCount, queue: queue)
    results = try HostRows(
      rows: slotCount, rowsPerPart: perSlab, rowByteCount: layout.outputs.byteCount, queue: queue)
    list = try HostRows(rows: slotCount, rowByteCount: 16, queue: queue)
    listBuffer = try context.makeBuffer(byteCount: max(slotCount, 1) * 16)
    status = try context.makeBuffer(byteCount: 64)
    statusWord = try HostRows(rows: 1, rowByteCount: 4, queue: queue)
    unsafe parities = .allocate(capacity: slotCount)
    unsafe parities.initialize(repeating: 0)
    unsafe stepCounts = .allocate(capacity: slotCount)
    unsafe stepCounts.initialize(repeating: 0)
    // Sizes of groups and tiles change no bits.
    numericsTag =
      "opencl/\(device.platform)/\(device.name)/\(device.driver)/\(options.precision.rawValue)"
      + (lowering.matrixUse == nil ? "" : "/matrix")
    listing =
      lowering.listing
      + launches.enumerated().map {
        "launch \($0): \($1.kernel), \($1.note), \($1.source.utf8.count) bytes of OpenCL C"
      } + notes
    try memory.touch(queue)
    try storeConstants(lowering)
    try queue.fill(status, byteCount: 64)
    for slot in 0..<slotCount { try store(initialStates: slot) }
    // Drivers finish building at the first launch.
    for index in launches.indices { try setArguments(of: index) }
    if let slab = memory.slabs.first { try launch(slab, 0..<0) }
    try queue.finish()
  }

  deinit {
    drain()
    unsafe parities.deallocate()
    unsafe stepCounts.deallocate()
  }

  /// Scratch rows: as many groups as the device runs at once.
  private static func groups(on device: OpenCLDevice) -> Int {
    device.type == .cpu ? device.computeUnits : device.computeUnits * 16
  }

  /// PoCL 3.1 computes wrong values where it optimises its loops over the work-items of a group in regions
  /// and in the plain forms of matrix instructions; only tests have such groups on CPU devices.
  private static func options(of launch: Launch, on device: OpenCLDevice) -> String {
    "-cl-std=CL1.2 -cl-denorms-are-zero"
      + (device.type == .cpu && launch.groupSize > 1 && launch.kernel != WideSource.kernelName
        ? " -cl-opt-disable" : "")
  }

  /// What stays the same from step to step.
  private func setArguments(of index: Int) throws(BackendError) {
    let kernel = kernels[index]
    try kernel.set(0, memory.constants)
    try kernel.set(4, memory.crossing)
    try kernel.set(5, memory.scratch)
    try kernel.set(6, listBuffer)
    try kernel.set(9, status)
  }

  /// Runs all launches over entries `streams` of the list, chunk by chunk.
  func launch(_ slab: DeviceMemory.Slab, _ streams: Range<Int>) throws(BackendError) {
    var first = streams.lowerBound
    repeat {
      let count = min(memory.chunk, streams.upperBound - first)
      // A driver finishes building a kernel at its first launch: without streams, all are run.
      for (launch, kernel) in zip(launches, kernels)
      where count == 0 || launch.counts.contains(count) {
        try kernel.set(1, slab.inputs)
        try kernel.set(2, slab.outputs)
        try kernel.set(3, slab.states)
        try kernel.set(7, value: Int32(first))
        try kernel.set(8, value: Int32(count))
        try queue.run(
          kernel, global: launch.global(count, scratchRows: memory.groups),
          local: WorkSize(launch.groupSize))
      }
      first += count
    } while first < streams.upperBound
  }

  private func storeConstants(_ lowering: DeviceLowering) throws(BackendError) {
    let used = lowering.usedConstants
    for (index, tensor) in (plan.constants + lowering.tables).enumerated()
    where index >= plan.constants.count || used.contains(index) {
      try write(tensor, to: memory.constants, at: layout.constants.offsets[index])
    }
  }

  func write(
    _ tensor: Tensor, to buffer: DeviceBuffer, at offset: Int
  ) throws(BackendError) {
    let result = unsafe tensor.withUnsafeBytes { bytes in
      Result { () throws(BackendError) in
        try unsafe queue.write(buffer, at: offset, from: bytes)
      }
    }
    try result.get()
  }
}

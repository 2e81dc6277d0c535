import SluiceBackends
import SluicePlanning

/// A plan in one form: the launches of a step, their kernels, and the memory that is theirs.
struct StepProgram: Sendable {
  /// A plan as it is lowered, before anything of it is on the device.
  struct Source {
    let lowering: DeviceLowering
    let layout: RowLayout
    /// Made for `layout`; `Launch` says what their kernels take.
    let launches: [Launch]
  }

  let layout: RowLayout
  /// What a step runs, in order.
  let launches: [Launch]
  let memory: ProgramMemory
  /// The kernels of `launches`.
  let kernels: [DeviceKernel]
  /// Of `launches`, those that take turns as often as each of them runs.
  private let rounds: [(launches: Range<Int>, steps: Int)]
  /// Whether the rows of all slots are in the buffers that the kernels have.
  private let hasOneSlab: Bool
  /// Why programs could not be taken from the cache or kept in it, a sentence each.
  let problems: [String]
  private let queue: CommandQueue

  /// Builds the kernels and stores the constants.
  ///
  /// - Parameters:
  ///   - list: of streams, and `status`: what the kernels take beside rows.
  ///   - slabs: the slots of the executable.
  init(
    _ source: Source, memory: ProgramMemory, list: DeviceBuffer, status: DeviceBuffer,
    slabs: [SlotMemory.Slab], on queue: CommandQueue
  ) throws(BackendError) {
    let context = queue.context
    (layout, launches, self.memory) = (source.layout, source.launches, memory)
    self.queue = queue
    let programs = try source.launches.map { launch throws(BackendError) in
      try context.makeProgram(
        source: launch.source, options: Self.options(of: launch, on: context.device),
        name: launch.note)
    }
    problems = Set(programs.compactMap(\.origin.problem)).sorted()
    var kernels: [DeviceKernel] = []
    for (launch, program) in zip(source.launches, programs) {
      kernels.append(try Self.kernel(of: launch, in: program))
    }
    self.kernels = kernels
    rounds = Self.rounds(of: source.launches)
    hasOneSlab = slabs.count == 1
    try storeConstants(source.lowering)
    for kernel in kernels {
      try kernel.set(0, memory.constants)
      try kernel.set(4, memory.crossing)
      try kernel.set(5, memory.scratch)
      try kernel.set(6, list)
      try kernel.set(9, status)
      if let slab = slabs.first { try Self.set(slab, in: kernel) }
    }
    // Drivers finish building at the first launch.
    if let slab = slabs.first { try run(slab, 0..<0) }
    try queue.finish()
  }

  /// - Throws: `unsupported` where the kernel's registers leave room for smaller groups only.
  private static func kernel(
    of launch: Launch, in program: DeviceProgram
  ) throws(BackendError) -> DeviceKernel {
    let kernel = try program.kernel(named: launch.kernel)
    let most = try kernel.largestGroup()
    guard launch.groupSize <= most else {
      throw BackendError(
        .unsupported,
        """
        kernel '\(launch.kernel)' (\(launch.note)) takes groups of \(launch.groupSize) work-items, the \
        device runs at most \(most) of it
        """)
    }
    return kernel
  }

  /// PoCL 3.1 computes wrong values where it optimises its loops over the work-items of a group; only tests
  /// have such groups on CPU devices.
  private static func options(of launch: Launch, on device: OpenCLDevice) -> String {
    "-cl-std=CL1.2 -cl-denorms-are-zero"
      + (device.type == .cpu && launch.groupSize > 1 ? " -cl-opt-disable" : "")
  }

  private static func rounds(of launches: [Launch]) -> [(launches: Range<Int>, steps: Int)] {
    var rounds: [(launches: Range<Int>, steps: Int)] = []
    for (index, launch) in launches.enumerated() {
      if let last = rounds.last, last.steps == launch.steps {
        rounds[rounds.count - 1].launches = last.launches.lowerBound..<index + 1
      } else {
        rounds.append((index..<index + 1, launch.steps))
      }
    }
    return rounds
  }

  private static func set(
    _ slab: SlotMemory.Slab, in kernel: DeviceKernel
  ) throws(BackendError) {
    try kernel.set(1, slab.inputs)
    try kernel.set(2, slab.outputs)
    try kernel.set(3, slab.states)
  }

  /// Runs all launches over entries `streams` of the list, chunk by chunk.
  func run(_ slab: SlotMemory.Slab, _ streams: Range<Int>) throws(BackendError) {
    var first = streams.lowerBound
    repeat {
      let count = min(memory.chunk, streams.upperBound - first)
      for index in launches.indices where runs(index, count) {
        if !hasOneSlab { try Self.set(slab, in: kernels[index]) }
        try kernels[index].set(7, value: Int32(first))
        try kernels[index].set(8, value: Int32(count))
      }
      for round in rounds {
        for step in 0..<(count == 0 ? 1 : round.steps) {
          for index in round.launches where runs(index, count) { try give(index, count, step) }
        }
      }
      first += count
    } while first < streams.upperBound
  }

  /// A driver finishes building a kernel at its first launch: without streams, all are run.
  private func runs(_ index: Int, _ count: Int) -> Bool {
    count == 0 || launches[index].counts.contains(count)
  }

  private func give(_ index: Int, _ count: Int, _ step: Int) throws(BackendError) {
    let launch = launches[index]
    for part in launch.parts(count, scratchRows: memory.groups, step: step) {
      try queue.run(
        kernels[index], offset: part.offset, global: part.size, local: WorkSize(launch.groupSize))
    }
  }

  private func storeConstants(_ lowering: DeviceLowering) throws(BackendError) {
    let used = lowering.usedConstants
    let count = lowering.plan.constants.count
    for (index, tensor) in (lowering.plan.constants + lowering.tables).enumerated()
    where index >= count || used.contains(index) {
      try queue.write(tensor, to: memory.constants, at: layout.constants.offsets[index])
    }
  }
}

import SluiceBackends
import SluiceGraph
import SluicePlanning
import Synchronization

/// A plan as a few launches over rows of device memory that were all allocated when it was prepared.
///
/// Unchecked: the owner of an executable sees to it that no slot is in two calls at once and that there is
/// one step at a time (`Executable`); the queue takes commands from any thread.
@safe final class OpenCLExecutable: Executable, @unchecked Sendable {
  let plan: Plan
  let slotCount: Int
  let numericsTag: String
  /// Where inputs, outputs and states lie in the slots' rows, in every form of the plan.
  let layout: RowLayout
  /// What a step runs.
  var program: StepProgram
  /// The plan without sequences, for steps whose sequences came to nothing; nil where it has none.
  let stepForm: StepForm?
  let memory: SlotMemory
  let queue: CommandQueue
  /// Nil where transfers and kernels have one queue.
  let transfers: TransferQueues?
  let frames: HostRows
  let results: HostRows
  /// {slot within its slab, parity, steps run, 0} of the streams of a step.
  let list: HostRows
  let listBuffer: DeviceBuffer
  let status: DeviceBuffer
  let statusWords: HostRows
  /// Whether a step may have left something in `status`.
  var isStatusStale = false
  /// Per slot, which copy of its states is current, and the steps it has run.
  let parities: UnsafeMutableBufferPointer<UInt8>
  let stepCounts: UnsafeMutableBufferPointer<Int>
  private let preparation: [String]
  /// What became of sequences.
  let happened = Mutex(SequenceHistory())

  /// - Parameters:
  ///   - chunk: streams that run together at most; nil for as many as there is memory for.
  ///   - overlap: nil to run transfers and kernels one after another.
  ///   - stepForm: the plan without sequences, where `source` has any.
  ///   - notes: lines for the end of the listing.
  ///   - isTimed: whether the queue keeps what each command takes.
  init(
    _ source: StepProgram.Source, options: ExecutableOptions, chunk: Int? = nil,
    overlap: TransferOverlap? = nil,
    stepForm: (@Sendable () throws(BackendError) -> StepProgram.Source)? = nil,
    notes: [String] = [], isTimed: Bool = false, on device: OpenCLDevice
  ) throws(BackendError) {
    plan = source.lowering.plan
    layout = source.layout
    let slots = max(options.slots, 0)
    slotCount = slots
    let context = try OpenCLContext(device: device)
    let groups = Self.groups(on: device)
    let own = try ProgramMemory(
      layout, slots: slotCount, groups: groups, chunk: chunk, memoryLimit: options.memoryLimit,
      on: context)
    memory = try SlotMemory(layout, slots: slotCount, on: context)
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
    let statusByteCount = StepStatus.byteCount(entries: slotCount)
    status = try context.makeBuffer(byteCount: statusByteCount)
    statusWords = try HostRows(rows: 1, rowByteCount: statusByteCount, queue: queue)
    unsafe parities = .allocate(capacity: slotCount)
    unsafe parities.initialize(repeating: 0)
    unsafe stepCounts = .allocate(capacity: slotCount)
    unsafe stepCounts.initialize(repeating: 0)
    numericsTag = Self.numericsTag(source.lowering, on: device)
    preparation =
      source.lowering.listing
      + source.launches.enumerated().map {
        "launch \($0): \($1.kernel), \($1.note), \($1.source.utf8.count) bytes of OpenCL C"
      } + notes
    self.stepForm = stepForm.map { source in
      StepForm(
        source, slots: slots, groups: groups, chunk: chunk, beside: own.byteCount,
        memoryLimit: options.memoryLimit)
    }
    try queue.touch(
      whole: memory.slabs.flatMap { [$0.inputs, $0.states] },
      heads: own.buffers + memory.slabs.map(\.outputs))
    try queue.fill(status, byteCount: statusByteCount)
    program = try StepProgram(
      source, memory: own, list: listBuffer, status: status, slab: memory.slabs.first, on: queue)
    for slot in 0..<slotCount { try store(initialStates: slot) }
    try queue.finish()
  }

  deinit {
    drain()
    unsafe parities.deallocate()
    unsafe stepCounts.deallocate()
  }

  var listing: [String] { preparation + program.problems + notes }

  var notes: [String] { happened.withLock { $0.sentences } }

  /// Scratch rows: as many groups as the device runs at once.
  private static func groups(on device: OpenCLDevice) -> Int {
    device.type == .cpu ? device.computeUnits : device.computeUnits * 16
  }

  /// Sizes of groups and tiles change no bits.
  private static func numericsTag(_ lowering: DeviceLowering, on device: OpenCLDevice) -> String {
    "opencl/\(device.platform)/\(device.name)/\(device.driver)/"
      + lowering.form.precision.rawValue + (lowering.matrixUse == nil ? "" : "/matrix")
      + (lowering.hasSequences ? "/sequence" : "")
  }
}

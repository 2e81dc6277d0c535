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
    (plan, layout) = (source.lowering.plan, source.layout)
    let slots = max(options.slots, 0)
    slotCount = slots
    numericsTag = Self.numericsTag(source.lowering, on: device)
    preparation = Self.listing(of: source) + notes
    let context = try OpenCLContext(device: device)
    let groups = Self.groups(on: device)
    let own = try ProgramMemory(
      layout, slots: slots, groups: groups, chunk: chunk, memoryLimit: options.memoryLimit,
      on: context)
    memory = try SlotMemory(layout, slots: slots, on: context)
    queue = try context.makeQueue(isTimed: isTimed)
    transfers = try overlap.map { overlap throws(BackendError) in
      try TransferQueues(overlap, isTimed: isTimed, on: context)
    }
    frames = try memory.hostRows(of: layout.inputs.byteCount, slots: slots, on: queue)
    results = try memory.hostRows(of: layout.outputs.byteCount, slots: slots, on: queue)
    list = try HostRows(rows: slots, rowByteCount: 16, queue: queue)
    listBuffer = try context.makeBuffer(byteCount: max(slots, 1) * 16)
    status = try context.makeBuffer(byteCount: StepStatus.byteCount(entries: slots))
    statusWords = try HostRows(rows: 1, rowByteCount: status.byteCount, queue: queue)
    self.stepForm = stepForm.map { source in
      StepForm(
        source, slots: slots, groups: groups, chunk: chunk, beside: own.byteCount,
        memoryLimit: options.memoryLimit)
    }
    try memory.touch(beside: own, on: queue)
    try queue.fill(status, byteCount: status.byteCount)
    program = try StepProgram(
      source, memory: own, list: listBuffer, status: status, slabs: memory.slabs, on: queue)
    // Nothing throws any more before all is there that `deinit` frees.
    unsafe (parities, stepCounts) = (Self.zeros(slots), Self.zeros(slots))
    for slot in 0..<slots { try store(initialStates: slot) }
    try queue.finish()
  }

  deinit {
    drain()
    unsafe parities.deallocate()
    unsafe stepCounts.deallocate()
  }

  var listing: [String] { preparation + notes }

  var notes: [String] { program.problems + happened.withLock { $0.sentences } }

  private static func listing(of source: StepProgram.Source) -> [String] {
    source.lowering.listing
      + source.launches.enumerated().map {
        "launch \($0): \($1.kernel), \($1.note), \($1.source.utf8.count) bytes of OpenCL C"
      }
  }

  private static func zeros<Count: FixedWidthInteger>(
    _ count: Int
  ) -> UnsafeMutableBufferPointer<Count> {
    let counts = UnsafeMutableBufferPointer<Count>.allocate(capacity: count)
    unsafe counts.initialize(repeating: 0)
    return unsafe counts
  }

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

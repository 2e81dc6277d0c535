import CKernels
import SluiceBackends
import SluiceGraph
import SluicePlanning

/// A plan as C calls over memory that was all allocated when it was prepared.
///
/// Unchecked: the owner of an executable sees to it that no slot and no worker is in two calls at once
/// (`Executable`); all that slots share is never written after `init`.
@safe final class CPUExecutable: Executable, @unchecked Sendable {
  let plan: Plan
  let slotCount: Int
  let numericsTag: String
  let listing: [String]
  let map: MemoryMap
  let program: KernelProgram
  private let constants: AlignedBytes
  let workers: [Worker]
  private let slots: [AlignedBytes]
  /// Per slot `map.baseCount` addresses; a state's two copies change places when a step is done.
  private let bases: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>
  private let stepCounts: UnsafeMutableBufferPointer<Int>
  private let firstSteps: [Int]
  let evaluator: ReferenceEvaluator

  init(
    _ plan: Plan, lowering: Lowering, map: MemoryMap, options: ExecutableOptions, workers: Int,
    numericsTag: String
  ) throws(BackendError) {
    self.plan = plan
    self.map = map
    self.numericsTag = numericsTag
    slotCount = options.slots
    listing = lowering.listing
    program = try KernelProgram(CallSequence(lowering, map))
    constants = try AlignedBytes(count: map.constants.byteCount)
    var list: [Worker] = []
    for _ in 0..<workers { list.append(try Worker(map, operandLimit: program.operandLimit)) }
    self.workers = list
    let regions = [map.inputs, map.outputs, map.states, map.states].map(\.byteCount)
    var slots: [AlignedBytes] = []
    for _ in 0..<options.slots {
      slots.append(try AlignedBytes(count: regions.reduce(0, +)))
    }
    self.slots = slots
    unsafe bases = .allocate(capacity: options.slots * map.baseCount)
    unsafe bases.initialize(repeating: nil)
    unsafe stepCounts = .allocate(capacity: options.slots)
    unsafe stepCounts.initialize(repeating: 0)
    firstSteps = plan.states.map(\.variable.firstStep)
    evaluator = ReferenceEvaluator(memoryLimit: options.memoryLimit)
    storeConstants(lowering)
    for slot in slots.indices {
      setBases(slot)
      reset(slot: slot)
    }
  }

  deinit {
    unsafe bases.deallocate()
    unsafe stepCounts.deallocate()
  }

  private func storeConstants(_ lowering: Lowering) {
    let used = lowering.usedConstants
    for (index, tensor) in (plan.constants + lowering.tables).enumerated()
    where index >= plan.constants.count || used.contains(index) {
      unsafe store(tensor, at: constants.start + map.constants.offsets[index])
    }
  }

  private func setBases(_ slot: Int) {
    let first = slot * map.baseCount
    unsafe bases[first] = address(constants.start)
    let inputs = unsafe slots[slot].start
    let outputs = unsafe inputs + map.inputs.byteCount
    let states = unsafe outputs + map.outputs.byteCount
    unsafe bases[first + 3] = address(inputs)
    unsafe bases[first + 4] = address(outputs)
    for (index, offset) in map.states.offsets.enumerated() {
      unsafe bases[first + 5 + 2 * index] = address(states + offset)
      unsafe bases[first + 6 + 2 * index] = address(states + map.states.byteCount + offset)
    }
  }

  private func address(_ pointer: UnsafeMutableRawPointer) -> UnsafeMutablePointer<CChar> {
    unsafe pointer.assumingMemoryBound(to: CChar.self)
  }

  /// Where an operand of a slot lies now.
  func pointer(_ operand: sluice_operand, slot: Int) -> UnsafeMutableRawPointer {
    guard let base = unsafe bases[slot * map.baseCount + Int(operand.base)] else {
      preconditionFailure("base \(operand.base) has no address")
    }
    return unsafe UnsafeMutableRawPointer(base) + Int(operand.offset)
  }

  /// The address of state `index` of a slot as the last step left it.
  private func current(_ index: Int, slot: Int) -> UnsafeMutableRawPointer {
    unsafe pointer(sluice_operand(base: Int64(5 + 2 * index), offset: 0), slot: slot)
  }

  func store(_ tensor: Tensor, at target: UnsafeMutableRawPointer) {
    unsafe tensor.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      unsafe target.copyMemory(from: start, byteCount: bytes.count)
    }
  }

  // MARK: Steps

  var workerCount: Int { workers.count }

  func step(_ slots: [Int], worker: Int) throws(BackendError) {
    try unsafe inLanes(slots, workers[worker]) { lanes, streams throws(BackendError) in
      for segment in program.segments {
        switch segment {
        case .kernels(let start, let length):
          if let failure = unsafe program.run(first: start, count: length, streams: streams) {
            throw error(failure.status, call: failure.call)
          }
        case .reference(let operation):
          for slot in lanes { try evaluate(plan.operations[operation], slot: slot, evaluator) }
        }
      }
    }
    for slot in slots { commit(slot) }
  }

  /// Calls `body` with slot after slot in a lane of its own, as many at once as the worker has lanes.
  @inline(__always)
  func inLanes(
    _ slots: [Int], _ worker: Worker,
    _ body: (_ lanes: ArraySlice<Int>, _ streams: sluice_streams) throws(BackendError) -> Void
  ) throws(BackendError) {
    guard let table = unsafe bases.baseAddress else { return }
    var first = 0
    while first < slots.count {
      let count = min(worker.lanes, slots.count - first)
      for lane in 0..<count {
        unsafe worker.enter(table + slots[first + lane] * map.baseCount, lane: lane)
      }
      try unsafe body(slots[first..<first + count], worker.streams(count))
      first += count
    }
  }

  /// The two copies of every state that is past its first step change places.
  func commit(_ slot: Int) {
    let done = unsafe stepCounts[slot]
    for index in firstSteps.indices where done >= firstSteps[index] {
      let first = slot * map.baseCount + 5 + 2 * index
      unsafe bases.swapAt(first, first + 1)
    }
    unsafe stepCounts[slot] = done + 1
  }

  func error(_ status: Int32, call: Int) -> BackendError {
    let name = program.operations[call].map { plan.operations[$0].name } ?? "a copy"
    let reason =
      switch UInt32(status) {
      case SLUICE_INDEX_OUT_OF_RANGE.rawValue: "an index is out of range"
      case SLUICE_DIVISION_BY_ZERO.rawValue: "an integer is divided by 0"
      default: "a row's length is not within the sequence"
      }
    return BackendError(.invalidValue, "\(name): \(reason)")
  }

  // MARK: Frames

  func write(input: Int, slot: Int, from bytes: UnsafeRawBufferPointer) {
    let buffer = plan.buffers[plan.inputs[input].buffer]
    precondition(
      bytes.count == buffer.byteCount,
      "a frame of \(buffer.byteCount) bytes is written with \(bytes.count)")
    let location = sluice_operand(base: 3, offset: Int64(map.inputs.offsets[input]))
    let target = unsafe pointer(location, slot: slot)
    guard let start = bytes.baseAddress, bytes.count > 0 else { return }
    unsafe target.copyMemory(from: start, byteCount: bytes.count)
    guard buffer.elementType == .bool else { return }
    for index in 0..<bytes.count {
      let byte = unsafe bytes[index]
      unsafe target.storeBytes(of: byte == 0 ? 0 : 1, toByteOffset: index, as: UInt8.self)
    }
  }

  func read(output: Int, slot: Int, into bytes: UnsafeMutableRawBufferPointer) {
    let expected = plan.buffers[plan.outputs[output].buffer].byteCount
    precondition(
      bytes.count == expected, "an output of \(expected) bytes is read into \(bytes.count)")
    let location = sluice_operand(base: 4, offset: Int64(map.outputs.offsets[output]))
    let source = unsafe pointer(location, slot: slot)
    unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(start: source, count: bytes.count))
  }

  // MARK: States

  func stepCount(slot: Int) -> Int { unsafe stepCounts[slot] }

  func setStepCount(_ count: Int, slot: Int) { unsafe stepCounts[slot] = count }

  func state(_ index: Int, slot: Int) -> Tensor {
    let initial = plan.states[index].variable.initial
    let bytes = unsafe UnsafeRawBufferPointer(
      start: current(index, slot: slot), count: initial.byteCount)
    return unsafe Tensor(elementType: initial.elementType, shape: initial.shape, bytes: bytes)
      ?? initial
  }

  func setState(_ index: Int, slot: Int, to tensor: Tensor) {
    let initial = plan.states[index].variable.initial
    precondition(
      tensor.shape == initial.shape && tensor.elementType == initial.elementType,
      "\(plan.states[index].variable.name) is \(initial.elementType)\(initial.shape), found "
        + "\(tensor.elementType)\(tensor.shape)")
    unsafe store(tensor, at: current(index, slot: slot))
  }

  func reset(slot: Int) {
    let frames = map.inputs.byteCount + map.outputs.byteCount
    unsafe slots[slot].start.initializeMemory(as: UInt8.self, repeating: 0, count: frames)
    for (index, state) in plan.states.enumerated() {
      unsafe store(state.variable.initial, at: current(index, slot: slot))
    }
    unsafe stepCounts[slot] = 0
  }
}

import CKernels
import SluiceBackends
import SluiceGraph
import SluicePlanning

/// A plan as C calls over memory that was all allocated when it was prepared.
///
/// Unchecked: the owner of an executable puts its calls in a row (`Executable`), so nothing here is
/// touched by two threads at once.
@safe final class CPUExecutable: Executable, @unchecked Sendable {
  let plan: Plan
  let slotCount: Int
  let numericsTag: String
  let listing: [String]
  let workerCount = 1
  let map: MemoryMap
  private let program: KernelProgram
  private let shared: [AlignedBytes]
  private let slots: [AlignedBytes]
  /// Per slot `map.baseCount` addresses; a state's two copies change places when a step is done.
  private let bases: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>
  private var stepCounts: [Int]
  private let evaluator: ReferenceEvaluator

  init(
    _ plan: Plan, lowering: Lowering, map: MemoryMap, options: ExecutableOptions,
    numericsTag: String
  ) throws(BackendError) {
    self.plan = plan
    self.map = map
    self.numericsTag = numericsTag
    slotCount = options.slots
    listing = lowering.listing
    program = try KernelProgram(CallSequence(lowering, map))
    shared = [
      try AlignedBytes(count: map.constants.byteCount),
      try AlignedBytes(count: plan.scratchByteCount),
      try AlignedBytes(count: map.workspaceByteCount),
    ]
    let regions = [map.inputs, map.outputs, map.states, map.states].map(\.byteCount)
    var slots: [AlignedBytes] = []
    for _ in 0..<options.slots {
      slots.append(try AlignedBytes(count: regions.reduce(0, +)))
    }
    self.slots = slots
    unsafe bases = .allocate(capacity: options.slots * map.baseCount)
    stepCounts = Array(repeating: 0, count: options.slots)
    evaluator = ReferenceEvaluator(memoryLimit: options.memoryLimit)
    for slot in slots.indices { setBases(slot) }
    for (index, tensor) in (plan.constants + lowering.tables).enumerated() {
      unsafe store(tensor, at: shared[0].start + map.constants.offsets[index])
    }
    for slot in slots.indices { reset(slot: slot) }
  }

  deinit { unsafe bases.deallocate() }

  private func setBases(_ slot: Int) {
    let first = slot * map.baseCount
    for (index, memory) in shared.enumerated() {
      unsafe bases[first + index] = address(memory.start)
    }
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

  func step(_ slots: [Int], worker: Int) throws(BackendError) {
    for slot in slots { try run(slot) }
    for slot in slots { commit(slot) }
  }

  private func run(_ slot: Int) throws(BackendError) {
    guard let table = unsafe bases.baseAddress else { return }
    let slotBases = unsafe UnsafePointer(table + slot * map.baseCount)
    for segment in program.segments {
      switch segment {
      case .kernels(let first, let count):
        if let failure = unsafe program.run(first: first, count: count, bases: slotBases) {
          throw error(failure.status, call: failure.call)
        }
      case .reference(let operation):
        try evaluate(plan.operations[operation], slot: slot, evaluator)
      }
    }
  }

  /// The two copies of every state that is past its first step change places.
  private func commit(_ slot: Int) {
    for index in plan.states.indices
    where stepCounts[slot] >= plan.states[index].variable.firstStep {
      let first = slot * map.baseCount + 5 + 2 * index
      unsafe bases.swapAt(first, first + 1)
    }
    stepCounts[slot] += 1
  }

  private func error(_ status: Int32, call: Int) -> BackendError {
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

  func stepCount(slot: Int) -> Int { stepCounts[slot] }

  func setStepCount(_ count: Int, slot: Int) { stepCounts[slot] = count }

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
    stepCounts[slot] = 0
  }
}

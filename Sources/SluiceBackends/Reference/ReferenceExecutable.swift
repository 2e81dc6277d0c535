import SluiceGraph
import SluicePlanning
import Synchronization

/// A plan with the tensors of its slots.
final class ReferenceExecutable: Executable {
  let plan: Plan
  let slotCount: Int
  let numericsTag = "reference 1"
  let workerCount = 1
  private let run: PlanRun
  private let slots: Mutex<[Slot]>

  /// What one stream owns.
  private struct Slot {
    var frames: [Tensor]
    var states: [Tensor]
    var outputs: [Tensor]
    var stepCount = 0

    init(_ plan: Plan) {
      frames = plan.inputs.map { plan.zeros($0.buffer) }
      states = plan.states.map(\.variable.initial)
      outputs = plan.outputs.map { plan.zeros($0.buffer) }
    }
  }

  init(_ plan: Plan, slotCount: Int, evaluator: ReferenceEvaluator) {
    self.plan = plan
    self.slotCount = slotCount
    run = PlanRun(plan, evaluator: evaluator)
    slots = Mutex(Array(repeating: Slot(plan), count: slotCount))
  }

  /// One line per operation: name, operator, types read, types written.
  var listing: [String] {
    plan.operations.enumerated().map { index, operation in
      let types = [operation.inputs, operation.outputs].map { buffers in
        buffers.map { $0.map(plan.type) ?? "-" }.joined(separator: ", ")
      }
      return "\(index) \(operation.name) \(operation.kind): \(types[0]) -> \(types[1])"
    }
  }

  func write(input: Int, slot: Int, from bytes: UnsafeRawBufferPointer) {
    let buffer = plan.buffers[plan.inputs[input].buffer]
    let frame = unsafe Tensor(
      elementType: buffer.elementType, shape: buffer.shape, bytes: bytes)
    guard let frame else {
      preconditionFailure("a frame of \(buffer.byteCount) bytes is written with \(bytes.count)")
    }
    slots.withLock { $0[slot].frames[input] = frame }
  }

  func step(_ numbers: [Int], worker: Int) throws(BackendError) {
    let before = slots.withLock { slots in numbers.map { slots[$0] } }
    var after: [Slot] = []
    for slot in before { after.append(try stepped(slot)) }
    slots.withLock { slots in
      for (number, slot) in zip(numbers, after) { slots[number] = slot }
    }
  }

  private func stepped(_ slot: Slot) throws(BackendError) -> Slot {
    var slot = slot
    let results = try run.results(frames: slot.frames, states: slot.states)
    slot.outputs = results.outputs
    for (index, state) in plan.states.enumerated()
    where slot.stepCount >= state.variable.firstStep {
      slot.states[index] = results.states[index]
    }
    slot.stepCount += 1
    return slot
  }

  func read(output: Int, slot: Int, into bytes: UnsafeMutableRawBufferPointer) {
    let tensor = slots.withLock { $0[slot].outputs[output] }
    unsafe tensor.withUnsafeBytes { unsafe bytes.copyMemory(from: $0) }
  }

  func stepCount(slot: Int) -> Int { slots.withLock { $0[slot].stepCount } }

  func setStepCount(_ count: Int, slot: Int) { slots.withLock { $0[slot].stepCount = count } }

  func state(_ index: Int, slot: Int) -> Tensor { slots.withLock { $0[slot].states[index] } }

  func setState(_ index: Int, slot: Int, to tensor: Tensor) {
    let initial = plan.states[index].variable.initial
    precondition(
      tensor.shape == initial.shape && tensor.elementType == initial.elementType,
      "\(plan.states[index].variable.name) is \(initial.elementType)\(initial.shape), found "
        + "\(tensor.elementType)\(tensor.shape)")
    slots.withLock { $0[slot].states[index] = tensor }
  }

  func reset(slot: Int) { slots.withLock { $0[slot] = Slot(plan) } }
}

extension Plan {
  fileprivate func zeros(_ buffer: Int) -> Tensor {
    Tensor(zeros: buffers[buffer].elementType, shape: buffers[buffer].shape)
  }

  fileprivate func type(_ buffer: Int) -> String {
    "\(buffers[buffer].elementType)\(buffers[buffer].shape)"
  }
}

import Sluice
import Synchronization

/// A backend that computes nothing and writes down what it is called with: how the library cuts a
/// user's arrays into calls, without a second place that knows.
///
/// Each executable it prepares is one recording. Outputs are zeros, states stay as they are set.
final class CallRecorder: Backend {
  let name = "recorder"
  let deviceName = "none"
  private let made = Mutex<[RecordingExecutable]>([])

  func prepare(
    _ plan: Plan, options: ExecutableOptions
  ) throws(BackendError) -> any Executable {
    let executable = RecordingExecutable(plan: plan, slotCount: options.slots)
    made.withLock { $0.append(executable) }
    return executable
  }

  /// The calls of the executable that was prepared last, or nothing if none was.
  var recording: Recording? { made.withLock { $0.last?.recording } }
}

/// The calls that an executable took.
struct Recording: Sendable {
  /// Input names and shapes, in the plan's order.
  var inputs: [(name: String, shape: [Int])]
  /// One per stream, in the order in which they were opened.
  var streams: [Trace.Stream]
}

/// Holds the slots' inputs and states, and each stream's calls.
final class RecordingExecutable: Executable {
  let plan: Plan
  let slotCount: Int
  let numericsTag = "recorder"
  let workerCount = 1
  let listing: [String] = []
  private let slots: Mutex<Slots>

  private struct Slots {
    /// The inputs written since the slot's last step.
    var inputs: [[Tensor]]
    var states: [[Tensor]]
    var steps: [Int]
    /// Which of `streams` each slot is; nil before its first step.
    var current: [Int?]
    var streams: [Trace.Stream] = []
  }

  init(plan: Plan, slotCount: Int) {
    self.plan = plan
    self.slotCount = slotCount
    let inputs = plan.inputs.map { port in
      Tensor(zeros: plan.buffers[port.buffer].elementType, shape: plan.buffers[port.buffer].shape)
    }
    let initial = plan.states.map(\.variable.initial)
    slots = Mutex(
      Slots(
        inputs: Array(repeating: inputs, count: slotCount),
        states: Array(repeating: initial, count: slotCount),
        steps: Array(repeating: 0, count: slotCount),
        current: Array(repeating: nil, count: slotCount)))
  }

  var recording: Recording {
    Recording(
      inputs: plan.inputs.map { ($0.name, plan.buffers[$0.buffer].shape) },
      streams: slots.withLock { $0.streams })
  }

  func write(input: Int, slot: Int, from bytes: UnsafeRawBufferPointer) {
    let buffer = plan.buffers[plan.inputs[input].buffer]
    guard
      let tensor = unsafe Tensor(
        elementType: buffer.elementType, shape: buffer.shape, bytes: bytes)
    else { return }
    slots.withLock { $0.inputs[slot][input] = tensor }
  }

  func step(_ slots: [Int], worker: Int) throws(BackendError) {
    self.slots.withLock { all in
      for slot in slots {
        let stream = all.current[slot] ?? all.streams.count
        if all.current[slot] == nil {
          let names = plan.states.map(\.variable.name)
          all.streams.append(
            Trace.Stream(
              states: Dictionary(zip(names, all.states[slot])) { first, _ in first }, calls: []))
          all.current[slot] = stream
        }
        all.streams[stream].calls.append(all.inputs[slot])
        all.steps[slot] += 1
      }
    }
  }

  func read(output: Int, slot: Int, into bytes: UnsafeMutableRawBufferPointer) {
    unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  func stepCount(slot: Int) -> Int { slots.withLock { $0.steps[slot] } }

  func setStepCount(_ count: Int, slot: Int) { slots.withLock { $0.steps[slot] = count } }

  func state(_ index: Int, slot: Int) -> Tensor { slots.withLock { $0.states[slot][index] } }

  func setState(_ index: Int, slot: Int, to tensor: Tensor) {
    slots.withLock { $0.states[slot][index] = tensor }
  }

  func reset(slot: Int) {
    let initial = plan.states.map(\.variable.initial)
    slots.withLock { all in
      all.states[slot] = initial
      all.steps[slot] = 0
      all.current[slot] = nil
    }
  }
}

import Sluice
import Synchronization

extension StepLoop {
  /// Steps of an executable with all its slots together: frames in, one step, outputs out, from and
  /// to memory laid out before. That is what an inference runtime with bound buffers does in one call.
  /// An executable with several workers steps as many groups of slots at the same time.
  func run(
    _ executable: any Executable, _ patterns: FramePatterns
  ) throws(BackendError) -> LatencyHistogram {
    let work = StepWork(executable, patterns)
    guard work.groups.count > 1 else {
      return try run { (step) throws(BackendError) in try work.step(step, worker: 0) }
    }
    let failure = Mutex<BackendError?>(nil)
    let team = WorkerTeam(count: work.groups.count) { worker, step in
      do throws(BackendError) {
        try work.step(step, worker: worker)
      } catch {
        failure.withLock { $0 = error }
      }
    }
    defer { team.end() }
    return try run { (_) throws(BackendError) in
      team.runRound()
      if let error = failure.withLock({ $0 }) { throw error }
    }
  }
}

extension Executable {
  /// All slots, shared out evenly among the workers that run at the same time.
  var slotsByWorker: [[Int]] {
    let count = max(1, min(workerCount, slotCount))
    return (0..<count).map { worker in
      Array(worker * slotCount / count..<(worker + 1) * slotCount / count)
    }
  }
}

/// What is done again and again to time an executable.
private struct StepWork: Sendable {
  let executable: any Executable
  /// Slots by worker.
  let groups: [[Int]]
  private let frames: StepMemory
  private let outputs: StepMemory
  /// Frames of each pattern.
  private let length: Int

  init(_ executable: any Executable, _ patterns: FramePatterns) {
    self.executable = executable
    length = patterns.length
    groups = executable.slotsByWorker
    let plan = executable.plan
    frames = StepMemory(
      entries: FramePatterns.count * length,
      byteCounts: plan.inputs.map { plan.buffers[$0.buffer].byteCount })
    outputs = StepMemory(
      entries: executable.slotCount,
      byteCounts: plan.outputs.map { plan.buffers[$0.buffer].byteCount })
    for pattern in 0..<FramePatterns.count {
      for step in 0..<length {
        for (input, tensor) in patterns.frame(step, stream: pattern).enumerated() {
          unsafe tensor.withUnsafeBytes { bytes in
            unsafe frames[pattern * length + step, input].copyMemory(from: bytes)
          }
        }
      }
    }
  }

  /// One worker's slots.
  func step(_ step: Int, worker: Int) throws(BackendError) {
    for slot in groups[worker] {
      let entry = slot % FramePatterns.count * length + step % length
      for input in 0..<frames.partCount {
        unsafe executable.write(
          input: input, slot: slot, from: UnsafeRawBufferPointer(frames[entry, input]))
      }
    }
    try executable.step(groups[worker], worker: worker)
    for slot in groups[worker] {
      for output in 0..<outputs.partCount {
        unsafe executable.read(output: output, slot: slot, into: outputs[slot, output])
      }
    }
  }
}

/// Memory for the inputs or outputs of several steps, allocated once: entry after entry, each with
/// all its parts.
///
/// Unchecked: workers write to entries of their own only.
@safe private final class StepMemory: @unchecked Sendable {
  private let memory: UnsafeMutableRawBufferPointer
  private let entryByteCount: Int
  private let offsets: [Int]
  private let byteCounts: [Int]

  /// - Parameter byteCounts: of the parts of every entry.
  init(entries: Int, byteCounts: [Int]) {
    self.byteCounts = byteCounts
    offsets = byteCounts.indices.map { byteCounts[..<$0].reduce(0, +) }
    entryByteCount = byteCounts.reduce(0, +)
    unsafe memory = .allocate(byteCount: max(1, entries * entryByteCount), alignment: 64)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { unsafe memory.deallocate() }

  var partCount: Int { byteCounts.count }

  subscript(entry: Int, part: Int) -> UnsafeMutableRawBufferPointer {
    let start = entry * entryByteCount + offsets[part]
    return unsafe UnsafeMutableRawBufferPointer(
      rebasing: memory[start..<(start + byteCounts[part])])
  }
}

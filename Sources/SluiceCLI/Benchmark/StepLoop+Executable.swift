import Sluice

extension StepLoop {
  /// Steps of an executable with all its slots together: frames in, one step, outputs out, from and
  /// to memory laid out before. That is what an inference runtime with bound buffers does in one call.
  func run(
    _ executable: any Executable, _ patterns: FramePatterns
  ) throws(BackendError) -> LatencyHistogram {
    let slots = Array(0..<executable.slotCount)
    let frames = StepMemory(
      entries: FramePatterns.count * patterns.length,
      byteCounts: executable.plan.inputs.map { executable.plan.buffers[$0.buffer].byteCount })
    let outputs = StepMemory(
      entries: slots.count,
      byteCounts: executable.plan.outputs.map { executable.plan.buffers[$0.buffer].byteCount })
    for pattern in 0..<FramePatterns.count {
      for step in 0..<patterns.length {
        for (input, tensor) in patterns.frame(step, stream: pattern).enumerated() {
          let entry = pattern * patterns.length + step
          unsafe tensor.withUnsafeBytes { unsafe frames[entry, input].copyMemory(from: $0) }
        }
      }
    }
    return try run { step throws(BackendError) in
      for slot in slots {
        let entry = slot % FramePatterns.count * patterns.length + step % patterns.length
        for input in 0..<frames.partCount {
          unsafe executable.write(
            input: input, slot: slot, from: UnsafeRawBufferPointer(frames[entry, input]))
        }
      }
      try executable.step(slots)
      for slot in slots {
        for output in 0..<outputs.partCount {
          unsafe executable.read(output: output, slot: slot, into: outputs[slot, output])
        }
      }
    }
  }
}

/// Memory for the inputs or outputs of several steps, allocated once: entry after entry, each with
/// all its parts.
@safe private final class StepMemory {
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

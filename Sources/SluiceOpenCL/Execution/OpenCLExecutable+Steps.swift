import SluiceBackends

/// Steps: frames in, launches, outputs and the status word out, one wait.
extension OpenCLExecutable {
  var workerCount: Int { 1 }

  func step(_ slots: [Int], worker: Int) throws(BackendError) {
    do {
      try run(slots)
    } catch {
      // What was given before may still copy frames and outputs.
      queue.drain()
      throw error
    }
    for slot in slots {
      unsafe parities[slot] ^= 1
      unsafe stepCounts[slot] += 1
    }
  }

  private func run(_ slots: [Int]) throws(BackendError) {
    for slab in memory.slabs {
      let own = slots.filter(slab.slots.contains)
      if !own.isEmpty { try step(own, of: slab) }
    }
    try unsafe queue.read(status, into: statusWord.rows(0..<1), blocking: false)
    try queue.finish()
    try checkStatus()
  }

  private func step(_ slots: [Int], of slab: DeviceMemory.Slab) throws(BackendError) {
    let first = slab.slots.lowerBound
    for run in Self.runs(slots) {
      try unsafe queue.write(
        slab.inputs, at: (run.lowerBound - first) * frames.rowByteCount,
        from: .init(frames.rows(run)),
        blocking: false)
    }
    for (index, slot) in slots.enumerated() {
      let entry = SIMD4<Int32>(
        Int32(slot - first), unsafe Int32(parities[slot]),
        unsafe Int32(clamping: stepCounts[slot]), 0)
      unsafe list.bytes(row: index, offset: 0, count: 16).storeBytes(
        of: entry, as: SIMD4<Int32>.self)
    }
    try unsafe queue.write(
      listBuffer, from: .init(list.rows(0..<slots.count)), blocking: memory.slabs.count > 1)
    try launch(slab, 0..<slots.count)
    for run in Self.runs(slots) {
      try unsafe queue.read(
        slab.outputs, at: (run.lowerBound - first) * results.rowByteCount, into: results.rows(run),
        blocking: false)
    }
  }

  /// Slots that follow each other, together.
  private static func runs(_ slots: [Int]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for slot in slots {
      if let last = runs.last, last.upperBound == slot {
        runs[runs.count - 1] = last.lowerBound..<slot + 1
      } else {
        runs.append(slot..<slot + 1)
      }
    }
    return runs
  }

  /// - Throws: `invalidValue` with the operation that met values it is not defined for.
  private func checkStatus() throws(BackendError) {
    let word = unsafe Int(statusWord.rows(0..<1).load(as: Int32.self))
    guard word != 0 else { return }
    try queue.fill(status, byteCount: 64)
    try queue.finish()
    let reason =
      switch word % 8 {
      case 1: "an index is out of range"
      case 2: "an integer is divided by 0"
      default: "a row's length is not within the sequence"
      }
    throw BackendError(.invalidValue, "\(plan.operations[word / 8].name): \(reason)")
  }
}

import SluiceBackends

/// Steps: frames in, launches, outputs and the status word out, one wait.
extension OpenCLExecutable {
  var workerCount: Int { 1 }

  /// Streams of one slab whose frames, launches and outputs follow each other.
  private struct Part {
    var slab: SlotMemory.Slab
    var slots: ArraySlice<Int>
    /// Their entries of the list.
    var entries: Range<Int>
  }

  func step(_ slots: [Int], worker: Int) throws(BackendError) {
    do {
      try check(try settled(try run(slots, by: program), slots))
    } catch {
      // What was given before may still copy frames and outputs.
      drain()
      isStatusStale = true
      throw error
    }
    for slot in slots {
      unsafe parities[slot] ^= 1
      unsafe stepCounts[slot] += 1
    }
  }

  /// Waits until nothing runs any more, whatever came of it; what others wait for first.
  func drain() {
    transfers?.uploads.drain()
    queue.drain()
    transfers?.downloads.drain()
  }

  /// Runs a step of `slots`, whose states stay as they are.
  ///
  /// - Returns: what the kernels report, in `statusWords` too.
  func run(_ slots: [Int], by program: StepProgram) throws(BackendError) -> StepStatus {
    if isStatusStale {
      try queue.fill(status, byteCount: status.byteCount)
      isStatusStale = false
    }
    let parts = parts(of: slots)
    let last: CommandQueue
    if let transfers, parts.count > memory.slabs.count {
      try give(parts, program, transfers)
      last = transfers.downloads
    } else {
      try give(parts, program)
      last = queue
    }
    let words = unsafe statusWords.rows(0..<1)
    try unsafe last.read(
      status, into: .init(rebasing: words.prefix(StepStatus.marks)), blocking: false)
    try last.finish()
    let found = unsafe StepStatus(UnsafeRawBufferPointer(words))
    isStatusStale = !found.isClear
    if found.hasMarks != 0 { try unsafe last.read(status, into: words) }
    return found
  }

  /// All in one queue.
  private func give(_ parts: [Part], _ program: StepProgram) throws(BackendError) {
    try writeList(parts, by: queue)
    for part in parts {
      try upload(part, by: queue)
      try program.run(part.slab, part.entries)
      try download(part, by: queue)
    }
  }

  /// Frames, launches and outputs of each part in a queue of their own.
  private func give(
    _ parts: [Part], _ program: StepProgram, _ transfers: TransferQueues
  ) throws(BackendError) {
    try writeList(parts, by: transfers.uploads)
    for part in parts {
      try upload(part, by: transfers.uploads)
      try queue.follow(transfers.uploads)
      try program.run(part.slab, part.entries)
      try transfers.downloads.follow(queue)
      try download(part, by: transfers.downloads)
      try transfers.downloads.flush()
    }
  }

  /// Parts of a step, with their entries of the list written down.
  private func parts(of slots: [Int]) -> [Part] {
    var parts: [Part] = []
    var first = 0
    for slab in memory.slabs {
      let own = slots.filter(slab.slots.contains)
      guard !own.isEmpty else { continue }
      for (index, slot) in own.enumerated() { enter(slot, of: slab, at: first + index) }
      let bytes = layout.inputs.byteCount + layout.outputs.byteCount
      for range in transfers?.overlap.parts(of: own.count, byteCount: bytes) ?? [own.indices] {
        parts.append(
          Part(
            slab: slab, slots: own[range],
            entries: first + range.lowerBound..<first + range.upperBound))
      }
      first += own.count
    }
    return parts
  }

  private func enter(_ slot: Int, of slab: SlotMemory.Slab, at index: Int) {
    let entry = SIMD4<Int32>(
      Int32(slot - slab.slots.lowerBound), unsafe Int32(parities[slot]),
      unsafe Int32(clamping: stepCounts[slot]), 0)
    unsafe list.bytes(row: index, offset: 0, count: 16).storeBytes(
      of: entry, as: SIMD4<Int32>.self)
  }

  private func writeList(_ parts: [Part], by queue: CommandQueue) throws(BackendError) {
    let count = parts.last?.entries.upperBound ?? 0
    try unsafe queue.write(listBuffer, from: .init(list.rows(0..<count)), blocking: false)
  }

  private func upload(_ part: Part, by queue: CommandQueue) throws(BackendError) {
    for run in Self.runs(part.slots) {
      try unsafe queue.write(
        part.slab.inputs,
        at: (run.lowerBound - part.slab.slots.lowerBound) * frames.rowByteCount,
        from: .init(frames.rows(run)), blocking: false)
    }
  }

  private func download(_ part: Part, by queue: CommandQueue) throws(BackendError) {
    for run in Self.runs(part.slots) {
      try unsafe queue.read(
        part.slab.outputs,
        at: (run.lowerBound - part.slab.slots.lowerBound) * results.rowByteCount,
        into: results.rows(run), blocking: false)
    }
  }

  /// Slots that follow each other, together.
  private static func runs(_ slots: ArraySlice<Int>) -> [Range<Int>] {
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
  private func check(_ status: StepStatus) throws(BackendError) {
    let word = Int(status.refusal)
    guard word != 0 else { return }
    let reason =
      switch word % 8 {
      case 1: "an index is out of range"
      case 2: "an integer is divided by 0"
      default: "a row's length is not within the sequence"
      }
    throw BackendError(.invalidValue, "\(plan.operations[word / 8].name): \(reason)")
  }
}

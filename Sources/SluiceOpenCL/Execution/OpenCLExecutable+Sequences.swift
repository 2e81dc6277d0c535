import SluiceBackends

/// A step whose sequences came to nothing is run again without them: its states are still those before
/// it, and all of its outputs are written anew.
extension OpenCLExecutable {
  /// What a step reports in the end.
  ///
  /// - Parameter status: what it reported at first.
  func settled(_ status: StepStatus, _ slots: [Int]) throws(BackendError) -> StepStatus {
    guard let stepForm, status.gaveUp != 0 || status.hasMarks != 0 else { return status }
    let form = try stepForm.program(self)
    if status.gaveUp != 0 {
      program = form
      let steps = slots.map { stepCount(slot: $0) }.max()
      happened.withLock { $0.givenUpAfter = steps ?? 0 }
      return try run(slots, by: form)
    }
    let marked = markedSlots(slots)
    happened.withLock { $0.repeatedStreams += marked.count }
    // What was refused may come from a stream without states.
    return try run(status.refusal == 0 ? marked : slots, by: form)
  }

  private func markedSlots(_ slots: [Int]) -> [Int] {
    let words = unsafe statusWords.rows(0..<1)
    let entries = memory.slabs.flatMap { slots.filter($0.slots.contains) }
    return entries.enumerated().filter { index, _ in
      unsafe words.load(fromByteOffset: StepStatus.marks + 4 * index, as: Int32.self) != 0
    }.map(\.element)
  }
}

/// What became of an executable's sequences.
struct SequenceHistory: Sendable {
  /// Steps that a stream had run when groups waited in vain; nil if they never did.
  var givenUpAfter: Int?
  /// Streams whose steps were run again.
  var repeatedStreams = 0

  /// For people.
  var sentences: [String] {
    var sentences: [String] = []
    if let givenUpAfter {
      sentences.append(
        "groups of a sequence waited for each other in vain after \(givenUpAfter) steps: that step "
          + "was run again step by step, as are all since")
    }
    if repeatedStreams > 0 {
      sentences.append(
        "states of 2 or more, or that are no numbers, did not pass between the groups of a sequence "
          + "\(repeatedStreams) times: those streams' steps were run again step by step")
    }
    return sentences
  }
}

/// The form of a plan without sequences, built when it is first needed.
final class StepForm {
  private let source: @Sendable () throws(BackendError) -> StepProgram.Source
  private let slots: Int
  private let groups: Int
  private let chunk: Int?
  private let beside: Int
  private let memoryLimit: Int
  private var built: StepProgram?

  /// - Parameters: as `ProgramMemory` takes them.
  init(
    _ source: @escaping @Sendable () throws(BackendError) -> StepProgram.Source, slots: Int,
    groups: Int, chunk: Int?, beside: Int, memoryLimit: Int
  ) {
    self.source = source
    (self.slots, self.groups, self.chunk) = (slots, groups, chunk)
    (self.beside, self.memoryLimit) = (beside, memoryLimit)
  }

  func program(_ executable: OpenCLExecutable) throws(BackendError) -> StepProgram {
    if let built { return built }
    let source = try source()
    let memory = try ProgramMemory(
      source.layout, slots: slots, groups: groups, chunk: chunk, beside: beside,
      memoryLimit: memoryLimit, on: executable.queue.context)
    try executable.queue.touch(whole: [], heads: memory.buffers)
    let program = try StepProgram(
      source, memory: memory, list: executable.listBuffer, status: executable.status,
      slabs: executable.memory.slabs, on: executable.queue)
    built = program
    return program
  }
}

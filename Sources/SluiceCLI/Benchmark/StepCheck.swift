import Sluice
import SluiceCPU

/// What the reference backend gives for a few steps of every frame pattern, or for the first frames of a
/// sequence; what is timed must give the same.
///
/// A network that streams takes nothing from frames that come later, so that the reference answers for as
/// many frames of a long sequence as a budget of operations allows. All frames of one pattern are held
/// against the CPU backend besides, where that has a budget for them.
struct StepCheck {
  let patterns: FramePatterns
  /// Frames of every pattern that the reference answered for.
  let checkedFrames: Int
  /// Frames of the first pattern that the CPU backend answered for; 0 if the reference had them all, or
  /// they are too many.
  let framesHeldToCPU: Int
  private let calls: Int
  /// By pattern.
  private let expected: [SlotValues]
  /// Of the first pattern's whole sequence.
  private let whole: SlotValues?
  private let reading: StepReading

  /// Operations (`Operator.operationCount`) of the reference: one to three seconds.
  static let referenceBudget = 5e8
  /// Operations of the CPU backend: as long, where a layer's weights come from memory.
  static let processorBudget = 2e10

  /// - Parameters:
  ///   - length: frames of each pattern, for the check and for the steps that are timed.
  ///   - budget: operations of a sequence that the reference may take; 2 frames of each pattern at least.
  /// - Throws: `CommandError.mismatch` if the CPU backend does not give what the reference does.
  init(
    _ call: MeasuredCall, memoryLimit: Int, length: Int = 4,
    budget: Double = StepCheck.referenceBudget
  ) throws {
    let plan = try call.plan(.none)
    // A call that takes a whole sequence needs no other one after it.
    patterns = FramePatterns(plan, length: call.shortened == nil ? length : 1)
    calls = (call.outputs.map(\.firstCall).max() ?? 0) + (call.stateByteCount > 0 ? 4 : 1)
    let short = try call.checked(within: budget)
    checkedFrames = call.shortened == nil ? calls * call.frames : short?.frames ?? call.frames
    let answering = try (short ?? call).plan(.none)
    reading = StepReading(call, answering: answering, isShort: short != nil)
    let reference = try ReferenceBackend().prepare(
      answering, options: ExecutableOptions(slots: FramePatterns.count, memoryLimit: memoryLimit))
    expected = try reading.values(
      of: reference, calls: calls, frames: reading.inputs(patterns, of: answering))
    guard short != nil, call.operations <= Self.processorBudget else {
      (whole, framesHeldToCPU) = (nil, 0)
      return
    }
    whole = try StepCheck.sequence(call, patterns, memoryLimit, reading, expected)
    framesHeldToCPU = call.frames
  }

  /// Steps all slots from their initial states and leaves them reset.
  ///
  /// - Parameter precision: what the executable computes at, which sets the tolerance.
  /// - Returns: what is wrong, in words; nil if every output of every stream is within the tolerance.
  func failure(of executable: any Executable, at precision: Precision = .fp32) throws -> String? {
    let tolerance = Tolerance(standardAt: precision)
    for slot in 0..<executable.slotCount { try executable.reset(slot: slot) }
    let actual = try reading.values(of: executable, calls: calls) { patterns.frame($0, stream: $1) }
    let first = whole == nil ? nil : StepReading.everything(of: executable, slot: 0)
    for slot in 0..<executable.slotCount { try executable.reset(slot: slot) }
    for (stream, values) in actual.enumerated() {
      let wanted = expected[stream % FramePatterns.count]
      if let failure = reading.failure(values, wanted, tolerance, "stream \(stream)") {
        return failure
      }
    }
    guard let whole, let first else { return nil }
    return reading.failure(first, whole, tolerance, "stream 0, all \(framesHeldToCPU) frames")
  }

  /// The CPU backend's values for the first pattern, of which the first frames are the reference's.
  private static func sequence(
    _ call: MeasuredCall, _ patterns: FramePatterns, _ memoryLimit: Int, _ reading: StepReading,
    _ expected: [SlotValues]
  ) throws -> SlotValues {
    let executable = try CPUBackend().prepare(
      try call.plan(.full),
      options: ExecutableOptions(slots: 1, memoryLimit: memoryLimit))
    let first = try reading.values(of: executable, calls: 1) { patterns.frame($0, stream: $1) }
    let tolerance = Tolerance(standardAt: .fp32)
    if let failure = reading.failure(first[0], expected[0], tolerance, "the CPU backend") {
      throw CommandError(.mismatch, failure)
    }
    return StepReading.everything(of: executable, slot: 0)
  }
}

extension MeasuredCall {
  /// The call over as many first frames as all patterns may take; nil if that is all of them, or an
  /// output has no axis of time.
  fileprivate func checked(within budget: Double) throws -> MeasuredCall? {
    guard let shortened, !outputs.contains(where: { $0.timeAxis == nil }) else { return nil }
    let each = operations * Double(FramePatterns.count) / Double(frames)
    let open = outputs.map(\.openEntries).max() ?? 0
    let count = max(2, Int(min(budget / max(each, 1), Double(frames)))) + open
    guard count < frames else { return nil }
    let short = try shortened(count)
    return short.frames < frames ? short : nil
  }
}

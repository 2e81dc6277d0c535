import Sluice

/// What the reference backend gives for a few steps of every frame pattern; what is timed must give
/// the same.
struct StepCheck {
  let patterns: FramePatterns
  private let steps: Int
  /// By pattern, then by output: the values of all steps at which the output is due.
  private let expected: [[[Double]]]
  private let outputs: [MeasuredCall.Output]
  private let tolerance: Tolerance

  /// - Parameter length: frames of each pattern, for the check and for the steps that are timed.
  init(
    _ call: MeasuredCall, memoryLimit: Int, tolerance: Tolerance, length: Int = 4
  ) throws {
    let plan = try call.plan(.none)
    outputs = call.outputs
    let calls = call.stateByteCount > 0 ? 4 : 1
    steps = (outputs.map(\.firstCall).max() ?? 0) + calls
    patterns = FramePatterns(plan, length: length)
    self.tolerance = tolerance
    let executable = try ReferenceBackend().prepare(
      plan,
      options: ExecutableOptions(
        slots: FramePatterns.count, memoryLimit: memoryLimit))
    expected = try StepCheck.values(
      of: executable, patterns, outputs, steps: steps)
  }

  /// Steps all slots from their initial states and leaves them reset.
  ///
  /// - Returns: what is wrong, in words; nil if every output of every stream is within the tolerance.
  func failure(of executable: any Executable) throws -> String? {
    for slot in 0..<executable.slotCount { try executable.reset(slot: slot) }
    let actual = try StepCheck.values(
      of: executable, patterns, outputs, steps: steps)
    for slot in 0..<executable.slotCount { try executable.reset(slot: slot) }
    for (stream, values) in actual.enumerated() {
      for (output, port) in outputs.enumerated() {
        let comparison = tolerance.compare(
          values[output], with: expected[stream % FramePatterns.count][output])
        guard !comparison.passes else { continue }
        return "output '\(port.name)' of stream \(stream) is beyond the tolerance: max|y-e| "
          + "\(short(comparison.maximum)) where max|e| is \(short(comparison.largest))"
      }
    }
    return nil
  }

  /// By stream, then by output.
  private static func values(
    of executable: any Executable, _ patterns: FramePatterns, _ outputs: [MeasuredCall.Output],
    steps: Int
  ) throws(BackendError) -> [[[Double]]] {
    let slots = executable.slotCount
    var values = Array(
      repeating: Array(repeating: [Double](), count: outputs.count), count: slots)
    for step in 0..<steps {
      for slot in 0..<slots { executable.write(patterns.frame(step, stream: slot), slot: slot) }
      for (worker, group) in executable.slotsByWorker.enumerated() {
        try executable.step(group, worker: worker)
      }
      for slot in 0..<slots {
        for (index, port) in outputs.enumerated() where step >= port.firstCall {
          values[slot][index] += executable.output(index, slot: slot).doubles()
        }
      }
    }
    return values
  }
}

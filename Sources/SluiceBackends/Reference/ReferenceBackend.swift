import SluiceGraph
import SluicePlanning

/// The oracle: runs a plan operation by operation, one stream after the other, with
/// `ReferenceEvaluator`. Give it plans without fusion.
public struct ReferenceBackend: Backend {
  public init() {}

  public var name: String { "reference" }
  public var deviceName: String { "scalar code on one thread, sums in double" }

  /// - Throws: `unsupported` for any precision but fp32, `limit` if the states and scratch of all
  ///   slots pass `options.memoryLimit`.
  public func prepare(
    _ plan: Plan, options: ExecutableOptions
  ) throws(BackendError) -> any Executable {
    guard options.precision == .fp32 else {
      throw .notOffered(options.precision, by: name)
    }
    try checkMemory(plan, options)
    return ReferenceExecutable(
      plan, slotCount: options.slots,
      evaluator: ReferenceEvaluator(memoryLimit: options.memoryLimit))
  }

  private func checkMemory(
    _ plan: Plan, _ options: ExecutableOptions
  ) throws(BackendError) {
    var bytes = plan.scratchByteCount
    var overflow = false
    for state in plan.states where !overflow {
      (bytes, overflow) = bytes.addingReportingOverflow(state.variable.initial.byteCount)
    }
    let (total, isTooLarge) = bytes.multipliedReportingOverflow(by: options.slots)
    guard !overflow, !isTooLarge, total <= options.memoryLimit else {
      throw BackendError(
        .limit,
        "states and scratch of \(options.slots) slots take \(bytes) bytes each, the memory limit is "
          + "\(options.memoryLimit) bytes")
    }
  }
}

import SluiceBackends
import SluiceGraph
import SluicePlanning

extension CPUExecutable {
  /// Runs one operation on the reference evaluator, on tensors copied out of the slot's memory and
  /// back into it. The one part of a step that allocates.
  func evaluate(
    _ operation: Plan.Operation, slot: Int, _ evaluator: ReferenceEvaluator
  ) throws(BackendError) {
    let inputs = operation.inputs.map { $0.map { tensor($0, slot: slot) } }
    let results: [Tensor]
    do {
      results = try evaluator.evaluate(
        operation.operator, inputs: inputs, outputCount: operation.outputs.count)
    } catch {
      let code: BackendError.Code =
        switch error.code {
        case .unsupported: .unsupported
        case .limit: .limit
        default: .invalidValue
        }
      throw BackendError(code, "\(operation.name): \(error.message)", cause: error)
    }
    for case (let buffer?, let result) in zip(operation.outputs, results) {
      let expected = plan.buffers[buffer]
      guard result.shape == expected.shape, result.elementType == expected.elementType else {
        throw BackendError(
          .invalidValue,
          "\(operation.name) gives \(expected.elementType)\(expected.shape) in the plan, found "
            + "\(result.elementType)\(result.shape)")
      }
      unsafe store(result, at: pointer(map.location(of: buffer), slot: slot))
    }
  }

  private func tensor(_ index: Int, slot: Int) -> Tensor {
    let buffer = plan.buffers[index]
    let bytes = unsafe UnsafeRawBufferPointer(
      start: pointer(map.location(of: index), slot: slot), count: buffer.byteCount)
    return unsafe Tensor(elementType: buffer.elementType, shape: buffer.shape, bytes: bytes)
      ?? Tensor(zeros: buffer.elementType, shape: buffer.shape)
  }
}

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
      let shape = operation.outputs.compactMap(\.self).first.map { plan.buffers[$0].shape }
      results = try evaluator.results(of: operation, inputs, outputShape: shape ?? [])
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
    let start = unsafe pointer(map.location(of: index), slot: slot)
    if plan.isContiguous(index) {
      let bytes = unsafe UnsafeRawBufferPointer(start: start, count: buffer.byteCount)
      return unsafe Tensor(elementType: buffer.elementType, shape: buffer.shape, bytes: bytes)
        ?? Tensor(zeros: buffer.elementType, shape: buffer.shape)
    }
    let size = buffer.elementType.byteCount
    let (strides, dense) = (plan.strides(of: index), rowMajorStrides(buffer.shape))
    var bytes: [UInt8] = []
    for element in 0..<buffer.count {
      let position = buffer.shape.indices.reduce(0) {
        $0 + element / dense[$1] % buffer.shape[$1] * strides[$1]
      }
      unsafe bytes += UnsafeRawBufferPointer(start: start + position * size, count: size)
    }
    return Tensor(elementType: buffer.elementType, shape: buffer.shape, bytes: bytes)
      ?? Tensor(zeros: buffer.elementType, shape: buffer.shape)
  }
}

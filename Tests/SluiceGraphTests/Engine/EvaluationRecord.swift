import SluiceBackends
import SluiceGraph
import Synchronization

/// The reference evaluator, with the names of what it was asked to compute.
final class EvaluationRecord: OperatorEvaluator {
  private let record = Mutex<(names: [String], largest: Int)>(([], 0))

  var operators: [String] { record.withLock { $0.names } }
  /// Bytes of the largest result.
  var largestByteCount: Int { record.withLock { $0.largest } }

  func evaluate(
    _ op: Operator, inputs: [Tensor?], outputCount: Int
  ) throws(GraphError) -> [Tensor] {
    let results = try ReferenceEvaluator().evaluate(
      op, inputs: inputs, outputCount: outputCount)
    record.withLock {
      $0.names.append(op.name)
      $0.largest = max($0.largest, results.map(\.byteCount).max() ?? 0)
    }
    return results
  }
}

/// The reference evaluator, except that what takes long is answered with zeros of the right shape.
struct SmallEvaluator: OperatorEvaluator {
  func evaluate(
    _ op: Operator, inputs: [Tensor?], outputCount: Int
  ) throws(GraphError) -> [Tensor] {
    let types = try op.outputTypes(
      inputs: inputs.map { $0.map { ValueType($0.elementType, Shape($0.shape)) } },
      constants: inputs, outputCount: outputCount)
    let outputs = types.compactMap { $0.shape?.sizes }
    guard op.operationCount(inputs: inputs.map { $0?.shape }, output: outputs.first) > 10_000
    else {
      return try ReferenceEvaluator().evaluate(op, inputs: inputs, outputCount: outputCount)
    }
    return zip(types, outputs).map { Tensor(zeros: $0.elementType, shape: $1) }
  }
}

/// Gives a tensor of the wrong shape for everything.
struct WrongEvaluator: OperatorEvaluator {
  func evaluate(
    _ op: Operator, inputs: [Tensor?], outputCount: Int
  ) throws(GraphError) -> [Tensor] {
    [Tensor([Float(1), 2, 3])]
  }
}

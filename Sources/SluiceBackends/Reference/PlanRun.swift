import SluiceGraph
import SluicePlanning

/// Runs the operations of a plan on tensors, one per buffer.
struct PlanRun {
  private let plan: Plan
  private let evaluator: ReferenceEvaluator
  /// Per operation, the buffers that nobody reads after it.
  private let released: [[Int]]

  init(_ plan: Plan, evaluator: ReferenceEvaluator) {
    self.plan = plan
    self.evaluator = evaluator
    released = PlanRun.released(plan)
  }

  /// - Throws: what the evaluator throws, with the operation's name before it.
  func results(
    frames: [Tensor], states: [Tensor]
  ) throws(BackendError) -> (outputs: [Tensor], states: [Tensor]) {
    var values = [Tensor?](repeating: nil, count: plan.buffers.count)
    for (index, buffer) in plan.buffers.enumerated() {
      switch buffer.placement {
      case .constant(let constant): values[index] = plan.constants[constant]
      case .input(let input): values[index] = frames[input]
      case .state(let state): values[index] = states[state]
      case .scratch, .alias, .view: break
      }
    }
    for (index, operation) in plan.operations.enumerated() {
      try run(operation, &values)
      for buffer in released[index] { values[buffer] = nil }
    }
    var outputs: [Tensor] = []
    for port in plan.outputs { outputs.append(try value(port.buffer, values)) }
    var nextStates: [Tensor] = []
    for state in plan.states { nextStates.append(try value(state.next, values)) }
    return (outputs, nextStates)
  }

  private func run(
    _ operation: Plan.Operation, _ values: inout [Tensor?]
  ) throws(BackendError) {
    var inputs: [Tensor?] = []
    for buffer in operation.inputs {
      inputs.append(try buffer.map { buffer throws(BackendError) in try value(buffer, values) })
    }
    let results: [Tensor]
    do {
      let shape = operation.outputs.compactMap(\.self).first.map { plan.buffers[$0].shape }
      results = try evaluator.results(of: operation, inputs, outputShape: shape ?? [])
    } catch {
      throw BackendError(
        code(of: error), "\(operation.name): \(error.message)", cause: error)
    }
    for case (let buffer?, let result) in zip(operation.outputs, results) {
      let expected = plan.buffers[buffer]
      guard result.shape == expected.shape, result.elementType == expected.elementType else {
        throw BackendError(
          .invalidValue,
          "\(operation.name) gives \(expected.elementType)\(expected.shape) in the plan, found "
            + "\(result.elementType)\(result.shape)")
      }
      values[buffer] = result
    }
  }

  private func code(of error: GraphError) -> BackendError.Code {
    switch error.code {
    case .unsupported: .unsupported
    case .limit: .limit
    default: .invalidValue
    }
  }

  private func value(_ buffer: Int, _ values: [Tensor?]) throws(BackendError) -> Tensor {
    guard let tensor = values[plan.root(of: buffer)] else {
      throw BackendError(
        .invalidValue, "\(plan.buffers[buffer].name) is read before it is written")
    }
    let shape = plan.buffers[buffer].shape
    if case .view(_, let offset, let strides) = plan.buffers[buffer].placement {
      return tensor.viewed(shape: shape, offset: offset, strides: strides)
    }
    return tensor.reshaped(shape)
  }

  /// Scratch buffers by the operation that reads them last; results stay.
  private static func released(_ plan: Plan) -> [[Int]] {
    let kept = Set((plan.outputs.map(\.buffer) + plan.states.map(\.next)).map(plan.root))
    var lastReader: [Int: Int] = [:]
    for (index, operation) in plan.operations.enumerated() {
      for buffer in (operation.inputs + operation.outputs).compactMap(\.self) {
        lastReader[plan.root(of: buffer)] = index
      }
    }
    var released = [[Int]](repeating: [], count: plan.operations.count)
    for (buffer, index) in lastReader where !kept.contains(buffer) {
      if case .scratch = plan.buffers[buffer].placement { released[index].append(buffer) }
    }
    return released
  }
}

extension Plan {
  /// The buffer whose bytes `buffer` shows.
  fileprivate func root(of buffer: Int) -> Int {
    place(of: buffer).root
  }
}

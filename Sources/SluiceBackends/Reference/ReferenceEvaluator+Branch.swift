import SluiceGraph

extension ReferenceEvaluator {
  /// `if`: runs the branch that the condition chooses.
  func branch(
    _ then: Branch, _ otherwise: Branch, inputs: [Tensor?]
  ) throws(GraphError) -> [Tensor] {
    guard let condition = inputs.first ?? nil, let taken = condition.bools().first else {
      throw GraphError(.invalid, "the condition of a branch holds one bool, found none")
    }
    let thenCount = then.subgraph.captures.count
    let captured = inputs.dropFirst()
    let subgraph = taken ? then.subgraph : otherwise.subgraph
    return try run(
      subgraph.graph, Array(taken ? captured.prefix(thenCount) : captured.dropFirst(thenCount)))
  }

  /// Runs the nodes of a graph in order.
  private func run(_ graph: Graph, _ inputs: [Tensor?]) throws(GraphError) -> [Tensor] {
    var values = graph.constants
    for (id, tensor) in zip(graph.inputs, inputs) { values[id] = tensor }
    for node in graph.nodes {
      var tensors: [Tensor?] = []
      for input in node.inputs {
        guard let input else {
          tensors.append(nil)
          continue
        }
        tensors.append(try value(input, of: graph, in: values))
      }
      do {
        let results = try evaluate(
          node.operator, inputs: tensors, outputCount: node.outputs.count)
        for case (let id?, let result) in zip(node.outputs, results) { values[id] = result }
      } catch {
        throw GraphError(error.code, "\(node.name): \(error.message)", cause: error)
      }
    }
    var results: [Tensor] = []
    for output in graph.outputs { results.append(try value(output, of: graph, in: values)) }
    return results
  }

  private func value(
    _ id: ValueID, of graph: Graph, in values: [ValueID: Tensor]
  ) throws(GraphError) -> Tensor {
    guard let tensor = values[id] else {
      throw GraphError(.invalid, "\(graph[id].name) is read before it is computed")
    }
    return tensor
  }
}

import SluiceBackends
import SluiceGraph

extension Graph {
  /// The outputs for `inputs`, by name, node after node in the reference backend.
  func evaluated(_ inputs: [String: Tensor]) throws(GraphError) -> [String: Tensor] {
    var values = constants
    for id in self.inputs { values[id] = inputs[self[id].name] }
    for node in nodes {
      let results = try ReferenceEvaluator().evaluate(
        node.operator, inputs: node.inputs.map { $0.flatMap { values[$0] } },
        outputCount: node.outputs.count)
      for (output, result) in zip(node.outputs, results) {
        if let output { values[output] = result }
      }
    }
    var results = [String: Tensor]()
    for (name, id) in zip(outputNames, outputs) { results[name] = values[id] }
    return results
  }
}

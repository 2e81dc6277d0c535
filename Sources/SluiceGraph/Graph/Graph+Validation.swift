/// The rules that every graph keeps.
extension Graph {
  /// Checks the structure: identifiers in range, every value with at most one producer, nodes after
  /// what they read, outputs with names. Shapes are not looked at.
  ///
  /// - Throws: `invalid`, naming the node and the value.
  public func validate() throws(GraphError) {
    guard outputs.count == outputNames.count else {
      throw GraphError(
        .invalid, "\(outputs.count) outputs of graph '\(name)' have \(outputNames.count) names")
    }
    var ready = [Bool](repeating: false, count: values.count)
    for input in inputs { try produce(input, by: "an input", &ready) }
    for (id, tensor) in constants {
      try produce(id, by: "a constant", &ready)
      let expected = ValueType(tensor.elementType, Shape(tensor.shape))
      guard self[id].type == expected else {
        throw GraphError(
          .invalid, "constant '\(self[id].name)': expected \(expected), found \(self[id].type)")
      }
    }
    for node in nodes { try check(node, &ready) }
    for (output, name) in zip(outputs, outputNames) {
      guard values.indices.contains(output.index), ready[output.index] else {
        throw GraphError(
          .invalid, "output '\(name)' of graph '\(self.name)' is produced by nothing")
      }
    }
  }

  private func check(_ node: Node, _ ready: inout [Bool]) throws(GraphError) {
    for case let input? in node.inputs {
      guard values.indices.contains(input.index) else {
        throw GraphError(
          .invalid, "node '\(node.name)' reads value \(input.index) of \(values.count)")
      }
      guard ready[input.index] else {
        throw GraphError(
          .invalid, "node '\(node.name)' reads '\(self[input].name)' before it is produced")
      }
    }
    for case let output? in node.outputs {
      try produce(output, by: "node '\(node.name)'", &ready)
    }
  }

  private func produce(
    _ id: ValueID, by producer: String, _ ready: inout [Bool]
  ) throws(GraphError) {
    guard values.indices.contains(id.index) else {
      throw GraphError(.invalid, "\(producer) gives value \(id.index) of \(values.count)")
    }
    guard !ready[id.index] else {
      throw GraphError(
        .invalid, "value '\(self[id].name)' is produced twice, the second time by \(producer)")
    }
    ready[id.index] = true
  }
}

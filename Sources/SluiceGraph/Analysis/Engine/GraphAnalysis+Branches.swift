/// `if` with a known condition.
extension GraphAnalysis {
  /// The branch that runs and the values it captures; nil while the condition is not known.
  func chosen(
    _ then: Branch, _ otherwise: Branch, _ node: Node, _ inputs: [ValueID?]
  ) throws(GraphError) -> (branch: Branch, captures: [ValueID?])? {
    guard let condition = inputs.first ?? nil, let tensor = tensor(of: condition) else {
      return nil
    }
    let split = 1 + then.subgraph.captures.count
    let count = split + otherwise.subgraph.captures.count
    guard tensor.elementType == .bool, tensor.count == 1, inputs.count == count else {
      throw GraphError(
        .invalid,
        "expected one condition of type bool and \(count) inputs, found "
          + "\(tensor.elementType)\(tensor.shape) and \(inputs.count)"
      ).at(node)
    }
    return tensor.bools()[0]
      ? (then, Array(inputs[1..<split])) : (otherwise, Array(inputs[split...]))
  }

  /// Takes the branch's nodes in place of the `if`.
  mutating func inline(
    _ branch: Branch, captures: [ValueID?], of node: Node, _ scope: inout Scope
  ) throws(GraphError) {
    guard scope.depth < OperatorCall.deepestBranch else {
      throw GraphError(
        .limit, "branches lie more than \(OperatorCall.deepestBranch) deep in each other"
      ).at(node)
    }
    let graph = branch.subgraph.graph
    do { try graph.validate() } catch { throw error.at(node) }
    guard graph.inputs.count == captures.count, graph.outputs.count == node.outputs.count else {
      throw GraphError(
        .invalid,
        "expected a branch with \(captures.count) inputs and \(node.outputs.count) "
          + "outputs, found \(graph.inputs.count) and \(graph.outputs.count)"
      ).at(node)
    }
    var inner = Scope(graph, depth: scope.depth + 1)
    for (input, capture) in zip(graph.inputs, captures) { inner.places[input.index] = capture }
    try takeNodes(of: &inner)
    for (outer, output) in zip(node.outputs, graph.outputs) {
      guard let outer else { continue }
      scope.places[outer.index] = try place(of: output, in: &inner)
    }
  }
}

// `if`: what both branches can give.
extension OperatorCall {
  /// Branches inside branches that an analysis follows.
  static let deepestBranch = 64

  func branchTypes(_ then: Branch, _ otherwise: Branch) throws(GraphError) -> [ValueType] {
    guard depth < OperatorCall.deepestBranch else {
      throw GraphError(
        .limit, "branches lie more than \(OperatorCall.deepestBranch) deep in each other")
    }
    let split = 1 + then.subgraph.captures.count
    let count = split + otherwise.subgraph.captures.count
    try expectInputs(count...count)
    try elementType(0, in: [.bool], "bool")
    if let condition = try shape(0)?.elementCount().size, condition != 1 {
      throw GraphError(.invalid, "input 0: expected one condition, found \(condition)")
    }
    let first = try outputTypes(of: then, captures: 1..<split)
    let second = try outputTypes(of: otherwise, captures: split..<count)
    guard first.count == outputCount, second.count == outputCount else {
      throw GraphError(
        .invalid,
        "expected branches with \(outputCount) outputs, found \(first.count) and "
          + "\(second.count)")
    }
    var types = [ValueType]()
    for (a, b) in zip(first, second) {
      guard a.elementType == b.elementType else {
        throw GraphError(
          .invalid, "expected branches that give one type, found \(a) and \(b)")
      }
      types.append(ValueType(a.elementType, common(a.shape, b.shape)))
    }
    return types
  }

  private func common(_ a: Shape?, _ b: Shape?) -> Shape? {
    guard let a, let b, a.rank == b.rank else { return nil }
    return Shape(zip(a.dimensions, b.dimensions).map { $0.equals($1) ? $0 : .unknown })
  }

  /// The types of a branch's outputs, by its nodes' rules; nothing is computed.
  private func outputTypes(
    of branch: Branch, captures: Range<Int>
  ) throws(GraphError) -> [ValueType] {
    let graph = branch.subgraph.graph
    try graph.validate()
    guard graph.inputs.count == captures.count else {
      throw GraphError(
        .invalid,
        "expected \(captures.count) inputs of the branch, found \(graph.inputs.count)")
    }
    var types = graph.values.map(\.type)
    var values = graph.constants.mapValues { KnownValue.tensor($0) }
    for (index, input) in zip(captures, graph.inputs) {
      types[input.index] = try type(index)
      values[input] = value(index)
    }
    for node in graph.nodes {
      let call = OperatorCall(
        op: node.operator, inputs: node.inputs.map { $0.map { types[$0.index] } },
        values: node.inputs.map { $0.flatMap { values[$0] } }, outputCount: node.outputs.count,
        depth: depth + 1)
      for (output, type) in zip(node.outputs, try call.outputTypes(of: node)) {
        if let output { types[output.index] = type }
      }
    }
    return graph.outputs.map { types[$0.index] }
  }

  /// `outputTypes`, the node named in errors.
  func outputTypes(of node: Node) throws(GraphError) -> [ValueType] {
    do { return try outputTypes() } catch { throw error.at(node) }
  }
}

extension GraphError {
  /// The error with the node in front of its message.
  func at(_ node: Node) -> GraphError {
    GraphError(code, "node '\(node.name)' (\(node.operator.name)): \(message)", cause: cause)
  }
}

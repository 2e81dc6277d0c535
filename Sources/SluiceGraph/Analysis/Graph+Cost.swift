/// What one run of a bound graph takes.
public struct GraphCost: Sendable, Hashable {
  /// One per node, in order.
  public var nodes: [NodeCost]
  /// Elements of the floating-point constants that nodes read, each constant counted once.
  public var parameterCount: Int
  /// Bytes of all constants that nodes read, each counted once.
  public var constantByteCount: Int

  public struct NodeCost: Sendable, Hashable {
    public var name: String
    /// `Operator.name`.
    public var operatorName: String
    /// As `Operator.operationCount` counts.
    public var operations: Int
    /// Bytes of the constants the node reads.
    public var constantByteCount: Int
  }

  /// Operations of all nodes; `Int.max` where they do not fit.
  public var operations: Int {
    nodes.reduce(0) { sum, node in
      let (total, overflow) = sum.addingReportingOverflow(node.operations)
      return overflow ? Int.max : total
    }
  }
}

extension Graph {
  /// What one run takes. Nodes whose shapes hold symbols count no operations.
  public var cost: GraphCost {
    var read = Set<ValueID>()
    var costs = [GraphCost.NodeCost]()
    for node in nodes {
      let constantInputs = Set(node.inputs.compactMap { $0 }.filter { constants[$0] != nil })
      read.formUnion(constantInputs)
      costs.append(
        GraphCost.NodeCost(
          name: node.name, operatorName: node.operator.name, operations: operationCount(node),
          constantByteCount: constantInputs.reduce(0) { $0 + (constants[$1]?.byteCount ?? 0) }))
    }
    let tensors = read.compactMap { constants[$0] }
    return GraphCost(
      nodes: costs,
      parameterCount: tensors.filter(\.elementType.isFloatingPoint).reduce(0) { $0 + $1.count },
      constantByteCount: tensors.reduce(0) { $0 + $1.byteCount })
  }

  private func operationCount(_ node: Node) -> Int {
    var inputs = [[Int]?]()
    for input in node.inputs {
      guard let input else {
        inputs.append(nil)
        continue
      }
      guard let sizes = self[input].type.shape?.sizes else { return 0 }
      inputs.append(sizes)
    }
    // An unused output has no shape of its own; the first used one tells the size as well.
    let used = node.outputs.compactMap { $0 }.compactMap { self[$0].type.shape?.sizes }
    return node.operator.operationCount(inputs: inputs, outputs: used)
  }
}

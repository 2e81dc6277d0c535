/// What a node or a program asks of a machine in one call.
public struct Cost: Sendable, Hashable {
  /// As `Operator.operationCount` counts.
  public var operations: Double
  /// Bytes of constants read: weights. `Double`, so that a large program cannot overflow.
  public var constantBytes: Double
  /// Bytes of other values read and written, each once per node that touches it.
  public var valueBytes: Double

  public init(operations: Double = 0, constantBytes: Double = 0, valueBytes: Double = 0) {
    self.operations = operations
    self.constantBytes = constantBytes
    self.valueBytes = valueBytes
  }

  public static func + (a: Cost, b: Cost) -> Cost {
    Cost(
      operations: a.operations + b.operations, constantBytes: a.constantBytes + b.constantBytes,
      valueBytes: a.valueBytes + b.valueBytes)
  }
}

/// Counting work, from the shapes alone.
extension Program {
  /// What one call costs, all nodes together.
  public var cost: Cost { graph.nodes.reduce(Cost()) { $0 + cost(of: $1) } }

  /// What `node`, one of `graph.nodes`, costs in one call.
  public func cost(of node: Node) -> Cost {
    var cost = Cost(operations: operations(of: node))
    for case let input? in node.inputs {
      if graph.constants[input] != nil {
        cost.constantBytes += bytes(of: input)
      } else {
        cost.valueBytes += bytes(of: input)
      }
    }
    for case let output? in node.outputs { cost.valueBytes += bytes(of: output) }
    return cost
  }

  private func operations(of node: Node) -> Double {
    node.operator.operationCount(
      inputs: node.inputs.map { $0.flatMap { graph[$0].type.shape?.sizes } },
      output: node.outputs.lazy.compactMap { $0 }.first.flatMap { graph[$0].type.shape?.sizes })
  }

  private func bytes(of id: ValueID) -> Double {
    let sizes = graph[id].type.shape?.sizes ?? []
    return sizes.reduce(Double(graph[id].type.elementType.byteCount)) { $0 * Double($1) }
  }
}

import SluiceGraph

extension Graph {
  /// Appends the inputs, constants, nodes and outputs of another graph, which goes on sharing nothing
  /// with what is there.
  ///
  /// - Parameter name: stands before the names of its values, nodes and outputs.
  public mutating func join(_ other: Graph, as name: String) {
    let first = values.count
    func moved(_ id: ValueID) -> ValueID { ValueID(first + id.index) }
    values += other.values.map { Value(name: "\(name) \($0.name)", type: $0.type) }
    inputs += other.inputs.map(moved)
    for (id, tensor) in other.constants { constants[moved(id)] = tensor }
    nodes += other.nodes.map { node in
      Node(
        name: "\(name) \(node.name)", operator: node.operator,
        inputs: node.inputs.map { $0.map(moved) }, outputs: node.outputs.map { $0.map(moved) })
    }
    outputs += other.outputs.map(moved)
    outputNames += other.outputNames.map { "\(name) \($0)" }
  }
}

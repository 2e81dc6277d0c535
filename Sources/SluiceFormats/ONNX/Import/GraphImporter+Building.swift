import ONNXProtocol
import SluiceGraph

/// What operator rules build with.
extension GraphImporter {
  /// Adds the node itself: its outputs take the names the file gives them.
  mutating func emit(
    _ op: Operator, _ inputs: [ValueID?], for node: SourceNode
  ) throws(FormatError) {
    let types = outputTypes(op, inputs, count: node.outputs.count)
    var outputs = [ValueID?]()
    for (index, name) in node.outputs.enumerated() {
      outputs.append(try name.isEmpty ? nil : output(name, types?[index]))
    }
    graph.nodes.append(
      Node(name: node.name, operator: op, inputs: inputs, outputs: outputs))
  }

  /// Adds a node that computes one of the outputs of `node`.
  mutating func emit(
    _ op: Operator, _ inputs: [ValueID?], for node: SourceNode, output index: Int
  ) throws(FormatError) {
    let name = node.outputs[index]
    let value = try output(name, outputTypes(op, inputs, count: 1)?.first)
    graph.nodes.append(
      Node(name: "\(node.name).\(name)", operator: op, inputs: inputs, outputs: [value]))
  }

  /// Adds the node itself, but its outputs are values that the file does not have.
  mutating func add(
    _ op: Operator, _ inputs: [ValueID?], outputsOf node: SourceNode
  ) -> [ValueID?] {
    let types = outputTypes(op, inputs, count: node.outputs.count)
    let outputs = node.outputs.enumerated().map { index, output in
      output.isEmpty
        ? nil
        : graph.addValue("\(node.name).\(index)", types?[index] ?? ValueType(.float32, nil))
    }
    graph.nodes.append(Node(name: node.name, operator: op, inputs: inputs, outputs: outputs))
    return outputs
  }

  /// A new value under its name in the file.
  private mutating func output(
    _ name: String, _ inferred: ValueType?
  ) throws(FormatError) -> ValueID {
    let value = graph.addValue(name, merged(inferred, declaredType(name)))
    try define(name, value)
    return value
  }

  /// Adds a node with one output that the file does not have; `role` tells it from others of `node`.
  mutating func add(
    _ op: Operator, _ inputs: [ValueID?], for node: SourceNode, role: String
  ) -> ValueID {
    let name = "\(node.name).\(role)"
    let type = outputTypes(op, inputs, count: 1)?.first
    return graph.addNode(op, inputs, name: name, type: type)
  }

  /// Adds a constant that stood in an attribute.
  mutating func constant(_ tensor: Tensor, for node: SourceNode, role: String) -> ValueID {
    graph.addConstant(tensor, name: "\(node.name).\(role)")
  }

  /// Likewise a list of whole numbers.
  mutating func constant(_ values: [Int], for node: SourceNode, role: String) -> ValueID {
    constant(Tensor(values.map { Int64($0) }), for: node, role: role)
  }

  /// The value's tensor if it is a constant.
  func tensor(_ value: ValueID?) -> Tensor? { value.flatMap { graph.constants[$0] } }

  /// The value's number of axes as far as it is known.
  func rank(_ value: ValueID?) -> Int? { value.flatMap { graph[$0].type.shape?.rank } }

  /// What the shape rule says; nil where it cannot. Mistakes in the graph are the analysis' to report.
  private func outputTypes(_ op: Operator, _ inputs: [ValueID?], count: Int) -> [ValueType]? {
    let types = inputs.map { $0.map { graph[$0].type } }
    let constants = inputs.map { tensor($0) }
    let found = try? op.outputTypes(inputs: types, constants: constants, outputCount: count)
    return found?.count == count ? found : nil
  }

  private func merged(_ inferred: ValueType?, _ declared: ValueType?) -> ValueType {
    guard let inferred else { return declared ?? ValueType(.float32, nil) }
    return ValueType(inferred.elementType, inferred.shape ?? declared?.shape)
  }
}

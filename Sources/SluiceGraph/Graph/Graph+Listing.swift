extension Graph {
  /// The graph as text, a line each for inputs, constants, nodes and outputs, in this order. Small
  /// constants are written out.
  ///
  ///     input  x: float32[1, time, 64]
  ///     const  W: float32[1, 192, 64]
  ///     node   GRU_0: gru(x, W, U, –) -> Y: float32[time, 1, 1, 64], –
  ///     output y = Y: float32[time, 1, 1, 64]
  public var listing: [String] {
    var lines = inputs.map { "input  \(text($0))" }
    lines += constants.sorted { $0.key < $1.key }.map { id, tensor in
      "const  \(text(id))\(Graph.elements(tensor))"
    }
    lines += nodes.map { text($0) }
    lines += zip(outputNames, outputs).map { name, id in
      name == self[id].name ? "output \(text(id))" : "output \(name) = \(text(id))"
    }
    return lines
  }

  private func text(_ id: ValueID) -> String { "\(self[id].name): \(self[id].type)" }

  private func text(_ node: Node) -> String {
    let inputs = node.inputs.map { $0.map { self[$0].name } ?? "–" }.joined(separator: ", ")
    let outputs = node.outputs.map { $0.map { text($0) } ?? "–" }.joined(separator: ", ")
    return "node   \(node.name): \(node.operator.name)(\(inputs)) -> \(outputs)"
  }

  /// ` = …` for constants of up to 8 elements.
  private static func elements(_ tensor: Tensor) -> String {
    guard tensor.count <= 8 else { return "" }
    let elements: [String]
    if tensor.elementType == .bool {
      elements = tensor.bools().map { "\($0)" }
    } else if let integers = tensor.integers() {
      elements = integers.map { "\($0)" }
    } else {
      elements = tensor.floats().map { "\($0)" }
    }
    return tensor.rank == 0
      ? " = \(elements.joined())" : " = [\(elements.joined(separator: ", "))]"
  }
}

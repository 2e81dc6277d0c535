import SluiceGraph

/// Products with constant weights take the activation behind them into their own pass.
extension Planner {
  /// Emits a product with what follows it; false if the node is none, or nothing follows.
  mutating func addProduct(_ node: Node, index: Int) throws(PlanError) -> Bool {
    guard let channelAxis = channelAxis(of: node), constantWeights(node),
      let output = node.outputs[0], graph[output].type.elementType == .float32
    else { return false }
    let behind = activation(behind: output, channelAxis: channelAxis)
    var inputs: [Int?] = []
    for (position, value) in node.inputs.enumerated() {
      guard let value else {
        inputs.append(nil)
        continue
      }
      inputs.append(try buffer(value, of: node, position))
    }
    guard let behind else {
      try emit(node.name, .product(node.operator, nil), inputs, outputs: [output])
      return true
    }
    if let slope = behind.slope {
      inputs += Array(repeating: nil, count: max(3 - inputs.count, 0))
      inputs.append(try buffer(slope, by: "node '\(node.name)'"))
    }
    absorbed.formUnion(behind.nodes)
    try emit(
      node.name, .product(node.operator, behind.activation), inputs, outputs: [behind.output])
    return true
  }

  /// The axis of the result along which weights have rows, counted from the end for products of
  /// matrices.
  private func channelAxis(of node: Node) -> Int? {
    switch node.operator {
    case .conv, .convTranspose: 1
    case .gemm, .matMul: -1
    default: nil
    }
  }

  private struct Following {
    var activation: ProductActivation
    var slope: ValueID?
    /// The nodes that are done with.
    var nodes: [Int]
    var output: ValueID
  }

  private func activation(behind value: ValueID, channelAxis: Int) -> Following? {
    let following = readers.onlyNodes(value).sorted()
    guard let first = following.first, let output = graph.nodes[first].outputs.first ?? nil else {
      return nil
    }
    let node = graph.nodes[first]
    switch (node.operator, following.count) {
    case (.unary(let op), 1) where op != .not:
      return Following(activation: .unary(op), nodes: [first], output: output)
    case (.unary(.sigmoid), 2):
      let second = following[1]
      guard case .binary(.mul) = graph.nodes[second].operator, readers.count(output) == 1,
        Set(graph.nodes[second].inputs) == [value, output],
        let product = graph.nodes[second].outputs[0]
      else { return nil }
      return Following(activation: .silu, nodes: [first, second], output: product)
    case (.prelu, 1):
      guard node.inputs[0] == value, let slope = node.inputs[1],
        isPerChannel(slope, of: value, channelAxis: channelAxis)
      else { return nil }
      return Following(activation: .prelu, slope: slope, nodes: [first], output: output)
    default: return nil
    }
  }

  /// Whether a constant holds one number, or one a channel.
  private func isPerChannel(_ slope: ValueID, of value: ValueID, channelAxis: Int) -> Bool {
    guard let tensor = graph.constants[slope], let shape = graph[value].type.shape?.sizes else {
      return false
    }
    if tensor.count == 1 { return true }
    let axis = channelAxis < 0 ? shape.count + channelAxis : channelAxis
    let aligned = Array(repeating: 1, count: shape.count - tensor.shape.count) + tensor.shape
    return aligned.indices.allSatisfy { aligned[$0] == ($0 == axis ? shape[axis] : 1) }
  }
}

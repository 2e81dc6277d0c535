import SluiceGraph

extension Program {
  /// Gives each `matMul` with a constant matrix, and nothing behind it but the addition of a constant
  /// per column, that constant as its third input (`Plan.Action.product`).
  mutating func attachBiases() {
    let readers = ReaderTable(self)
    var removed: Set<Int> = []
    for index in graph.nodes.indices {
      guard let (add, bias) = bias(behind: index, readers) else { continue }
      graph.nodes[index].inputs.append(bias)
      // The sum stands where the product stood: its readers come later.
      graph.nodes[index].outputs = graph.nodes[add].outputs
      removed.insert(add)
    }
    guard !removed.isEmpty else { return }
    graph.nodes = graph.nodes.indices.compactMap {
      removed.contains($0) ? nil : graph.nodes[$0]
    }
  }

  private func bias(
    behind index: Int, _ readers: ReaderTable
  ) -> (add: Int, bias: ValueID)? {
    let node = graph.nodes[index]
    guard case .matMul = node.operator, node.inputs.count == 2,
      let matrix = node.inputs[1].flatMap({ graph.constants[$0] }), matrix.rank == 2,
      matrix.elementType == .float32, let product = node.outputs[0],
      let left = node.inputs[0], (graph[left].type.shape?.sizes?.count ?? 0) > 0
    else { return nil }
    let following = readers.onlyNodes(product)
    guard following.count == 1, case .binary(.add) = graph.nodes[following[0]].operator,
      let other = graph.nodes[following[0]].inputs.compactMap(\.self).first(where: {
        $0 != product
      }), let bias = graph.constants[other], bias.elementType == .float32,
      bias.count == matrix.shape[1], bias.shape.last == bias.count,
      bias.rank <= (graph[product].type.shape?.sizes?.count ?? 0)
    else { return nil }
    return (following[0], other)
  }
}

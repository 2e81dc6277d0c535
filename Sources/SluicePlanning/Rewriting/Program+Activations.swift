import SluiceGraph

extension Program {
  /// Moves unary operators before the reshapes in front of them, to the product or chain whose value
  /// they belong to: f(reshape(x)) = reshape(f(x)).
  mutating func hoistUnaryOperators() {
    let readers = ReaderTable(self)
    var producers: [ValueID: Int] = [:]
    for index in graph.nodes.indices {
      var place = index
      while let reshape = producer(of: place, producers, readers) {
        swap(unary: place, reshape: reshape)
        for output in graph.nodes[place].outputs.compactMap(\.self) { producers[output] = place }
        place = reshape
      }
      for output in graph.nodes[place].outputs.compactMap(\.self) { producers[output] = place }
    }
  }

  /// The reshape before a unary node, where nobody else reads it.
  private func producer(
    of index: Int, _ producers: [ValueID: Int], _ readers: ReaderTable
  ) -> Int? {
    guard case .unary = graph.nodes[index].operator, let input = graph.nodes[index].inputs[0],
      let reshape = producers[input], readers.count(input) <= 1
    else { return nil }
    switch graph.nodes[reshape].operator {
    case .reshape, .flatten, .squeeze, .unsqueeze: return reshape
    default: return nil
    }
  }

  /// The unary node takes the reshape's place and input, the reshape the unary's place and output.
  private mutating func swap(unary: Int, reshape: Int) {
    guard let source = graph.nodes[reshape].inputs[0], let target = graph.nodes[unary].outputs[0]
    else { return }
    let (first, second) = (graph.nodes[unary], graph.nodes[reshape])
    let type = ValueType(graph[target].type.elementType, graph[source].type.shape)
    let between = graph.addValue("\(graph[target].name).before", type)
    graph.nodes[reshape] = Node(
      name: first.name, operator: first.operator, inputs: [source], outputs: [between])
    graph.nodes[unary] = Node(
      name: second.name, operator: second.operator,
      inputs: [between] + second.inputs.dropFirst(), outputs: [target])
  }
}

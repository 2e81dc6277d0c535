/// What a graph's outputs need.
extension Graph {
  /// One flag per node: whether an output depends on it.
  func liveNodes() -> [Bool] {
    var isNeeded = [Bool](repeating: false, count: values.count)
    for output in outputs { isNeeded[output.index] = true }
    var live = [Bool](repeating: false, count: nodes.count)
    for index in nodes.indices.reversed() {
      let node = nodes[index]
      guard node.outputs.contains(where: { $0.map { isNeeded[$0.index] } ?? false }) else {
        continue
      }
      live[index] = true
      for case let input? in node.inputs { isNeeded[input.index] = true }
    }
    return live
  }
}

extension GraphAnalysis {
  /// `result` without dead nodes, unread outputs and values that nothing refers to, renumbered.
  func compacted() -> Graph {
    let nodes = zip(result.nodes, result.liveNodes()).filter { $0.1 }.map { $0.0 }
    var isRead = [Bool](repeating: false, count: result.values.count)
    for id in result.inputs + result.outputs { isRead[id.index] = true }
    for case let input? in nodes.lazy.flatMap(\.inputs) { isRead[input.index] = true }

    var graph = Graph(name: result.name)
    graph.notes = result.notes
    var places = [ValueID?](repeating: nil, count: result.values.count)
    for (index, value) in result.values.enumerated() where isRead[index] {
      let place = graph.addValue(value.name, value.type)
      places[index] = place
      if let tensor = tensor(of: ValueID(index)) { graph.constants[place] = tensor }
    }
    graph.inputs = result.inputs.compactMap { places[$0.index] }
    graph.outputs = result.outputs.compactMap { places[$0.index] }
    graph.outputNames = result.outputNames
    graph.nodes = nodes.map { node in
      Node(
        name: node.name, operator: node.operator,
        inputs: node.inputs.map { $0.flatMap { places[$0.index] } },
        outputs: node.outputs.map { $0.flatMap { places[$0.index] } })
    }
    return graph
  }
}

import SluiceGraph

extension Graph {
  /// Appends a copy of `part`, whose inputs become `inputs`.
  ///
  /// Names get `prefix/` in front. Declared shapes are dropped, because a symbol such as `batch` may
  /// mean something else here; inference finds them again.
  ///
  /// - Returns: the values that the outputs of `part` have become, in order.
  mutating func splice(_ part: Graph, inputs: [ValueID], prefix: String) -> [ValueID] {
    var places = [ValueID?](repeating: nil, count: part.values.count)
    for (inner, outer) in zip(part.inputs, inputs) { places[inner.index] = outer }
    for index in part.values.indices where places[index] == nil {
      let value = part.values[index]
      let name = "\(prefix)/\(value.name)"
      if let tensor = part.constants[ValueID(index)] {
        places[index] = addConstant(tensor, name: name)
      } else {
        places[index] = addValue(name, ValueType(value.type.elementType, nil))
      }
    }
    for node in part.nodes {
      nodes.append(
        Node(
          name: "\(prefix)/\(node.name)",
          operator: node.operator.capturing { places[$0.index] ?? $0 },
          inputs: node.inputs.map { $0.flatMap { places[$0.index] } },
          outputs: node.outputs.map { $0.flatMap { places[$0.index] } }))
    }
    notes += part.notes.map { "\(prefix): \($0)" }
    return part.outputs.map { places[$0.index] ?? $0 }
  }
}

extension Operator {
  /// The same operator with the captures of its branches changed by `map`, and their declared shapes
  /// dropped.
  fileprivate func capturing(_ map: (ValueID) -> ValueID) -> Operator {
    guard case .if(let then, let otherwise) = self else { return self }
    return .if(then: then.capturing(map), else: otherwise.capturing(map))
  }
}

extension Branch {
  fileprivate func capturing(_ map: (ValueID) -> ValueID) -> Branch {
    var graph = subgraph.graph
    for index in graph.values.indices where graph.constants[ValueID(index)] == nil {
      graph.values[index].type.shape = nil
    }
    for index in graph.nodes.indices {
      graph.nodes[index].operator = graph.nodes[index].operator.capturing { $0 }
    }
    return Branch(Subgraph(graph: graph, captures: subgraph.captures.map(map)))
  }
}

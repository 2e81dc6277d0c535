import ONNXProtocol
import SluiceGraph

extension OperatorRule {
  static let controlRules: [String: OperatorRule] = [
    "If": OperatorRule(1...1, outputs: 0...Int.max) { (importer, node) throws(FormatError) in
      let then = try importer.branch(node.graph("then_branch"), of: node)
      let other = try importer.branch(node.graph("else_branch"), of: node)
      for branch in [then, other] where branch.graph.outputs.count != node.outputs.count {
        guard branch.graph.outputs.count < node.outputs.count else { continue }
        throw node.error(
          .malformed,
          "a branch has \(branch.graph.outputs.count) outputs, the node \(node.outputs.count)")
      }
      let op = Operator.if(then: Branch(then), else: Branch(other))
      try importer.emit(op, [node.input(0)] + then.captures + other.captures, for: node)
    }
  ]
}

extension GraphImporter {
  /// A graph inside a node. Values from around it that are constants become constants of its own; the
  /// others are its captures.
  func branch(
    _ proto: ONNXGraphProto, of node: SourceNode
  ) throws(FormatError) -> Subgraph {
    guard depth < ModelImport.depthLimit else {
      throw node.error(.limit, "graphs are nested more than \(ModelImport.depthLimit) deep")
    }
    var inner = GraphImporter(model: model, name: proto.name, depth: depth + 1)
    var captures = [ValueID]()
    for name in freeNames(of: proto) {
      guard let outer = names[name] else {
        throw node.error(.malformed, "a branch reads \"\(name)\", which nothing produces")
      }
      if let tensor = graph.constants[outer] {
        try inner.define(name, inner.graph.addConstant(tensor, name: name))
      } else {
        let type = graph[outer].type
        try inner.define(name, inner.graph.addInput(name, type.elementType, type.shape))
        captures.append(outer)
      }
    }
    try inner.addGraph(proto, versions: node.versions)
    return Subgraph(graph: inner.graph, captures: captures)
  }
}

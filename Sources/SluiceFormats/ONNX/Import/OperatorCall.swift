import ONNXProtocol

/// A node as the file has it, with the operator sets that are in force where it stands.
struct OperatorCall {
  var proto: ONNXNodeProto
  /// Versions by domain: the model's, or those of the function whose body this is.
  var versions: [String: Int]

  var domain: String { canonicalDomain(proto.domain) }

  /// The graphs among the attributes.
  var graphs: [ONNXGraphProto] { proto.attribute.filter(\.hasG).map(\.g) }

  /// How errors name the node.
  var label: String {
    proto.name.isEmpty
      ? "\(proto.opType) -> \"\(proto.output.first { !$0.isEmpty } ?? "")\"" : "\"\(proto.name)\""
  }

  /// The values it reads: its inputs, and what its graphs take from around them.
  var reads: [String] {
    proto.input.filter { !$0.isEmpty } + graphs.flatMap { freeNames(of: $0) }
  }
}

/// The values that a graph reads but does not define, each once, in the order of their first use.
func freeNames(of graph: ONNXGraphProto) -> [String] {
  var defined = Set(graph.input.map(\.name))
  defined.formUnion(graph.initializer.map(\.name))
  for node in graph.node { defined.formUnion(node.output) }
  var free = [String]()
  var seen = Set<String>()
  func read(_ name: String) {
    if !name.isEmpty && !defined.contains(name) && seen.insert(name).inserted {
      free.append(name)
    }
  }
  for node in graph.node {
    for name in node.input { read(name) }
    for attribute in node.attribute where attribute.hasG {
      for name in freeNames(of: attribute.g) { read(name) }
    }
  }
  for output in graph.output { read(output.name) }
  return free
}

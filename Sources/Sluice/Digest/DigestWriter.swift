/// Feeds values to SHA-256 so that different values give different messages: every text and list is
/// preceded by its length, every choice by its name.
struct DigestWriter {
  private var hash = SHA256()

  consuming func finalize() -> [UInt8] { hash.finalize() }

  mutating func write(_ number: Int) {
    hash.update((0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
  }

  mutating func write(_ text: String) {
    let bytes = Array(text.utf8)
    write(bytes.count)
    hash.update(bytes)
  }

  mutating func write(_ tensor: Tensor) {
    write(tensor.elementType.rawValue)
    write(tensor.shape.count)
    for size in tensor.shape { write(size) }
    unsafe tensor.withUnsafeBytes { unsafe hash.update($0) }
  }

  mutating func write(_ graph: Graph) {
    write(graph.inputs.count)
    for input in graph.inputs {
      write(input.index)
      write(graph[input].name)
      write("\(graph[input].type)")
    }
    write(graph.nodes.count)
    for node in graph.nodes { write(node) }
    write(graph.constants.count)
    for id in graph.constants.keys.sorted() {
      write(id.index)
      if let constant = graph.constants[id] { write(constant) }
    }
    write(graph.outputs.count)
    for (output, name) in zip(graph.outputs, graph.outputNames) {
      write(output.index)
      write(name)
    }
  }

  private mutating func write(_ node: Node) {
    write(node.name)
    writeAttributes(of: node.operator)
    write(node.inputs.count)
    for input in node.inputs { write(input?.index ?? -1) }
    write(node.outputs.count)
    for output in node.outputs { write(output?.index ?? -1) }
  }

  mutating func write(_ options: NetworkOptions) {
    write(options.dimensions.count)
    for (name, size) in options.dimensions.sorted(by: { $0.key < $1.key }) {
      write(name)
      write(size)
    }
    write(options.inputs.count)
    for (name, tensor) in options.inputs.sorted(by: { $0.key < $1.key }) {
      write(name)
      write(tensor)
    }
    write(options.states.count)
    for (input, output) in options.states.sorted(by: { $0.key < $1.key }) {
      write(input)
      write(output)
    }
    write(options.timeAxes.count)
    for (name, axis) in options.timeAxes.sorted(by: { $0.key < $1.key }) {
      write(name)
      write(axis)
    }
    write(options.gruResetAfter ? 1 : 0)
  }

  /// An operator with everything in it, by reflection: an attribute added later changes the digest
  /// without a line here. Printed forms are not used where there is structure, so a shortened
  /// `description` hides nothing.
  private mutating func writeAttributes(of value: Any) {
    switch value {
    case let tensor as Tensor: return write(tensor)
    case let branch as Branch:
      write(branch.subgraph.captures.count)
      for capture in branch.subgraph.captures { write(capture.index) }
      return write(branch.subgraph.graph)
    case let number as Int: return write(number)
    case let number as Float: return write(Int(number.bitPattern))
    default: break
    }
    let mirror = Mirror(reflecting: value)
    guard !mirror.children.isEmpty else { return write(String(describing: value)) }
    write("\(mirror.subjectType)")
    write(mirror.children.count)
    for child in mirror.children {
      write(child.label ?? "")
      writeAttributes(of: child.value)
    }
  }
}

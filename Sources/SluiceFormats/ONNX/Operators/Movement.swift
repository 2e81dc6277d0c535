import SluiceGraph

extension OperatorRule {
  static let movementRules: [String: OperatorRule] = [
    "Reshape": OperatorRule(2...2) { (importer, node) throws(FormatError) in
      let op = Operator.reshape(allowZero: try node.flag("allowzero"))
      try importer.emit(op, node.inputs, for: node)
    },
    "Flatten": OperatorRule(1...1) { (importer, node) throws(FormatError) in
      let op = Operator.flatten(axis: try node.integer("axis", default: 1))
      try importer.emit(op, node.inputs, for: node)
    },
    "Transpose": OperatorRule(1...1) { (importer, node) throws(FormatError) in
      let permutation = try node.integers("perm") ?? []
      guard permutation.sorted() == Array(permutation.indices) else {
        throw node.error(.malformed, "perm is \(permutation), not an order of the axes")
      }
      try importer.emit(.transpose(permutation: permutation), node.inputs, for: node)
    },
    "Squeeze": OperatorRule(1...2) { (importer, node) throws(FormatError) in
      let axes = try importer.listInput(1, attribute: "axes", until: 13, node)
      try importer.emit(
        .squeeze, axes.map { [node.input(0), $0] } ?? [node.input(0)], for: node)
    },
    "Unsqueeze": OperatorRule(1...2) { (importer, node) throws(FormatError) in
      guard let axes = try importer.listInput(1, attribute: "axes", until: 13, node) else {
        throw node.error(.malformed, "it does not say which axes")
      }
      try importer.emit(.unsqueeze, [node.input(0), axes], for: node)
    },
    "Concat": OperatorRule(1...Int.max) { (importer, node) throws(FormatError) in
      guard let axis = try node.integer("axis"), !node.inputs.contains(nil) else {
        throw node.error(.malformed, "it needs an axis, and every input")
      }
      try importer.emit(.concat(axis: axis), node.inputs, for: node)
    },
    "Split": OperatorRule(1...2, outputs: 1...Int.max) { (importer, node) throws(FormatError) in
      let sizes = try importer.listInput(1, attribute: "split", until: 13, node)
      let parts = try node.opset >= 18 ? node.integer("num_outputs") : nil
      guard parts == nil || parts == node.outputs.count else {
        throw node.error(
          .malformed, "num_outputs is \(parts ?? 0), found \(node.outputs.count) outputs")
      }
      let op = Operator.split(axis: try node.integer("axis", default: 0))
      try importer.emit(op, sizes.map { [node.input(0), $0] } ?? [node.input(0)], for: node)
    },
    "Expand": OperatorRule(2...2, .expand),
    "Tile": OperatorRule(2...2, .tile),
    "Pad": OperatorRule(1...4) { (importer, node) throws(FormatError) in
      try pad(&importer, node)
    },
  ]

  private static func pad(
    _ importer: inout GraphImporter, _ node: SourceNode
  ) throws(FormatError) {
    let text = try node.string("mode") ?? "constant"
    guard let mode = PadMode(rawValue: text) else {
      throw node.error(
        .malformed, "mode \"\(text)\" is not one of constant, reflect, edge, wrap")
    }
    guard let pads = try importer.listInput(1, attribute: "pads", until: 11, node) else {
      throw node.error(.malformed, "it does not say how much: pads is absent")
    }
    guard node.opset < 11 else { return try importer.emit(.pad(mode), node.inputs, for: node) }
    let value = try node.float("value", default: 0)
    let type = node.input(0).map { importer.graph[$0].type.elementType } ?? .float32
    let fill = importer.constant(
      Tensor(scalar: value).converted(to: type), for: node, role: "value")
    try importer.emit(.pad(mode), [node.input(0), pads, fill], for: node)
  }
}

import SluiceGraph

extension OperatorRule {
  static let normalizationRules: [String: OperatorRule] = [
    "BatchNormalization": OperatorRule(5...5, outputs: 1...5) {
      (importer, node) throws(FormatError) in
      try batchNormalization(&importer, node)
    },
    "LayerNormalization": OperatorRule(2...3, outputs: 1...3) {
      (importer, node) throws(FormatError) in
      node.ignore("stash_type")
      let op = Operator.layerNormalization(
        axis: try node.integer("axis", default: -1),
        epsilon: try node.float("epsilon", default: 1e-5))
      try importer.emit(op, node.inputs, for: node)
    },
    "InstanceNormalization": OperatorRule(3...3) { (importer, node) throws(FormatError) in
      let epsilon = try node.float("epsilon", default: 1e-5)
      try importer.emit(.instanceNormalization(epsilon: epsilon), node.inputs, for: node)
    },
    "GroupNormalization": OperatorRule(3...3) { (importer, node) throws(FormatError) in
      node.ignore("stash_type")
      guard let groups = try node.integer("num_groups"), 1...SourceNode.sizeLimit ~= groups else {
        throw node.error(.malformed, "it needs num_groups of 1 or more")
      }
      let op = Operator.groupNormalization(
        groups: groups, epsilon: try node.float("epsilon", default: 1e-5),
        perGroup: node.opset < 21)
      try importer.emit(op, node.inputs, for: node)
    },
  ]

  private static func batchNormalization(
    _ importer: inout GraphImporter, _ node: SourceNode
  ) throws(FormatError) {
    node.ignore("momentum")
    let epsilon = try node.float("epsilon", default: 1e-5)
    guard try !node.flag("training_mode"), node.outputs.count == 1 else {
      throw node.error(
        .unsupported, "training mode is not supported; export the network for inference")
    }
    // Only opset 7 and 8 have `spatial`; 0 there means statistics for every element of a row.
    if try node.flag("spatial", default: true) {
      return try importer.emit(.batchNormalization(epsilon: epsilon), node.inputs, for: node)
    }
    let (x, scale, bias) = (node.input(0), node.input(1), node.input(2))
    let (mean, variance) = (node.input(3), node.input(4))
    let small = importer.constant(Tensor(scalar: epsilon), for: node, role: "epsilon")
    let sum = importer.add(.binary(.add), [variance, small], for: node, role: "variance")
    let deviation = importer.add(.unary(.sqrt), [sum], for: node, role: "deviation")
    let centred = importer.add(.binary(.sub), [x, mean], for: node, role: "centred")
    let unit = importer.add(.binary(.div), [centred, deviation], for: node, role: "unit")
    let scaled = importer.add(.binary(.mul), [unit, scale], for: node, role: "scaled")
    try importer.emit(.binary(.add), [scaled, bias], for: node)
  }
}

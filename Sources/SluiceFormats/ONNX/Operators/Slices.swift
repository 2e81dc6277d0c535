import SluiceGraph

extension OperatorRule {
  static let sliceRules: [String: OperatorRule] = [
    "Slice": OperatorRule(1...5) { (importer, node) throws(FormatError) in
      guard node.opset < 10 else {
        guard node.inputs.count >= 3, node.input(1) != nil, node.input(2) != nil else {
          throw node.error(.malformed, "it needs starts and ends")
        }
        return try importer.emit(.slice, node.inputs, for: node)
      }
      guard let starts = try node.integers("starts"), let ends = try node.integers("ends"),
        node.inputs.count == 1
      else {
        throw node.error(.malformed, "it needs the attributes \"starts\" and \"ends\"")
      }
      var inputs = [
        node.input(0), importer.constant(starts, for: node, role: "starts"),
        importer.constant(ends, for: node, role: "ends"),
      ]
      if let axes = try node.integers("axes") {
        inputs.append(importer.constant(axes, for: node, role: "axes"))
      }
      try importer.emit(.slice, inputs, for: node)
    },
    "Gather": OperatorRule(2...2) { (importer, node) throws(FormatError) in
      let op = Operator.gather(axis: try node.integer("axis", default: 0))
      try importer.emit(op, node.inputs, for: node)
    },
    "GatherElements": OperatorRule(2...2) { (importer, node) throws(FormatError) in
      let op = Operator.gatherElements(axis: try node.integer("axis", default: 0))
      try importer.emit(op, node.inputs, for: node)
    },
    "ScatterND": OperatorRule(3...3) { (importer, node) throws(FormatError) in
      let text = try node.string("reduction") ?? "none"
      guard let reduction = ScatterReduction(rawValue: text) else {
        throw node.error(
          .malformed, "reduction \"\(text)\" is not one of none, add, mul, max, min")
      }
      try importer.emit(.scatterND(reduction), node.inputs, for: node)
    },
  ]
}

import SluiceGraph

extension OperatorRule {
  static let reductionRules: [String: OperatorRule] = [
    "ReduceMean": reduction(.mean, axesAreInputSince: 18),
    "ReduceSum": reduction(.sum, axesAreInputSince: 13),
    "ReduceMax": reduction(.max, axesAreInputSince: 18),
    "ReduceMin": reduction(.min, axesAreInputSince: 18),
    "ReduceL2": reduction(.l2, axesAreInputSince: 18),
    "ArgMax": OperatorRule(1...1) { (importer, node) throws(FormatError) in
      let op = Operator.argMax(
        axis: try node.integer("axis", default: 0),
        keepDimensions: try node.flag("keepdims", default: true),
        selectLastIndex: try node.flag("select_last_index"))
      try importer.emit(op, node.inputs, for: node)
    },
    "TopK": OperatorRule(1...2, outputs: 1...2) { (importer, node) throws(FormatError) in
      let op = Operator.topK(
        axis: try node.integer("axis", default: -1),
        largest: try node.flag("largest", default: true),
        sorted: try node.flag("sorted", default: true))
      let count = try importer.listInput(1, attribute: "k", until: 10, node) {
        (node) throws(FormatError) in try node.integer("k").map { [$0] }
      }
      guard let count else { throw node.error(.malformed, "it does not say how many: k is absent") }
      try importer.emit(op, [node.input(0), count], for: node)
    },
    "CumSum": OperatorRule(2...2) { (importer, node) throws(FormatError) in
      let op = Operator.cumSum(
        exclusive: try node.flag("exclusive"), reverse: try node.flag("reverse"))
      try importer.emit(op, node.inputs, for: node)
    },
  ]

  private static func reduction(
    _ kind: Reduction.Kind, axesAreInputSince version: Int
  ) -> OperatorRule {
    OperatorRule(1...2) { (importer, node) throws(FormatError) in
      let axes = try importer.listInput(1, attribute: "axes", until: version, node)
      let noop = try node.opset < version ? false : node.flag("noop_with_empty_axes")
      let op = Reduction(
        kind, keepDimensions: try node.flag("keepdims", default: true), noopWithEmptyAxes: noop)
      try importer.emit(
        .reduce(op), axes.map { [node.input(0), $0] } ?? [node.input(0)], for: node)
    }
  }
}

extension GraphImporter {
  /// An input that was a list of integers in an attribute before opset `version`.
  ///
  /// - Returns: the input, or the attribute as a constant; nil if it is not given.
  mutating func listInput(
    _ index: Int, attribute: String, until version: Int, _ node: SourceNode
  ) throws(FormatError) -> ValueID? {
    try listInput(index, attribute: attribute, until: version, node) {
      (node) throws(FormatError) in try node.integers(attribute)
    }
  }

  mutating func listInput(
    _ index: Int, attribute: String, until version: Int, _ node: SourceNode,
    _ read: (SourceNode) throws(FormatError) -> [Int]?
  ) throws(FormatError) -> ValueID? {
    guard node.opset < version else { return node.input(index) }
    guard node.input(index) == nil else {
      throw node.error(
        .malformed, "opset \(node.opset) has \(attribute) as an attribute, not as input \(index)")
    }
    return try read(node).map { constant($0, for: node, role: attribute) }
  }
}

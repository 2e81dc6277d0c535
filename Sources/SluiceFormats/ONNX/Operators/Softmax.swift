import SluiceGraph

extension OperatorRule {
  static let softmaxRules: [String: OperatorRule] = [
    "Softmax": OperatorRule(1...1) { (importer, node) throws(FormatError) in
      try softmax(&importer, node) { .softmax(axis: $0) }
    },
    "LogSoftmax": OperatorRule(1...1) { (importer, node) throws(FormatError) in
      try softmax(&importer, node) { .logSoftmax(axis: $0) }
    },
  ]

  /// Before opset 13 the sum goes over `axis` and all axes behind it: the input is seen as a matrix,
  /// split before `axis`. Where `axis` is the last one that is the same.
  private static func softmax(
    _ importer: inout GraphImporter, _ node: SourceNode, _ op: (Int) -> Operator
  ) throws(FormatError) {
    let axis = try node.integer("axis", default: node.opset < 13 ? 1 : -1)
    let rank =
      importer.rank(node.input(0)) ?? importer.declaredType(node.outputs[0])?.shape?.rank
    if node.opset >= 13 || axis == -1 || rank.map({ axis == $0 - 1 }) == true {
      return try importer.emit(op(axis), node.inputs, for: node)
    }
    let x = node.input(0)
    let matrix = importer.add(.flatten(axis: axis), [x], for: node, role: "matrix")
    let result = importer.add(op(1), [matrix], for: node, role: "rows")
    let shape = importer.add(.shape(start: 0, end: nil), [x], for: node, role: "shape")
    try importer.emit(.reshape(allowZero: true), [result, shape], for: node)
  }
}

import SluiceGraph

/// How one ONNX operator of the default domain becomes ours, in every version from opset 7 to 25.
struct OperatorRule: Sendable {
  typealias Conversion = @Sendable (inout GraphImporter, SourceNode) throws(FormatError) -> Void

  /// How many inputs it takes; those below the lower bound must not be left out.
  let inputs: ClosedRange<Int>
  /// How many outputs it may have.
  let outputs: ClosedRange<Int>
  let convert: Conversion

  init(
    _ inputs: ClosedRange<Int>, outputs: ClosedRange<Int> = 1...1, _ convert: @escaping Conversion
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.convert = convert
  }

  /// An operator without attributes whose inputs are ours.
  init(_ inputs: ClosedRange<Int>, _ op: Operator) {
    self.init(inputs) { (importer, node) throws(FormatError) in
      try importer.emit(op, node.inputs, for: node)
    }
  }

  /// Every rule by the operator's name.
  static let all: [String: OperatorRule] = [
    recurrenceRules, productRules, normalizationRules, poolingRules, unaryRules, elementwiseRules,
    softmaxRules, reductionRules, movementRules, sliceRules, resizeRules, constantRules,
    quantizationRules, controlRules,
  ].reduce(into: [:]) { all, rules in all.merge(rules) { first, _ in first } }

  /// Checks the numbers of inputs and outputs.
  func check(_ node: SourceNode) throws(FormatError) {
    guard inputs.contains(node.inputs.count) else {
      throw node.error(.malformed, "\(expected(inputs, "input")), found \(node.inputs.count)")
    }
    for index in 0..<inputs.lowerBound where node.inputs[index] == nil {
      throw node.error(.malformed, "input \(index) is left out, but it is not optional")
    }
    guard outputs.upperBound >= node.outputs.count else {
      throw node.error(.malformed, "\(expected(outputs, "output")), found \(node.outputs.count)")
    }
  }

  private func expected(_ range: ClosedRange<Int>, _ noun: String) -> String {
    if range.upperBound == Int.max { return "expected \(range.lowerBound) or more \(noun)s" }
    let count =
      range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
    return "expected \(count) \(noun)\(range == 1...1 ? "" : "s")"
  }
}

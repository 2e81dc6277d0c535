import ONNXProtocol
import SluiceGraph

extension OperatorRule {
  static let constantRules: [String: OperatorRule] = [
    "Shape": OperatorRule(1...1) { (importer, node) throws(FormatError) in
      let op = Operator.shape(
        start: try node.integer("start", default: 0), end: try node.integer("end"))
      try importer.emit(op, node.inputs, for: node)
    },
    "Size": OperatorRule(1...1, .size),
    "Range": OperatorRule(3...3, .range),
    "Constant": OperatorRule(0...0) { (importer, node) throws(FormatError) in
      let tensor = try constant(importer, node)
      let name = node.outputs.first ?? ""
      try importer.define(name, importer.graph.addConstant(tensor, name: name))
    },
    "ConstantOfShape": OperatorRule(1...1) { (importer, node) throws(FormatError) in
      var value = Tensor([Float(0)])
      if let proto = try node.tensor("value") {
        value = try importer.attributeTensor(proto, "value", node)
      }
      guard value.count == 1 else {
        throw node.error(.malformed, "its value has \(value.count) elements, expected 1")
      }
      try importer.emit(.constantOfShape(value), node.inputs, for: node)
    },
    "Cast": OperatorRule(1...1) { (importer, node) throws(FormatError) in
      node.ignore("saturate", "round_mode")
      guard let number = try node.integer("to") else {
        throw node.error(.malformed, "it lacks the attribute \"to\"")
      }
      let type = try importer.elementType(number, node)
      try importer.emit(.cast(type), node.inputs, for: node)
    },
    "Identity": OperatorRule(1...1, .identity),
    "Dropout": OperatorRule(1...3, outputs: 1...2) { (importer, node) throws(FormatError) in
      try dropout(&importer, node)
    },
  ]

  /// Exactly one of the attributes gives the value.
  private static func constant(
    _ importer: GraphImporter, _ node: SourceNode
  ) throws(FormatError) -> Tensor {
    if let proto = try node.tensor("value") {
      return try importer.attributeTensor(proto, "value", node)
    }
    if let value = try node.float("value_float") { return Tensor(scalar: value) }
    if let values = try node.floats("value_floats") { return Tensor(values) }
    if let value = try node.integer("value_int") { return Tensor(scalar: Int64(value)) }
    if let values = try node.integers("value_ints") { return Tensor(values.map { Int64($0) }) }
    throw node.error(
      .unsupported,
      "its value is none of: a tensor, numbers, whole numbers (texts and sparse tensors are not "
        + "supported)")
  }

  /// In inference the output is the input, and every element of the mask is kept.
  private static func dropout(
    _ importer: inout GraphImporter, _ node: SourceNode
  ) throws(FormatError) {
    node.ignore("ratio", "seed")
    if let mode = node.input(2) {
      guard let training = importer.tensor(mode), !training.bools().contains(true) else {
        throw node.error(
          .unsupported, "training mode is not supported; export the network for inference")
      }
    }
    if node.hasOutput(0) { try importer.emit(.identity, [node.input(0)], for: node, output: 0) }
    guard node.hasOutput(1) else { return }
    let shape = importer.add(
      .shape(start: 0, end: nil), [node.input(0)], for: node, role: "shape")
    // Before opset 10 the mask has the element type of the data.
    let type =
      node.opset < 10
      ? node.input(0).map { importer.graph[$0].type.elementType } ?? .float32 : .bool
    let kept = Tensor([true]).converted(to: type)
    try importer.emit(.constantOfShape(kept), [shape], for: node, output: 1)
  }
}

extension GraphImporter {
  /// A tensor that stands in an attribute.
  func attributeTensor(
    _ proto: ONNXTensorProto, _ attribute: String, _ node: SourceNode
  ) throws(FormatError) -> Tensor {
    _ = model.elementType(ONNXElementType(Int(proto.dataType)))
    return try model.tensors.tensor(
      proto, called: "\"\(attribute)\" of node \"\(node.name)\"")
  }

  /// The element type that an attribute names by its number.
  func elementType(_ number: Int, _ node: SourceNode) throws(FormatError) -> ElementType {
    let type = ONNXElementType(number)
    guard let elementType = model.elementType(type) else {
      throw node.error(.unsupported, type.refusal)
    }
    return elementType
  }
}

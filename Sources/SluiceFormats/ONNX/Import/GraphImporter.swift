import ONNXProtocol
import SluiceGraph

/// Builds one graph: the model's, or one branch of an `If`.
struct GraphImporter {
  let model: ModelImport
  /// How many graphs lie around this one.
  let depth: Int
  var graph: Graph
  /// The values of this graph by their names in the file.
  var names = [String: ValueID]()
  /// Types that the file declares for values.
  private var declared = [String: ValueType]()

  init(model: ModelImport, name: String, depth: Int) {
    self.model = model
    self.depth = depth
    graph = Graph(name: name)
  }

  /// Adds everything `proto` holds: constants, inputs, nodes, outputs.
  mutating func addGraph(
    _ proto: ONNXGraphProto, versions: [String: Int]
  ) throws(FormatError) {
    try declareTypes(proto)
    try addInitializers(proto)
    try addInputs(proto)
    let calls = proto.node.map { OperatorCall(proto: $0, versions: versions) }
    let nodes = try model.functions.expanding(calls, versions: model.versions)
    let order = try NodeOrder(nodes, file: model.file).sorted(known: Set(names.keys))
    for index in order { try addNode(nodes[index]) }
    try addOutputs(proto)
  }

  // MARK: Parts

  private mutating func declareTypes(_ proto: ONNXGraphProto) throws(FormatError) {
    for info in proto.valueInfo + proto.output where !info.name.isEmpty && isTyped(info) {
      declared[info.name] = try valueType(info)
    }
  }

  /// Outputs and values in between may leave their type open.
  private func isTyped(_ info: ONNXValueInfoProto) -> Bool {
    switch info.type.value {
    case nil: false
    case .tensorType(let tensor): tensor.elemType != 0
    default: true
    }
  }

  private mutating func addInitializers(_ proto: ONNXGraphProto) throws(FormatError) {
    if let sparse = proto.sparseInitializer.first {
      throw FormatError(
        .unsupported,
        "\(model.file): initializer \"\(sparse.values.name)\": sparse tensors are not supported")
    }
    for initializer in proto.initializer {
      guard !initializer.name.isEmpty else {
        throw FormatError(.malformed, "\(model.file): an initializer has no name")
      }
      _ = model.elementType(ONNXElementType(Int(initializer.dataType)))
      let tensor = try model.tensors.tensor(initializer, called: "\"\(initializer.name)\"")
      try define(initializer.name, graph.addConstant(tensor, name: initializer.name))
    }
  }

  /// Inputs that are initializers as well (IR version 3) have been added as constants.
  private mutating func addInputs(_ proto: ONNXGraphProto) throws(FormatError) {
    let initializers = Set(proto.initializer.map(\.name))
    for input in proto.input where !initializers.contains(input.name) {
      guard depth == 0 else {
        throw FormatError(
          .malformed,
          "\(model.file): branch \"\(proto.name)\" has input \"\(input.name)\"; branches take none")
      }
      let type = try valueType(input)
      try define(input.name, graph.addInput(input.name, type.elementType, type.shape))
    }
  }

  private mutating func addOutputs(_ proto: ONNXGraphProto) throws(FormatError) {
    for output in proto.output {
      guard let value = names[output.name] else {
        throw FormatError(
          .malformed, "\(model.file): nothing produces the output \"\(output.name)\"")
      }
      graph.addOutput(value, name: output.name)
    }
  }

  private mutating func addNode(_ call: OperatorCall) throws(FormatError) {
    let node = SourceNode(call, name: model.nodeName(call.proto), file: model.file)
    guard let rule = OperatorRule.all[call.proto.opType], call.domain.isEmpty else {
      throw node.error(.unsupported, "the operator is not supported")
    }
    // Nobody wants any of its outputs.
    guard !node.outputs.isEmpty else { return }
    try node.resolveInputs(names)
    try rule.check(node)
    try rule.convert(&self, node)
    try node.checkAttributes()
  }

  /// Names a value; a name belongs to one value.
  mutating func define(_ name: String, _ value: ValueID) throws(FormatError) {
    guard names.updateValue(value, forKey: name) == nil else {
      throw FormatError(.malformed, "\(model.file): \"\(name)\" is defined more than once")
    }
  }

  /// What the file says of a value.
  func declaredType(_ name: String) -> ValueType? { declared[name] }
}

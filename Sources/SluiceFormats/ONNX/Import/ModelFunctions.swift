import ONNXProtocol

/// A model's own functions, put in place of the nodes that call them.
final class ModelFunctions {
  private struct Key: Hashable {
    let domain: String
    let name: String
    let overload: String
  }

  /// How many calls may be replaced and how many nodes that may make, in the whole model: functions
  /// that call each other twice grow without bound.
  static let sizeLimit = 100_000
  /// How deep functions may call each other.
  static let depthLimit = 64

  private let functions: [Key: ONNXFunctionProto]
  private let file: String
  /// Calls and nodes so far.
  private var size = 0
  private var prefixes = Set<String>()

  init(_ protos: [ONNXFunctionProto], file: String) {
    var functions = [Key: ONNXFunctionProto]()
    for proto in protos {
      let domain = canonicalDomain(proto.domain)
      functions[Key(domain: domain, name: proto.name, overload: proto.overload)] = proto
    }
    self.functions = functions
    self.file = file
  }

  /// The function that the node calls; nil if it is an operator of ONNX itself.
  func function(of call: OperatorCall) -> ONNXFunctionProto? {
    if functions.isEmpty || call.domain.isEmpty && OperatorRule.all[call.proto.opType] != nil {
      return nil
    }
    return functions[
      Key(domain: call.domain, name: call.proto.opType, overload: call.proto.overload)]
  }

  /// The nodes with every call replaced by the function's body, until none is left. Graphs inside
  /// nodes keep theirs.
  ///
  /// - Parameter versions: operator sets for domains that a function does not list.
  func expanding(
    _ calls: [OperatorCall], versions: [String: Int]
  ) throws(FormatError) -> [OperatorCall] {
    guard !functions.isEmpty else { return calls }
    var expanded = [OperatorCall]()
    // Next one last: a stack instead of recursion.
    var pending = calls.reversed().map { (call: $0, depth: 0) }
    while let (call, depth) = pending.popLast() {
      guard let function = function(of: call) else {
        expanded.append(call)
        continue
      }
      size += 1 + function.node.count
      guard depth < Self.depthLimit, size < Self.sizeLimit else {
        throw FormatError(
          .limit,
          "\(file): node \(call.label): functions call each other more than \(Self.depthLimit) deep "
            + "or make more than \(Self.sizeLimit) nodes")
      }
      let body = FunctionBody(
        function, call: call, prefix: prefix(for: call), versions: versions)
      pending += body.calls.reversed().map { (call: $0, depth: depth + 1) }
    }
    return expanded
  }

  /// What the names inside the body begin with: the node's name, or a number where that is long or
  /// was used before.
  private func prefix(for call: OperatorCall) -> String {
    let name = call.proto.name.utf8.count > 100 ? "" : call.proto.name
    let prefix = name.isEmpty ? "" : name + "/"
    if !name.isEmpty && prefixes.insert(prefix).inserted { return prefix }
    let short = (name.isEmpty ? call.proto.opType : name).prefix(40)
    return "\(short)_\(size)/"
  }
}

/// The body of a function as one node calls it.
private struct FunctionBody {
  private let function: ONNXFunctionProto
  private let versions: [String: Int]
  private let callOutputs: [String]
  /// Inner names by formal name; other names get `prefix`.
  private var names = [String: String]()
  private let prefix: String
  /// What stands for the function's attributes.
  private var attributes = [String: ONNXAttributeProto]()

  init(
    _ function: ONNXFunctionProto, call: OperatorCall, prefix: String, versions: [String: Int]
  ) {
    self.function = function
    self.versions = versions.merging(operatorSetVersions(function.opsetImport)) { $1 }
    let node = call.proto
    callOutputs = node.output
    self.prefix = prefix
    for (index, name) in function.input.enumerated() {
      names[name] = node.input.indices.contains(index) ? node.input[index] : ""
    }
    for (index, name) in function.output.enumerated() where names[name] == nil {
      let outer = node.output.indices.contains(index) ? node.output[index] : ""
      names[name] = outer.isEmpty ? prefix + name : outer
    }
    for attribute in function.attributeProto { attributes[attribute.name] = attribute }
    for attribute in node.attribute { attributes[attribute.name] = attribute }
  }

  var calls: [OperatorCall] {
    function.node.map { OperatorCall(proto: renamed($0), versions: versions) } + passedThrough
  }

  /// Identities for outputs of the function that are its inputs as well.
  private var passedThrough: [OperatorCall] {
    let inputs = Set(function.input)
    return zip(function.output, callOutputs).filter { inputs.contains($0.0) && !$0.1.isEmpty }.map {
      var node = ONNXNodeProto()
      node.opType = "Identity"
      node.input = [renamed($0.0)]
      node.output = [$0.1]
      return OperatorCall(proto: node, versions: versions)
    }
  }

  private func renamed(_ name: String) -> String {
    name.isEmpty ? "" : names[name] ?? prefix + name
  }

  private func renamed(_ node: ONNXNodeProto) -> ONNXNodeProto {
    var node = node
    node.input = node.input.map { renamed($0) }
    node.output = node.output.map { renamed($0) }
    if !node.name.isEmpty { node.name = prefix + node.name }
    node.attribute = node.attribute.compactMap { bound($0) }
    return node
  }

  /// The attribute with references to the function's attributes replaced; nil if it has no value.
  private func bound(_ attribute: ONNXAttributeProto) -> ONNXAttributeProto? {
    var attribute = attribute
    if !attribute.refAttrName.isEmpty {
      guard var value = attributes[attribute.refAttrName] else { return nil }
      value.name = attribute.name
      return value
    }
    if attribute.hasG { attribute.g = renamed(attribute.g) }
    return attribute
  }

  private func renamed(_ graph: ONNXGraphProto) -> ONNXGraphProto {
    var graph = graph
    graph.node = graph.node.map { renamed($0) }
    for index in graph.initializer.indices {
      graph.initializer[index].name = renamed(graph.initializer[index].name)
    }
    for index in graph.output.indices {
      graph.output[index].name = renamed(graph.output[index].name)
    }
    for index in graph.valueInfo.indices {
      graph.valueInfo[index].name = renamed(graph.valueInfo[index].name)
    }
    return graph
  }
}

import ONNXProtocol

/// Finds everything in a model that no rule exists for, so that it is told at once.
struct UnsupportedOperators {
  let model: ModelImport

  /// - Throws: `unsupported` with every operator, domain and node name.
  func check() throws(FormatError) {
    var search = Search(functions: model.functions)
    for node in model.proto.graph.node {
      search.visit(OperatorCall(proto: node, versions: model.versions), inside: "")
    }
    for function in search.reached {
      let versions = operatorSetVersions(function.opsetImport)
      guard let version = versions[""] else { continue }
      try model.check(version: version, whose: " of function \"\(function.name)\"")
    }
    guard !search.operators.isEmpty else { return }
    let lines = search.operators.map { "\($0) (\(search.places(of: $0)))" }
    throw FormatError(
      .unsupported,
      "\(model.file): operators that are not supported: " + lines.joined(separator: "; "))
  }

  private struct Search {
    /// Places named per operator; more are counted.
    private static let placeLimit = 20

    let functions: ModelFunctions
    /// In the order they are met: `Loop`, or `com.example::Loop`.
    var operators = [String]()
    var reached = [ONNXFunctionProto]()
    private var nodes = [String: [String]]()
    private var visited = Set<String>()

    init(functions: ModelFunctions) { self.functions = functions }

    /// - Parameter path: the functions and nodes around, each followed by a slash.
    mutating func visit(_ call: OperatorCall, inside path: String) {
      if let function = functions.function(of: call) {
        visit(function, calledBy: call, inside: path)
      } else if !call.domain.isEmpty || OperatorRule.all[call.proto.opType] == nil {
        report(call, inside: path)
      }
      let inner = "\(path)\(call.proto.name.isEmpty ? call.proto.opType : call.proto.name)/"
      for graph in call.graphs {
        for node in graph.node {
          visit(OperatorCall(proto: node, versions: call.versions), inside: inner)
        }
      }
    }

    private mutating func visit(
      _ function: ONNXFunctionProto, calledBy call: OperatorCall, inside path: String
    ) {
      let key = "\(call.domain)::\(function.name)::\(function.overload)"
      guard visited.insert(key).inserted else { return }
      reached.append(function)
      for node in function.node {
        visit(
          OperatorCall(proto: node, versions: call.versions), inside: "\(path)\(function.name)/")
      }
    }

    private mutating func report(_ call: OperatorCall, inside path: String) {
      let type = call.domain.isEmpty ? call.proto.opType : "\(call.domain)::\(call.proto.opType)"
      let place =
        call.proto.name.isEmpty
        ? "\(path)-> \(call.proto.output.first { !$0.isEmpty } ?? "")" : path + call.proto.name
      if nodes[type] == nil { operators.append(type) }
      nodes[type, default: []].append("\"\(place)\"")
    }

    func places(of type: String) -> String {
      let places = nodes[type] ?? []
      let more =
        places.count > Self.placeLimit ? " and \(places.count - Self.placeLimit) more" : ""
      return "node" + (places.count == 1 ? " " : "s ")
        + places.prefix(Self.placeLimit).joined(separator: ", ") + more
    }
  }
}

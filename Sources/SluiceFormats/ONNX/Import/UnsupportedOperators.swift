import ONNXProtocol

/// Finds everything in a model that no rule exists for, so that it is told at once.
struct UnsupportedOperators {
  private let model: ModelImport
  /// In the order they are met: `Loop`, or `com.example::Loop`.
  private var operators = [String]()
  private var places = [String: Places]()
  private var functions = [ONNXFunctionProto]()
  private var visited = Set<String>()
  /// A stack instead of recursion: functions may call each other in long chains.
  private var pending = [(call: OperatorCall, path: String)]()

  /// Where one operator stands.
  private struct Places {
    /// Nodes named in the message; more are counted.
    static let limit = 20
    var nodes = [String]()
    var count = 0

    var description: String {
      let more = count > nodes.count ? " and \(count - nodes.count) more" : ""
      return (count == 1 ? "node " : "nodes ") + nodes.joined(separator: ", ") + more
    }
  }

  /// - Throws: `unsupported` with every operator, its domain and its nodes.
  static func check(_ model: ModelImport) throws(FormatError) {
    var search = UnsupportedOperators(model: model)
    search.run()
    for function in search.functions {
      guard let version = operatorSetVersions(function.opsetImport)[""] else { continue }
      try model.check(version: version, whose: " of function \"\(function.name)\"")
    }
    guard !search.operators.isEmpty else { return }
    let lines = search.operators.map { "\($0) (\(search.places[$0]?.description ?? ""))" }
    throw FormatError(
      .unsupported,
      "\(model.file): operators that are not supported: " + lines.joined(separator: "; "))
  }

  private init(model: ModelImport) { self.model = model }

  private mutating func run() {
    push(model.proto.graph.node, versions: model.versions, path: "")
    while let (call, path) = pending.popLast() {
      if let function = model.functions.function(of: call) {
        let key = "\(call.domain)::\(function.name)::\(function.overload)"
        guard visited.insert(key).inserted else { continue }
        functions.append(function)
        push(function.node, versions: call.versions, path: shortened(function.name) + "/")
      } else if !call.domain.isEmpty || OperatorRule.all[call.proto.opType] == nil {
        report(call, path: path)
      }
      for graph in call.graphs {
        push(graph.node, versions: call.versions, path: path + shortened(call.proto.name) + "/")
      }
    }
  }

  private mutating func push(_ nodes: [ONNXNodeProto], versions: [String: Int], path: String) {
    for node in nodes.reversed() {
      pending.append((OperatorCall(proto: node, versions: versions), path))
    }
  }

  private mutating func report(_ call: OperatorCall, path: String) {
    let type = call.domain.isEmpty ? call.proto.opType : "\(call.domain)::\(call.proto.opType)"
    if places[type] == nil { operators.append(type) }
    places[type, default: Places()].count += 1
    guard places[type, default: Places()].nodes.count < Places.limit else { return }
    let name =
      call.proto.name.isEmpty
      ? "-> " + (call.proto.output.first { !$0.isEmpty } ?? "") : call.proto.name
    places[type, default: Places()].nodes.append("\"\(path)\(shortened(name))\"")
  }

  private func shortened(_ name: String) -> String {
    name.count > 120 ? name.prefix(120) + "…" : name
  }
}

/// What has to be given before a graph has a number for every size.
public struct Unbound: Sendable, Hashable {
  /// Symbols in the shapes of inputs, sorted by name.
  public var dimensions: [Symbol]
  /// Inputs whose value decides a shape or a branch, in the graph's order.
  public var inputs: [DecidingInput]
  /// Inputs of which not even the rank is known.
  public var shapelessInputs: [String]

  public struct Symbol: Sendable, Hashable {
    public var name: String
    /// The inputs whose shape it occurs in.
    public var inputs: [String]
  }

  public struct DecidingInput: Sendable, Hashable {
    public var name: String
    /// The nodes whose output shape or branch depends on it.
    public var nodes: [String]
  }

  public var isEmpty: Bool { dimensions.isEmpty && inputs.isEmpty && shapelessInputs.isEmpty }

  /// One line per thing to bind, with the option to type.
  public var lines: [String] {
    let symbols = dimensions.map { symbol in
      "dimension '\(symbol.name)' of \(Unbound.list("input", symbol.inputs)): "
        + "--bind \(symbol.name)=VALUE"
    }
    let deciding = inputs.map { input in
      "input '\(input.name)', which decides a shape or branch at "
        + "\(Unbound.list("node", input.nodes)): --bind \(input.name)=VALUE"
    }
    let shapeless = shapelessInputs.map { "input '\($0)', whose shape the file leaves open" }
    return symbols + deciding + shapeless
  }

  func error(_ name: String) -> GraphError {
    GraphError(
      .unbound,
      (["graph '\(name)' has sizes that are not bound:"] + lines).joined(separator: "\n  "))
  }

  private static func list(_ noun: String, _ names: [String]) -> String {
    let shown = names.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
    let more = names.count > 3 ? " and \(names.count - 3) more" : ""
    return "\(noun)\(names.count == 1 ? "" : "s") \(shown)\(more)"
  }
}

extension Graph {
  /// What has to be bound. Exact after `analysed`; before it, what an analysis would still work out
  /// is listed too.
  public var unbound: Unbound {
    var symbols: [String: [String]] = [:]
    for input in inputs {
      let names = Set(self[input].type.shape?.dimensions.flatMap(\.names) ?? [])
      for name in names { symbols[name, default: []].append(self[input].name) }
    }
    let deciding = decidingNodes()
    return Unbound(
      dimensions: symbols.sorted { $0.key < $1.key }.map { Unbound.Symbol(name: $0, inputs: $1) },
      inputs: inputs.compactMap { input in
        deciding[input].map { Unbound.DecidingInput(name: self[input].name, nodes: $0) }
      },
      shapelessInputs: inputs.filter { self[$0].type.shape == nil }.map { self[$0].name })
  }

  /// The names in the shapes of inputs, and whole texts of formulas there, sorted.
  var inputSymbols: [String] {
    var symbols = Set<String>()
    for dimension in inputs.lazy.flatMap({ self[$0].type.shape?.dimensions ?? [] }) {
      if case .symbol(let text) = dimension { symbols.insert(text) }
      symbols.formUnion(dimension.names)
    }
    return symbols.sorted()
  }

  /// Per input of the graph the nodes whose shape or branch its value decides.
  private func decidingNodes(depth: Int = 0) -> [ValueID: [String]] {
    var deciding: [ValueID: [String]] = [:]
    var sources = [Set<ValueID>](repeating: [], count: values.count)
    for input in inputs { sources[input.index] = [input] }
    for node in nodes {
      var named = Set<ValueID>()
      for index in node.operator.decidingInputs(depth: depth) where index < node.inputs.count {
        if let input = node.inputs[index] { named.formUnion(sources[input.index]) }
      }
      for input in named { deciding[input, default: []].append(node.name) }
      switch node.operator {
      // Their output depends on shapes only.
      case .shape, .size, .constantOfShape: continue
      default: break
      }
      let all = node.inputs.reduce(into: Set<ValueID>()) { all, input in
        // The limit keeps a file with thousands of inputs from taking minutes.
        if let input, all.count < 256 { all.formUnion(sources[input.index]) }
      }
      for case let output? in node.outputs { sources[output.index] = all }
    }
    return deciding
  }

  /// The positions of `inputs` whose values decide a shape or branch.
  fileprivate func decidingInputPositions(depth: Int) -> [Int] {
    let deciding = decidingNodes(depth: depth)
    return inputs.indices.filter { deciding[inputs[$0]] != nil }
  }
}

extension Operator {
  /// `shapeDecidingInputs`, with the captures that decide shapes inside branches.
  fileprivate func decidingInputs(depth: Int) -> [Int] {
    guard case .if(let then, let otherwise) = self, depth < OperatorCall.deepestBranch else {
      return shapeDecidingInputs
    }
    let split = 1 + then.subgraph.captures.count
    return [0] + then.subgraph.graph.decidingInputPositions(depth: depth + 1).map { 1 + $0 }
      + otherwise.subgraph.graph.decidingInputPositions(depth: depth + 1).map { split + $0 }
  }
}

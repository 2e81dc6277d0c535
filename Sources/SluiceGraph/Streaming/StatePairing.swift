/// Which inputs are states that the network hands back through an output.
///
/// A pair needs equal type and shape, names that belong together, and evidence: the input starts a
/// recurrence, or reaches the output by movement alone (concatenated, shifted, scattered), or its name
/// says state, cache, hidden or mem. At least one input stays a frame. `--state IN=OUT` declares
/// pairs without evidence.
struct StatePairing {
  struct Pair: Sendable, Hashable {
    /// Positions in the graph's inputs and outputs.
    var input: Int
    var output: Int
    var evidence: Evidence
  }

  enum Evidence: String, Sendable, Hashable {
    case declared = "declared"
    case recurrence = "the input starts a recurrence"
    case carried = "the input is carried into the output"
    case name = "the name says so"
  }

  private(set) var pairs: [Pair] = []
  /// Pairs found, and inputs that look like states of an output but were not paired.
  private(set) var notes: [String] = []

  /// - Parameter declared: output names by input name.
  init(_ graph: Graph, declared: [String: String]) throws(GraphError) {
    let evidence = StateEvidence(graph)
    for (input, output) in declared.sorted(by: { $0.key < $1.key }) {
      pairs.append(try StatePairing.declaredPair(graph, input, output))
    }
    for (position, id) in graph.inputs.enumerated()
    where !pairs.contains(where: { $0.input == position }) {
      let taken = Set(pairs.map(\.output))
      let matches = graph.outputs.indices.filter {
        !taken.contains($0) && graph[graph.outputs[$0]].type == graph[id].type
          && StateName.belongs(graph.outputNames[$0], to: graph[id].name)
      }
      guard let output = matches.first,
        let found = evidence.of(input: position, output: output)
      else { continue }
      pairs.append(Pair(input: position, output: output, evidence: found))
    }
    keepOneFrame(graph)
    pairs.sort { $0.input < $1.input }
    notes = pairs.map { pair in
      let name = graph[graph.inputs[pair.input]].name
      return "state '\(name)' comes back as '\(graph.outputNames[pair.output])' "
        + "(\(pair.evidence.rawValue))"
    }
    noteLookalikes(graph)
  }

  private static func declaredPair(
    _ graph: Graph, _ input: String, _ output: String
  ) throws(GraphError) -> Pair {
    guard let position = graph.inputs.firstIndex(where: { graph[$0].name == input }) else {
      let names = graph.inputs.map { graph[$0].name }.joined(separator: ", ")
      throw GraphError(
        .invalid, "--state \(input)=\(output): there is no input '\(input)', only \(names)")
    }
    guard let end = graph.outputNames.firstIndex(of: output) else {
      throw GraphError(
        .invalid,
        "--state \(input)=\(output): there is no output '\(output)', only "
          + graph.outputNames.joined(separator: ", "))
    }
    let (a, b) = (graph[graph.inputs[position]].type, graph[graph.outputs[end]].type)
    guard a == b else {
      throw GraphError(
        .invalid,
        "--state \(input)=\(output): expected one type and shape, found \(a) and \(b)")
    }
    return Pair(input: position, output: end, evidence: .declared)
  }

  /// A network whose every input were a state would have nothing to step on.
  private mutating func keepOneFrame(_ graph: Graph) {
    guard pairs.count == graph.inputs.count else { return }
    if let weakest = pairs.firstIndex(where: { $0.evidence == .name }) {
      pairs.remove(at: weakest)
    }
  }

  private mutating func noteLookalikes(_ graph: Graph) {
    let free = graph.inputs.indices.filter { input in !pairs.contains { $0.input == input } }
    guard free.count > 1 else { return }
    let outputs = graph.outputs.indices.filter { output in !pairs.contains { $0.output == output } }
    for input in free {
      let id = graph.inputs[input]
      guard
        let output = outputs.first(where: { graph[graph.outputs[$0]].type == graph[id].type })
      else { continue }
      let (name, other) = (graph[id].name, graph.outputNames[output])
      notes.append(
        "input '\(name)' has the shape of output '\(other)' but is taken as a frame; "
          + "if it is a state, say --state \(name)=\(other)")
    }
  }
}

/// Whether two names are those of one state before and after a step.
enum StateName {
  /// `x`/`x_out`, `x_in`/`x_out`, `x`/`xn`, `h0`/`hn`, `x`/`new_x`, and the same with numbers.
  static func belongs(_ output: String, to input: String) -> Bool {
    let (a, b) = (stem(input), stem(output))
    guard a.isEmpty || a != b else { return input != output }
    guard a.count == b.count, a != b else { return false }
    let differing = zip(a, b).filter { $0 != $1 }
    guard differing.count == 1, let (before, after) = differing.first else { return false }
    let base = before.hasSuffix("0") ? String(before.dropLast()) : before
    return after == base + "n"
  }

  /// The words of a name without those that only say before or after.
  private static func stem(_ name: String) -> [String] {
    let direction: Set<String> = [
      "in", "out", "input", "output", "new", "next", "prev", "previous", "old", "last", "init",
      "initial", "final", "updated",
    ]
    return name.lowercased()
      .split { !($0.isLetter || $0.isNumber) }
      .map(String.init)
      .filter { !direction.contains($0) }
  }

  /// Whether a name speaks of memory.
  static func saysState(_ name: String) -> Bool {
    let name = name.lowercased()
    return ["state", "cache", "hidden", "mem"].contains { name.contains($0) }
  }
}

/// Where the inputs of a graph get to by movement alone.
private struct StateEvidence {
  private let graph: Graph
  /// By value: the inputs (positions) that reach it without being computed on.
  private var moved: [ValueID: Set<Int>] = [:]
  private var startsRecurrence = Set<Int>()

  init(_ graph: Graph) {
    self.graph = graph
    for (position, id) in graph.inputs.enumerated() { moved[id] = [position] }
    for node in graph.nodes {
      if case .gru = node.operator { note(node) }
      if case .lstm = node.operator { note(node) }
      if case .rnn = node.operator { note(node) }
      guard node.operator.onlyMoves else { continue }
      let sources = node.inputs.reduce(into: Set<Int>()) { sources, id in
        if let id { sources.formUnion(moved[id] ?? []) }
      }
      guard !sources.isEmpty else { continue }
      for case let output? in node.outputs { moved[output] = sources }
    }
  }

  private mutating func note(_ node: Node) {
    for case let id? in node.inputs.dropFirst(5).prefix(2) {
      startsRecurrence.formUnion(moved[id] ?? [])
    }
  }

  func of(input: Int, output: Int) -> StatePairing.Evidence? {
    if startsRecurrence.contains(input) { return .recurrence }
    if moved[graph.outputs[output]]?.contains(input) ?? false { return .carried }
    return StateName.saysState(graph[graph.inputs[input]].name) ? .name : nil
  }
}

extension Operator {
  /// Whether every element of the output is an element of an input (or padding).
  var onlyMoves: Bool {
    switch self {
    case .reshape, .flatten, .transpose, .squeeze, .unsqueeze, .concat, .split, .slice, .gather,
      .scatterND, .expand, .tile, .pad, .identity, .cast:
      true
    default: false
    }
  }

  /// The recurrence inside a GRU, LSTM or RNN.
  var recurrence: Recurrence? {
    switch self {
    case .gru(let gru): gru.recurrence
    case .lstm(let lstm): lstm.recurrence
    case .rnn(let rnn): rnn.recurrence
    default: nil
    }
  }
}

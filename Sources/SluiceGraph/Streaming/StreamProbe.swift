/// A network bound to trial lengths, so that its axes can be followed in numbers.
///
/// A frozen length is only a number, and so is a trial one: batch symbols are bound to 2 (to see what
/// mixes rows; to 1 where a batch of 1 is written into the network), other symbols to a length longer
/// than most windows. Nothing of the trial lengths stays in the step: constants that depend on them
/// are refused, everything else is rebuilt from axis layouts.
struct StreamProbe {
  /// Bound, folded.
  let graph: Graph
  let pairing: StatePairing
  /// The axes of inputs that were symbols, with their names; input positions are those of `graph`.
  let symbols: [TagClasses.Origin: String]
  /// Symbols taken to count rows of a batch.
  let batchSymbols: Set<String>

  /// Frames of a trial sequence: divisible by the usual strides, longer than the usual windows.
  static let frames = 960

  /// The trials for `graph` in the order in which they should be tried.
  static func trials(_ graph: Graph, options: NetworkOptions) -> [[String: Int]] {
    let names = unboundSymbols(graph, options: options)
    let batchLike = names.filter { isBatchName($0) }
    let open = names.filter { !isBatchName($0) && !isTimeName($0) }
    var trials: [[String: Int]] = []
    var guesses: [Set<String>] = [[]]
    // A leading symbol beside others usually counts the batch; a lone one may be either.
    let leading = leadingSymbols(graph).intersection(open)
    if names.count > 1 && !leading.isEmpty { guesses.insert(leading, at: 0) }
    if !open.isEmpty { guesses.append(Set(open)) }
    for guess in guesses {
      for rows in [2, 1] {
        let batch = guess.union(batchLike)
        let trial = Dictionary(
          uniqueKeysWithValues: names.map { ($0, batch.contains($0) ? rows : frames) })
        if !trials.contains(trial) { trials.append(trial) }
      }
    }
    return trials
  }

  init(
    _ graph: Graph, trial: [String: Int], options: NetworkOptions,
    evaluator: any OperatorEvaluator
  ) throws(GraphError) {
    let dimensions = options.dimensions.merging(trial) { own, _ in own }
    self.graph = try graph.bound(
      dimensions: dimensions, inputShapes: [:], inputs: options.inputs, evaluator: evaluator,
      memoryLimit: options.memoryLimit)
    pairing = try StatePairing(self.graph, declared: options.states)
    batchSymbols = Set(trial.filter { $0.value <= 2 }.keys)
    var symbols: [TagClasses.Origin: String] = [:]
    for (position, id) in self.graph.inputs.enumerated() {
      let name = self.graph[id].name
      guard let original = graph.inputs.first(where: { graph[$0].name == name }) else { continue }
      for (axis, dimension) in (graph[original].type.shape?.dimensions ?? []).enumerated() {
        guard case .symbol(let symbol) = dimension, trial[symbol] != nil else { continue }
        symbols[TagClasses.Origin(input: position, axis: axis)] = symbol
      }
    }
    self.symbols = symbols
  }

  private static func unboundSymbols(_ graph: Graph, options: NetworkOptions) -> [String] {
    var names: [String] = []
    for id in graph.inputs {
      for case .symbol(let name) in graph[id].type.shape?.dimensions ?? []
      where options.dimensions[name] == nil && !names.contains(name) {
        names.append(name)
      }
    }
    return names
  }

  private static func leadingSymbols(_ graph: Graph) -> Set<String> {
    Set(
      graph.inputs.compactMap { id in
        if case .symbol(let name) = graph[id].type.shape?.dimensions.first { name } else { nil }
      })
  }

  static func isBatchName(_ name: String) -> Bool {
    let name = name.lowercased()
    return name.contains("batch") || ["b", "n", "bs"].contains(name)
  }

  static func isTimeName(_ name: String) -> Bool {
    let name = name.lowercased()
    return ["time", "seq", "frame", "step", "length"].contains { name.contains($0) }
      || ["t", "l"].contains(name)
  }
}

extension Graph {
  /// The graph with its shapes and constants worked out while symbols stay symbols: constants folded
  /// until nothing folds, dead and identity nodes gone, branches with a known condition in place.
  ///
  /// `options.dimensions` and `options.inputs` are applied where given.
  ///
  /// - Throws: code `invalid` where the graph contradicts itself, naming the node; `limit` before
  ///   anything is computed that would pass `options.memoryLimit`.
  public func analysed(
    evaluator: any OperatorEvaluator, options: NetworkOptions = NetworkOptions()
  ) throws(GraphError) -> Graph {
    let bindings = try InputBindings(
      self, dimensions: options.dimensions, inputShapes: [:], inputs: options.inputs)
    var analysis = GraphAnalysis(
      name: name, evaluator: evaluator, memoryLimit: options.memoryLimit,
      trustsDeclarations: true)
    return try analysis.run(self, bindings)
  }

  /// The graph with every shape a number, everything foldable folded and no `if`.
  ///
  /// - Parameters:
  ///   - dimensions: numbers for dimension symbols, by name; a name that is no symbol but an input of
  ///     one element gives that input's value.
  ///   - inputShapes: whole shapes of inputs, by the input's name; symbols follow from them.
  ///   - inputs: values of inputs, by name; such an input becomes a constant and leaves `inputs`.
  ///   - memoryLimit: bytes that folded constants may take together.
  /// - Throws: code `unbound` lists every symbol and input that has to be bound, with the option to
  ///   type; `limit` before anything is computed that would pass `memoryLimit`; `invalid` for names
  ///   the graph does not have and numbers that contradict each other.
  public func bound(
    dimensions: [String: Int] = [:], inputShapes: [String: [Int]] = [:],
    inputs: [String: Tensor] = [:], evaluator: any OperatorEvaluator, memoryLimit: Int = 4 << 30
  ) throws(GraphError) -> Graph {
    let bindings = try InputBindings(
      self, dimensions: dimensions, inputShapes: inputShapes, inputs: inputs)
    var analysis = GraphAnalysis(
      name: name, evaluator: evaluator, memoryLimit: memoryLimit, trustsDeclarations: false)
    let graph = try analysis.run(self, bindings)
    try graph.requireBound()
    return graph
  }

  /// The bound graph as a program without state: a whole sequence in one call. Parameters: `bound`.
  public func sequenceGraph(
    dimensions: [String: Int] = [:], inputShapes: [String: [Int]] = [:],
    inputs: [String: Tensor] = [:], evaluator: any OperatorEvaluator, memoryLimit: Int = 4 << 30
  ) throws(GraphError) -> SequenceGraph {
    let graph = try bound(
      dimensions: dimensions, inputShapes: inputShapes, inputs: inputs, evaluator: evaluator,
      memoryLimit: memoryLimit)
    return SequenceGraph(program: Program(graph: graph))
  }

  private func requireBound() throws(GraphError) {
    let unbound = unbound
    guard unbound.isEmpty else { throw unbound.error(name) }
    for node in nodes {
      if case .if = node.operator {
        throw GraphError(.unsupported, "the condition depends on computed values").at(node)
      }
      for case let output? in node.outputs where self[output].type.shape?.sizes == nil {
        throw GraphError(
          .unsupported, "the shape of '\(self[output].name)' depends on computed values"
        ).at(node)
      }
    }
  }
}

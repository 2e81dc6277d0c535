extension Graph {
  /// The graph with its shapes and constants worked out while symbols stay symbols: constants folded
  /// until nothing folds, dead and identity nodes gone, branches with a known condition in place.
  ///
  /// `options.dimensions` and `options.inputs` are applied where given.
  public func analysed(
    evaluator: any OperatorEvaluator, options: NetworkOptions = NetworkOptions()
  ) throws(GraphError) -> Graph {
    throw GraphError(.unsupported, "analysis")
  }

  /// The graph with every shape a number, everything foldable folded and no `if`.
  ///
  /// - Parameters:
  ///   - dimensions: numbers for dimension symbols, by name.
  ///   - inputShapes: whole shapes of inputs, by the input's name; symbols follow from them.
  ///   - inputs: values of inputs, by name; such an input becomes a constant and leaves `inputs`.
  ///   - memoryLimit: bytes that folded constants may take together.
  /// - Throws: code `unbound` lists every symbol and input that has to be bound, with the option to
  ///   type; `limit` before anything is evaluated that would pass `memoryLimit`.
  public func bound(
    dimensions: [String: Int] = [:], inputShapes: [String: [Int]] = [:],
    inputs: [String: Tensor] = [:], evaluator: any OperatorEvaluator, memoryLimit: Int = 4 << 30
  ) throws(GraphError) -> Graph {
    throw GraphError(.unsupported, "binding")
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
}

/// The stages between file and backend, each made once.
extension Model {
  /// The network with shapes inferred and constants folded; symbols stay symbols.
  ///
  /// - Throws: `SluiceError` with code `modelRefused` or `limit`, naming the node.
  public var graph: Graph {
    get throws(SluiceError) {
      try stages.withLock { (stages) throws(SluiceError) in
        if let made = stages.graph { return try made.get() }
        let made = Result { () throws(SluiceError) in try analyse() }
        stages.graph = made
        return try made.get()
      }
    }
  }

  /// The program of one step of one stream.
  ///
  /// - Throws: `SluiceError` with code `notStreamable` (naming the node and the reason), `unbound`,
  ///   `modelRefused` or `limit`.
  public func stepGraph() throws(SluiceError) -> StepGraph {
    try stages.withLock { (stages) throws(SluiceError) in
      if let made = stages.stepGraph { return try made.get() }
      let made = Result { () throws(SluiceError) in try rewriteForStreaming() }
      stages.stepGraph = made
      return try made.get()
    }
  }

  /// The whole network for arrays of given shapes, in one call and without state.
  ///
  /// - Parameters:
  ///   - inputShapes: the shape of every input with symbols in its own.
  ///   - inputs: values of inputs that decide a shape or a branch; these become constants.
  public func sequenceGraph(
    inputShapes: [String: [Int]] = [:], inputs: [String: Tensor] = [:]
  ) throws(SluiceError) -> SequenceGraph {
    let binding = SequenceBinding(inputShapes: inputShapes, inputs: inputs)
    return try stages.withLock { (stages) throws(SluiceError) in
      try stages.sequenceGraphs.value(for: binding) { () throws(SluiceError) in
        try bind(binding)
      }
    }
  }

  /// The plan of one step.
  public func stepPlan(fusion: Fusion = .full) throws(SluiceError) -> Plan {
    let program = try stepGraph().program
    return try stages.withLock { (stages) throws(SluiceError) in
      if let plan = stages.stepPlans[fusion] { return plan }
      let plan = try Model.plan(program, fusion: fusion)
      stages.stepPlans[fusion] = plan
      return plan
    }
  }

  /// The plan of a whole sequence; parameters as for `sequenceGraph`.
  public func sequencePlan(
    inputShapes: [String: [Int]] = [:], inputs: [String: Tensor] = [:], fusion: Fusion = .full
  ) throws(SluiceError) -> Plan {
    let program = try sequenceGraph(inputShapes: inputShapes, inputs: inputs).program
    let key = SequencePlanKey(
      binding: SequenceBinding(inputShapes: inputShapes, inputs: inputs), fusion: fusion)
    return try stages.withLock { (stages) throws(SluiceError) in
      try stages.sequencePlans.value(for: key) { () throws(SluiceError) in
        try Model.plan(program, fusion: fusion)
      }
    }
  }

  /// The identity of network and bindings, which snapshots carry. Reads every weight once.
  public var digest: ModelDigest {
    stages.withLock { stages in
      if let digest = stages.digest { return digest }
      let digest = ModelDigest(imported, options: options)
      stages.digest = digest
      return digest
    }
  }
}

/// Calls into the stages' own targets, their errors under this target's codes.
extension Model {
  static func load(path: String, options: NetworkOptions) throws(SluiceError) -> Graph {
    do { return try ModelFile.load(path: path, options: options) } catch {
      throw SluiceError(error)
    }
  }

  /// What constants are folded with: the meaning of every operator, written once.
  private var evaluator: ReferenceEvaluator {
    ReferenceEvaluator(memoryLimit: options.memoryLimit)
  }

  private func analyse() throws(SluiceError) -> Graph {
    do {
      return try imported.analysed(evaluator: evaluator, options: options)
    } catch {
      throw SluiceError(error)
    }
  }

  private func rewriteForStreaming() throws(SluiceError) -> StepGraph {
    do {
      return try imported.stepGraph(options: options, evaluator: evaluator)
    } catch {
      throw SluiceError(error)
    }
  }

  private func bind(_ binding: SequenceBinding) throws(SluiceError) -> SequenceGraph {
    do {
      return try imported.sequenceGraph(
        dimensions: options.dimensions, inputShapes: binding.inputShapes, inputs: binding.inputs,
        evaluator: evaluator, memoryLimit: options.memoryLimit)
    } catch {
      throw SluiceError(error)
    }
  }

  private static func plan(_ program: Program, fusion: Fusion) throws(SluiceError) -> Plan {
    do { return try Plan(program, fusion: fusion) } catch { throw SluiceError(error) }
  }
}

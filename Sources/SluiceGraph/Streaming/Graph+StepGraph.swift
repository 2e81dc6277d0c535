extension Graph {
  /// The program of one step of one stream: what a network computes from the next frame and the
  /// states it carries.
  ///
  /// A network exported for one frame keeps its graph; its state inputs are paired with the outputs
  /// that hand them back. One exported for whole sequences is rewritten: the axes of its inputs are
  /// followed, the one along which recurrences run is time, and every operator gets its one-step form.
  ///
  /// - Throws: `notStreamable` with the node's name where a stream cannot give what the sequence
  ///   would, `unbound` for dimensions that are neither stream nor time, or what binding throws.
  public func stepGraph(
    options: NetworkOptions, evaluator: any OperatorEvaluator
  ) throws(GraphError) -> StepGraph {
    var firstError: GraphError?
    var refused = Set<Set<String>>()
    for trial in StreamProbe.trials(self, options: options) {
      let batch = Set(trial.filter { $0.value <= 2 }.keys)
      // An operator that mixes two rows of a batch does so with one row, unseen.
      if refused.contains(batch) { continue }
      do {
        let probe = try StreamProbe(self, trial: trial, options: options, evaluator: evaluator)
        let rewrite = StreamRewrite(probe: probe, options: options, evaluator: evaluator)
        return try rewrite.stepGraph()
      } catch {
        // The first trial is the likeliest reading: its error is the one to tell, unless it only
        // says that the network holds a batch of 1 in its sizes.
        if firstError == nil || firstError?.code == .invalid { firstError = error }
        if error.code == .notStreamable { refused.insert(batch) }
      }
    }
    throw firstError ?? GraphError(.notStreamable, "the network has no inputs")
  }
}

/// The rewrite of one trial binding, from roles to finished step.
struct StreamRewrite {
  let probe: StreamProbe
  let options: NetworkOptions
  let evaluator: any OperatorEvaluator

  /// More frames a step than this are refused.
  static let maximumFramesPerStep = 4096

  func stepGraph() throws(GraphError) -> StepGraph {
    let everyAxis = AxisTracking(probe.graph)
    let roles = try StreamRoles(probe, tracking: everyAxis, options: options)
    let full = everyAxis.classes
    let timeOrigins = Set(roles.time.map { full.origins[$0.number] })
    let batchOrigins = Set(roles.batch.map { full.origins[$0.number] })
    let tracking = AxisTracking(probe.graph, following: timeOrigins.union(batchOrigins))
    let tags = tracking.classes.origins.indices.map { AxisTag(number: $0) }
    let time = Set(tags.filter { timeOrigins.contains(tracking.classes.origins[$0.number]) })
    let batch = Set(tags.filter { batchOrigins.contains(tracking.classes.origins[$0.number]) })
    var frames = 1
    while true {
      var rewriter = StepRewriter(
        probe, tracking: tracking, time: time, batch: batch, framesPerStep: frames,
        evaluator: evaluator)
      do {
        try rewriter.rewrite()
        return try finished(rewriter, roles)
      } catch {
        guard let factor = rewriter.neededFactor, frames * factor <= Self.maximumFramesPerStep
        else { throw error }
        frames *= factor
      }
    }
  }

  // MARK: The finished step

  private func finished(
    _ rewriter: StepRewriter, _ roles: StreamRoles
  ) throws(GraphError) -> StepGraph {
    var rewriter = rewriter
    let outputs = try self.outputs(&rewriter)
    let inputs = self.inputs(rewriter)
    let program = try folded(rewriter.builder)
    return StepGraph(
      program: program, framesPerStep: rewriter.framesPerStep, inputs: inputs, outputs: outputs,
      delay: outputs.map(\.delay).max() ?? 0,
      warmUp: (outputs.map(\.firstStep).max() ?? 0) * rewriter.framesPerStep,
      notes: probe.pairing.notes + roles.notes + rewriter.notes + rateNotes(rewriter, outputs))
  }

  private func inputs(_ rewriter: StepRewriter) -> [StreamPort] {
    let states = Set(probe.pairing.pairs.map(\.input))
    return probe.graph.inputs.enumerated().compactMap { position, id in
      guard !states.contains(position), let fact = rewriter.facts[id] else { return nil }
      return StreamPort(
        name: probe.graph[id].name, shape: rewriter.builder.shape(of: fact.value),
        elementType: probe.graph[id].type.elementType,
        timeAxis: rewriter.timeAxis(of: fact.layout),
        batchAxis: rewriter.batchAxis(of: fact.layout),
        entriesPerStep: rewriter.entries(fact.pace))
    }
  }

  private func outputs(_ rewriter: inout StepRewriter) throws(GraphError) -> [StreamPort] {
    let states = Set(probe.pairing.pairs.map(\.output))
    var ports: [StreamPort] = []
    for (position, id) in probe.graph.outputs.enumerated() where !states.contains(position) {
      let name = probe.graph.outputNames[position]
      let node = Node(name: name, operator: .identity, inputs: [id], outputs: [])
      guard let given = rewriter.fact(of: id) else {
        throw GraphError(.invalid, "output '\(name)' has no producer")
      }
      let fact = try rewriter.materialised(given, node)
      rewriter.builder.addOutput(fact.value, name: name)
      ports.append(port(name, id, fact, rewriter))
    }
    return ports
  }

  private func port(
    _ name: String, _ id: ValueID, _ fact: StreamFact, _ rewriter: StepRewriter
  ) -> StreamPort {
    let shape = rewriter.builder.shape(of: fact.value)
    var port = StreamPort(
      name: name, shape: shape, elementType: probe.graph[id].type.elementType, timeAxis: nil,
      batchAxis: rewriter.batchAxis(of: fact.layout), entriesPerStep: 1)
    switch fact.pace {
    case .steady: break
    case .timed(let timing):
      port.timeAxis = rewriter.timeAxis(of: fact.layout)
      port.entriesPerStep = port.timeAxis.map { shape[$0] } ?? 1
      port.firstStep = timing.firstStep
      port.delay = rewriter.frames(max(0, timing.lookahead), timing)
    case .last(let firstStep, let lag):
      port.firstStep = firstStep
      port.delay = lag
    }
    return port
  }

  private func rateNotes(_ rewriter: StepRewriter, _ outputs: [StreamPort]) -> [String] {
    var notes: [String] = []
    if rewriter.framesPerStep > 1 {
      notes.append("\(rewriter.framesPerStep) frames make one step")
    }
    for port in outputs where port.firstStep > 0 || port.delay > 0 {
      let frames = port.firstStep * rewriter.framesPerStep
      notes.append(
        "output '\(port.name)' comes after \(frames) frames of warm-up, "
          + "\(port.delay) frames behind the newest one")
    }
    return notes
  }

  /// The built step analysed like any graph: states stand as inputs and outputs meanwhile.
  private func folded(_ builder: StepBuilder) throws(GraphError) -> Program {
    var graph = builder.graph
    let (inputCount, outputCount) = (graph.inputs.count, graph.outputs.count)
    for state in builder.states {
      graph.inputs.append(state.input)
      graph.addOutput(state.output, name: state.name)
    }
    var bound = try graph.bound(
      dimensions: [:], inputShapes: [:], inputs: [:], evaluator: evaluator,
      memoryLimit: options.memoryLimit)
    var states = builder.states
    for index in states.indices {
      states[index].input = bound.inputs[inputCount + index]
      states[index].output = bound.outputs[outputCount + index]
    }
    bound.inputs.removeSubrange(inputCount...)
    bound.outputs.removeSubrange(outputCount...)
    bound.outputNames.removeSubrange(outputCount...)
    return Program(graph: bound, states: states)
  }
}

/// Rewrites a network for whole sequences into the program of one step.
///
/// Forward, operator by operator: each value gets a `StreamFact`; an operator that looks at one entry
/// at a time is emitted as it is, one that slides over time gets a ring of past entries as state, a
/// recurrence its hidden state, "last step" selections become "this frame". What would need the rest
/// of the sequence is refused with the node's name.
struct StepRewriter {
  let probe: StreamProbe
  let tracking: AxisTracking
  /// Tags of `tracking`.
  let time: Set<AxisTag>
  let batch: Set<AxisTag>
  let framesPerStep: Int

  var builder: StepBuilder
  var facts: [ValueID: StreamFact] = [:]
  var notes: [String] = []
  /// Set before a refusal that more frames a step would avoid: by what factor.
  var neededFactor: Int?

  var graph: Graph { probe.graph }

  init(
    _ probe: StreamProbe, tracking: AxisTracking, time: Set<AxisTag>, batch: Set<AxisTag>,
    framesPerStep: Int, evaluator: any OperatorEvaluator
  ) {
    self.probe = probe
    self.tracking = tracking
    self.time = time
    self.batch = batch
    self.framesPerStep = framesPerStep
    builder = StepBuilder(name: probe.graph.name, evaluator: evaluator)
  }

  /// The sizes of a value in one step that gives `entries` along time.
  func stepShape(_ layout: AxisLayout, entries: Int) -> [Int] {
    layout.axes.map { axis in
      axis.reduce(1) { size, factor in
        guard let tag = factor.tag else { return size * factor.size }
        return time.contains(tag) ? size * entries : batch.contains(tag) ? size : size * factor.size
      }
    }
  }

  func entries(_ pace: StreamPace) -> Int {
    if case .timed(let timing) = pace { timing.entries } else { 1 }
  }

  /// The axis that is time, where the value has one of its own (rows of batch beside it are 1).
  func timeAxis(of layout: AxisLayout) -> Int? { layout.location(of: time)?.axis }

  func batchAxis(of layout: AxisLayout) -> Int? { layout.location(of: batch)?.axis }

  // MARK: The pass

  mutating func rewrite() throws(GraphError) {
    for (position, id) in graph.inputs.enumerated() { addInput(position, id) }
    for index in graph.nodes.indices {
      try checkCrossings(index)
      try rewrite(graph.nodes[index])
    }
    for pair in probe.pairing.pairs { try close(pair) }
  }

  private mutating func addInput(_ position: Int, _ id: ValueID) {
    let layout = tracking.layout(of: id)
    let (name, type) = (graph[id].name, graph[id].type.elementType)
    if let pair = probe.pairing.pairs.first(where: { $0.input == position }) {
      let initial = Tensor(zeros: type, shape: stepShape(layout, entries: 1))
      let value = builder.addState(
        name, outputName: graph.outputNames[pair.output], initial: initial, firstStep: 0,
        batchAxis: batchAxis(of: layout))
      facts[id] = StreamFact(value: value, layout: layout, pace: .steady)
      return
    }
    let timed = timeAxis(of: layout) != nil
    let value = builder.input(name, type, stepShape(layout, entries: framesPerStep))
    let timing = Timing(entries: framesPerStep, firstStep: 0, missing: 0)
    facts[id] = StreamFact(value: value, layout: layout, pace: timed ? .timed(timing) : .steady)
  }

  private mutating func close(_ pair: StatePairing.Pair) throws(GraphError) {
    let (input, output) = (graph.inputs[pair.input], graph.outputs[pair.output])
    guard let state = facts[input], let result = fact(of: output) else { return }
    var firstStep = 0
    if case .last(let step, _) = result.pace { firstStep = step }
    if case .timed(let timing) = result.pace { firstStep = timing.firstStep }
    guard builder.shape(of: result.value) == builder.shape(of: state.value) else {
      throw GraphError(
        .notStreamable,
        "state '\(graph[input].name)' is \(builder.shape(of: state.value)) before a step and "
          + "\(builder.shape(of: result.value)) after it")
    }
    builder.setState(state.value, to: result.value, firstStep: firstStep)
  }

  /// Refuses what needs entries that a stream does not have yet, or that mixes streams.
  private func checkCrossings(_ index: Int) throws(GraphError) {
    let node = graph.nodes[index]
    for crossing in tracking.crossings where crossing.node == index && time.contains(crossing.tag) {
      switch crossing.kind {
      case .recurrenceRows: continue
      case .recurrence(.forward): continue
      case .recurrence(let direction):
        throw refusal(
          node, "runs \(direction.rawValue) over time: it needs the end of the sequence")
      case .reduction:
        throw refusal(node, "computes over all of time: it needs the whole sequence")
      case .lost:
        throw refusal(node, "cuts or mixes the time axis in a way that cannot be followed")
      }
    }
  }

  func refusal(_ node: Node, _ reason: String) -> GraphError {
    GraphError(.notStreamable, "node '\(node.name)' (\(node.operator.name)) \(reason)")
  }

  /// What is known of a value; a constant becomes part of the step as it is.
  mutating func fact(of id: ValueID) -> StreamFact? {
    if let fact = facts[id] { return fact }
    guard let tensor = graph.constants[id] else { return nil }
    let value = builder.constant(tensor, name: graph[id].name)
    let fact = StreamFact(value: value, layout: AxisLayout(plain: tensor.shape), pace: .steady)
    facts[id] = fact
    return fact
  }

  private mutating func rewrite(_ node: Node) throws(GraphError) {
    switch node.operator {
    case .gru, .lstm, .rnn: try recurrence(node)
    case .conv(let convolution): try conv(node, convolution)
    case .convTranspose(let transposed): try convTranspose(node, transposed)
    case .maxPool(let pool), .averagePool(let pool): try self.pool(node, pool)
    case .cumSum: try cumulativeSum(node)
    case .pad(let mode): try pad(node, mode)
    case .slice: try slice(node)
    case .split(let axis): try split(node, axis)
    case .concat(let axis): try concat(node, axis)
    case .gather(let axis): try gather(node, axis)
    case .squeeze: try squeeze(node)
    case .resize: try resize(node)
    case .reshape, .flatten, .expand: try reshape(node)
    default: try pointwise(node)
    }
  }

  /// The axis of time in an input of the node; nil if it has none.
  func timeAxis(ofInput position: Int, _ node: Node) -> Int? {
    guard node.inputs.indices.contains(position), let id = node.inputs[position],
      let fact = facts[id]
    else { return nil }
    return timeAxis(of: fact.layout)
  }
}

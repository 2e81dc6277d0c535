/// Recurrences and running sums over time.
extension StepRewriter {
  /// A recurrence whose steps are time runs over one step's entries and carries its state; along any
  /// other axis it is an operator like others.
  mutating func recurrence(_ node: Node) throws(GraphError) {
    guard timeAxis(ofInput: 0, node) == 0, let x = node.inputs[0], let given = fact(of: x) else {
      return try pointwise(node)
    }
    let input = try materialised(given, node)
    guard case .timed(let timing) = input.pace else { return try pointwise(node) }
    try checkLengths(node)
    let isLSTM = if case .lstm = node.operator { true } else { false }
    var inputs: [ValueID?] = [input.value]
    for position in node.inputs.indices.dropFirst() {
      inputs.append(try weight(position, node))
    }
    while inputs.count < (isLSTM ? 7 : 6) { inputs.append(nil) }
    let own = try hiddenStates(node, &inputs, timing, count: isLSTM ? 2 : 1)
    let outputCount = isLSTM ? 3 : 2
    let values = try builder.emit(
      node.operator, inputs, outputCount: outputCount, name: node.name)
    for (offset, state) in own.enumerated() {
      if let state { builder.setState(state, to: values[1 + offset]) }
    }
    if node.outputs.count > 0, let output = node.outputs[0] {
      try record(output, values[0], .timed(timing), node)
    }
    let pace = StreamPace.last(
      firstStep: timing.firstStep, lag: frames(max(0, timing.lookahead), timing))
    for position in node.outputs.indices.dropFirst() {
      guard let output = node.outputs[position] else { continue }
      guard timing.lookahead >= 0 else {
        throw refusal(node, "gives the state at a cut end of the sequence")
      }
      try record(output, values[position], pace, node)
    }
  }

  /// Frames that stand for `entries` of a value.
  func frames(_ entries: Int, _ timing: Timing) -> Int {
    ceilDivide(entries * framesPerStep, timing.entries)
  }

  /// Rows of full length need no list of lengths; others would end inside the sequence.
  private func checkLengths(_ node: Node) throws(GraphError) {
    guard node.inputs.count > 4, let id = node.inputs[4], let x = node.inputs[0] else { return }
    let full = tracking.shape(of: x)[0]
    guard let lengths = graph.constants[id]?.integers(), lengths.allSatisfy({ $0 == full }) else {
      throw refusal(node, "takes the length of each sequence: a stream's is not known")
    }
  }

  /// Weights, biases and peepholes; nil for lengths and initial states.
  private mutating func weight(_ position: Int, _ node: Node) throws(GraphError) -> ValueID? {
    guard position != 4, position != 5, position != 6, let id = node.inputs[position] else {
      return nil
    }
    guard let fact = fact(of: id), case .steady = fact.pace else {
      throw refusal(node, "has weights that change in time")
    }
    return fact.value
  }

  /// Fills in what the recurrence starts a step from: a state of its own, started from the constant
  /// or zeros the network names; or the value that a state input of the network leads to.
  private mutating func hiddenStates(
    _ node: Node, _ inputs: inout [ValueID?], _ timing: Timing, count: Int
  ) throws(GraphError) -> [ValueID?] {
    guard let recurrence = node.operator.recurrence, let x = node.inputs[0] else { return [] }
    let rows = tracking.layout(of: x).axes[1]
    let rowCount = stepShape(AxisLayout(axes: [rows]), entries: 1)[0]
    let type = graph[x].type.elementType
    var own: [ValueID?] = []
    for offset in 0..<count {
      let position = 5 + offset
      let id = node.inputs.indices.contains(position) ? node.inputs[position] : nil
      if let id, graph.constants[id] == nil {
        guard let fact = fact(of: id), case .steady = fact.pace else {
          throw refusal(node, "starts from a value that changes in time")
        }
        inputs[position] = fact.value
        own.append(nil)
        continue
      }
      var initial = Tensor(zeros: type, shape: [1, rowCount, recurrence.hiddenSize])
      if let id, let tensor = graph.constants[id] {
        initial = try cut(tensor, [[], rows, []], entries: 1, node)
      }
      let name = "\(node.name).\(offset == 0 ? "hidden" : "cell")"
      let state = builder.addState(
        name, initial: initial, firstStep: timing.firstStep,
        batchAxis: rows.contains { $0.tag.map(batch.contains) ?? false } ? 1 : nil)
      inputs[position] = state
      own.append(state)
      notes.append("state '\(name)' carries the recurrence from step to step")
    }
    return own
  }

  /// y = running sum of x: the sum so far is the state.
  mutating func cumulativeSum(_ node: Node) throws(GraphError) {
    guard let id = node.inputs[0], let given = fact(of: id),
      let axis = timeAxis(of: given.layout), let output = node.outputs[0],
      let axisID = node.inputs[1], let along = graph.constants[axisID]?.integers()?.first,
      along == axis || along + given.layout.axes.count == axis
    else { return try pointwise(node) }
    let fact = try materialised(given, node)
    guard case .timed(let timing) = fact.pace else { return try pointwise(node) }
    var shape = builder.shape(of: fact.value)
    shape[axis] = 1
    let initial = Tensor(zeros: graph[id].type.elementType, shape: shape)
    let sum = builder.addState("\(node.name).sum", initial: initial, firstStep: timing.firstStep)
    notes.append("state '\(node.name).sum' carries the running sum from step to step")
    let axisValue = builder.constant(Tensor(scalar: Int64(axis)), name: "\(node.name).axis")
    let steps = try builder.emitOne(
      node.operator, [fact.value, axisValue], name: "\(node.name).steps")
    let value = try builder.emitOne(.binary(.add), [steps, sum], name: node.name)
    let axes = builder.constant([axis], name: "\(node.name).axes")
    let total = try builder.emitOne(
      .reduce(Reduction(.sum)), [fact.value, axes], name: "\(node.name).total")
    let next = try builder.emitOne(.binary(.add), [total, sum], name: "\(node.name).next")
    builder.setState(sum, to: next)
    try record(output, value, .timed(timing), node)
  }
}

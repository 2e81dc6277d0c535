/// Operators that look at one entry of the sequence at a time, and what all operators share.
extension StepRewriter {
  /// Emits the node as it is, on entries that belong together.
  mutating func pointwise(_ node: Node) throws(GraphError) {
    let (inputs, pace) = try aligned(node)
    try emit(node, node.operator, inputs, try paddedThrough(node, pace))
  }

  /// Padding in time that an operator leaves padding: its fill goes through the operator as well.
  private func paddedThrough(_ node: Node, _ pace: StreamPace) throws(GraphError) -> StreamPace {
    guard case .timed(var timing) = pace, !timing.pad.isEmpty else { return pace }
    guard case .unary = node.operator else { return pace }
    let filled = Tensor(scalar: Float(timing.pad.fill))
    timing.pad.fill = try builder.evaluate(node.operator, [filled]).doubles()[0]
    return .timed(timing)
  }

  /// Whether the operator turns entries of padding into entries of padding.
  private func keepsPadding(_ op: Operator) -> Bool {
    switch op {
    case .unary, .transpose, .unsqueeze, .reshape, .flatten, .identity: true
    default: false
    }
  }

  /// Emits `op` for `node` and writes down what its outputs are.
  mutating func emit(
    _ node: Node, _ op: Operator, _ inputs: [ValueID?], _ pace: StreamPace
  ) throws(GraphError) {
    let values: [ValueID]
    do {
      values = try builder.emit(op, inputs, outputCount: node.outputs.count, name: node.name)
    } catch {
      throw GraphError(
        .notStreamable,
        "\(error.message): its sizes depend on the sequence's length in a way that "
          + "cannot be followed", cause: error)
    }
    for (output, value) in zip(node.outputs, values) {
      guard let output else { continue }
      try record(output, value, pace, node)
    }
  }

  /// Writes down that `value` stands for `output`, after a check of its shape.
  mutating func record(
    _ output: ValueID, _ value: ValueID, _ pace: StreamPace, _ node: Node
  ) throws(GraphError) {
    let layout = tracking.layout(of: output)
    let expected = stepShape(layout, entries: entries(pace))
    guard builder.shape(of: value) == expected else {
      throw refusal(
        node,
        "gives \(builder.shape(of: value)) in one step where \(expected) was expected: its sizes "
          + "depend on the sequence's length in a way that cannot be followed")
    }
    facts[output] = StreamFact(value: value, layout: layout, pace: pace)
  }

  /// The node's inputs for one step: padding made real, entries of one number side by side, constants
  /// cut to the step's lengths.
  mutating func aligned(_ node: Node) throws(GraphError) -> ([ValueID?], StreamPace) {
    var inputs: [StreamFact?] = []
    for id in node.inputs {
      guard let id else {
        inputs.append(nil)
        continue
      }
      guard var found = fact(of: id) else {
        throw refusal(node, "reads '\(graph[id].name)', which no earlier node gives")
      }
      if !keepsPadding(node.operator) { found = try materialised(found, node) }
      inputs.append(found)
    }
    let pace = try common(inputs.compactMap { $0 }, node)
    var values: [ValueID?] = []
    for (position, input) in inputs.enumerated() {
      guard let input else {
        values.append(nil)
        continue
      }
      if let id = node.inputs[position], let tensor = graph.constants[id] {
        values.append(try constant(tensor, input.value, position, node, pace))
      } else {
        values.append(try delayed(input, to: pace, node))
      }
    }
    return (values, pace)
  }

  /// The pace at which a node runs that reads `inputs`.
  private func common(_ inputs: [StreamFact], _ node: Node) throws(GraphError) -> StreamPace {
    var result = StreamPace.steady
    for input in inputs {
      switch (result, input.pace) {
      case (_, .steady): continue
      case (.steady, _): result = input.pace
      case (.timed(var a), .timed(let b)):
        guard a.entries == b.entries else {
          throw refusal(
            node, "joins values at different rates: \(a.entries) and \(b.entries) entries a step")
        }
        a.firstStep = max(a.firstStep, b.firstStep)
        a.missing = max(a.missing, b.missing)
        result = .timed(a)
      case (.last(let a, let lagA), .last(let b, let lagB)):
        result = .last(firstStep: max(a, b), lag: max(lagA, lagB))
      default:
        throw refusal(node, "joins the end of the sequence with every step of it")
      }
    }
    return result
  }

  /// The input held back until its entries stand beside those of `pace`.
  private mutating func delayed(
    _ input: StreamFact, to pace: StreamPace, _ node: Node
  ) throws(GraphError) -> ValueID {
    let steps: Int
    let first: Int
    switch (input.pace, pace) {
    case (.timed(let own), .timed(let wanted)):
      (steps, first) = (wanted.firstStep - own.firstStep, own.firstStep)
    case (.last(let own, _), .last(let wanted, _)): (steps, first) = (wanted - own, own)
    default: return input.value
    }
    var value = input.value
    if steps > 0 {
      notes.append("node '\(node.name)' waits \(steps) steps with an input for the slower one")
    }
    for step in 0..<max(0, steps) {
      let type = builder.graph[value].type
      let initial = Tensor(zeros: type.elementType, shape: type.shape?.sizes ?? [])
      let name = "\(node.name).delay\(step + 1)"
      let held = builder.addState(name, initial: initial, firstStep: first)
      builder.setState(held, to: value)
      value = held
    }
    return value
  }

  // MARK: Constants

  /// A constant beside values of one step: where it spans the sequence or the batch it must be the
  /// same everywhere, and is cut to the step's length.
  private mutating func constant(
    _ tensor: Tensor, _ value: ValueID, _ position: Int, _ node: Node, _ pace: StreamPace
  ) throws(GraphError) -> ValueID {
    guard let axes = axes(besideInput: position, node) else { return value }
    let cut = try self.cut(tensor, axes, entries: entries(pace), node)
    return cut == tensor ? value : builder.constant(cut, name: "\(node.name).constant\(position)")
  }

  /// The axes of the sequence network that an input's axes lie on, aligned at the last one; nil where
  /// an input has axes of its own (weights, shapes, indices).
  private func axes(besideInput position: Int, _ node: Node) -> [[AxisLayout.Factor]]? {
    let output = node.outputs.lazy.compactMap { $0 }.first.map { tracking.layout(of: $0).axes }
    switch node.operator {
    case .binary, .variadic, .where, .concat: return output
    case .prelu where position == 1: return output
    case .gemm where position == 2: return output
    case .gatherElements where position == 1: return output
    case .matMul: return output.map { $0.dropLast(2) + [[], []] }
    case .gru, .lstm, .rnn:
      guard let x = node.inputs[0] else { return nil }
      let rows = tracking.layout(of: x).axes[1]
      return position == 4 ? [rows] : position == 5 || position == 6 ? [[], rows, []] : nil
    default: return nil
    }
  }

  /// `tensor` with the factors of `axes` that are time or batch cut to one step.
  func cut(
    _ tensor: Tensor, _ axes: [[AxisLayout.Factor]], entries: Int, _ node: Node
  ) throws(GraphError) -> Tensor {
    var result = tensor
    for axis in tensor.shape.indices {
      let own = axis + axes.count - tensor.rank
      guard own >= 0, tensor.shape[axis] == AxisLayout.size(of: axes[own]), tensor.shape[axis] > 1,
        axes[own].contains(where: { isRole($0) })
      else { continue }
      result = try cut(result, axis: axis, axes[own], entries: entries, node)
    }
    return result
  }

  private func isRole(_ factor: AxisLayout.Factor) -> Bool {
    factor.tag.map { time.contains($0) || batch.contains($0) } ?? false
  }

  private func cut(
    _ tensor: Tensor, axis: Int, _ factors: [AxisLayout.Factor], entries: Int, _ node: Node
  ) throws(GraphError) -> Tensor {
    let before = Array(tensor.shape[..<axis])
    let after = Array(tensor.shape[(axis + 1)...])
    var sizes = factors.map(\.size)
    var result = tensor.reshaped(before + sizes + after)
    for (place, factor) in factors.enumerated() where isRole(factor) {
      let at = before.count + place
      let first = Tensor(Array(repeating: Int64(0), count: factor.size))
      guard try builder.evaluate(.gather(axis: at), [result, first]) == result else {
        let what = time.contains(factor.tag ?? AxisTag(number: -1)) ? "step" : "row of the batch"
        throw refusal(
          node,
          "reads a constant that differs from \(what) to \(what): it needs the position in "
            + "the sequence")
      }
      sizes[place] = time.contains(factor.tag ?? AxisTag(number: -1)) ? entries : 1
      let kept = Tensor(Array(repeating: Int64(0), count: sizes[place]))
      result = try builder.evaluate(.gather(axis: at), [result, kept])
    }
    return result.reshaped(before + [sizes.reduce(1, *)] + after)
  }
}

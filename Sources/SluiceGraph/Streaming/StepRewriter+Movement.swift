/// Operators that move entries: along time they become windows, selections and new shapes.
extension StepRewriter {
  /// Shapes are rebuilt from the axis layout: the sequence's length is in none of them.
  mutating func reshape(_ node: Node) throws(GraphError) {
    guard let id = node.inputs[0], fact(of: id) != nil, let output = node.outputs[0] else { return }
    let kept = Node(
      name: node.name, operator: .reshape(allowZero: true), inputs: [id], outputs: node.outputs)
    let (inputs, pace) = try aligned(kept)
    let layout = tracking.layout(of: output)
    let target = builder.constant(
      stepShape(layout, entries: entries(pace)), name: "\(node.name).shape")
    let op: Operator =
      if case .expand = node.operator { .expand } else { .reshape(allowZero: true) }
    try emit(node, op, [inputs[0], target], pace)
  }

  /// Begins and ends of padding in time wait at the value until a window reads them.
  mutating func pad(_ node: Node, _ mode: PadMode) throws(GraphError) {
    guard let axis = timeAxis(ofInput: 0, node), let id = node.inputs[0],
      let output = node.outputs[0],
      let given = facts[id], let pads = constant(node, 1)
    else { return try pointwise(node) }
    let rank = given.layout.axes.count
    let axes = constant(node, 3).map { $0.map { $0 < 0 ? $0 + rank : $0 } } ?? Array(0..<rank)
    guard let place = axes.firstIndex(of: axis) else { return try pointwise(node) }
    let own = (begin: pads[place], end: pads[place + axes.count])
    guard own.begin != 0 || own.end != 0 else { return try pointwise(node) }
    guard mode == .constant else {
      throw refusal(node, "pads time by \(mode.rawValue): it needs entries of the whole sequence")
    }
    let fill =
      node.inputs.count > 2 ? node.inputs[2].flatMap { graph.constants[$0]?.doubles()[0] } : 0
    var fact = try materialised(given, node)
    var others = pads
    others[place] = 0
    others[place + axes.count] = 0
    if others.contains(where: { $0 != 0 }) {
      let rest = node.inputs.dropFirst(2).map { id in id.flatMap { self.fact(of: $0)?.value } }
      let padding = builder.constant(others, name: "\(node.name).pads")
      fact.value = try builder.emitOne(
        node.operator, [fact.value, padding] + rest, name: "\(node.name).others")
    }
    guard case .timed(var timing) = fact.pace else { return try pointwise(node) }
    timing.pad = PendingPad(begin: own.begin, end: own.end, fill: fill ?? 0)
    if own.begin < 0 || own.end < 0 {
      let whole = TimeWindow(
        span: 1, stride: 1, begin: own.begin, end: own.end, fill: fill ?? 0)
      (fact.value, timing) = try window(
        StreamFact(value: fact.value, layout: fact.layout, pace: fact.pace), axis: axis, whole, node
      )
    }
    try record(output, fact.value, .timed(timing), node)
  }

  /// The integers of a known input; nil if it is absent.
  func constant(_ node: Node, _ position: Int) -> [Int]? {
    guard node.inputs.indices.contains(position), let id = node.inputs[position] else { return nil }
    return graph.constants[id]?.integers()
  }

  // MARK: Cuts in time

  mutating func slice(_ node: Node) throws(GraphError) {
    guard let axis = timeAxis(ofInput: 0, node), let id = node.inputs[0],
      let output = node.outputs[0],
      let starts = constant(node, 1), let ends = constant(node, 2)
    else { return try pointwise(node) }
    let shape = tracking.shape(of: id)
    let axes = constant(node, 3) ?? Array(starts.indices)
    let place = axes.firstIndex { $0 == axis || $0 + shape.count == axis }
    let ranges = try SliceRange.resolved(
      shape: shape, starts: starts, ends: ends, axes: axes, steps: constant(node, 4))
    guard let place, ranges[axis] != SliceRange(start: 0, step: 1, count: shape[axis]),
      let given = facts[id]
    else { return try pointwise(node) }
    let rest = ranges.enumerated().map {
      $0.offset == axis ? SliceRange(start: 0, step: 1, count: shape[axis]) : $0.element
    }
    let (fact, pace) = try cut(
      given, axis: axis, ranges[axis], fromEnd: starts[place] < 0, node)
    var value = fact
    for (other, range) in rest.enumerated()
    where other != axis && range != SliceRange(start: 0, step: 1, count: shape[other]) {
      value = try sliceOther(value, other, range, node)
    }
    try record(output, value, pace, node)
  }

  private mutating func sliceOther(
    _ value: ValueID, _ axis: Int, _ range: SliceRange, _ node: Node
  ) throws(GraphError) -> ValueID {
    let indices = (0..<range.count).map { range.start + $0 * range.step }
    let list = builder.constant(indices, name: "\(node.name).indices")
    return try builder.emitOne(
      .gather(axis: axis), [value, list], name: "\(node.name).axis\(axis)")
  }

  /// A cut along time: one entry at the end is "this frame", anything else shifts or thins out.
  private mutating func cut(
    _ fact: StreamFact, axis: Int, _ range: SliceRange, fromEnd: Bool, _ node: Node
  ) throws(GraphError) -> (ValueID, StreamPace) {
    let size = AxisLayout.size(of: fact.layout.axes[axis])
    guard range.step > 0 else {
      throw refusal(node, "turns time around: it needs the end of the sequence")
    }
    if range.count == 1 && range.start == size - 1 && size > 1 {
      return try last(fact, axis: axis, node)
    }
    guard !fromEnd else {
      throw refusal(node, "selects \(range.count) entries at the end of the sequence")
    }
    let stop = range.start + (range.count - 1) * range.step
    // What is left at the end beyond one stride was cut by the network, not by the stride.
    let cutOff = size - 1 - stop >= range.step ? size - 1 - stop : 0
    let shift = TimeWindow(
      span: 1, stride: range.step, begin: -range.start, end: -cutOff, fill: 0)
    let (value, timing) = try window(fact, axis: axis, shift, node)
    let thinned = try builder.slice(
      value, axis: axis, 0..<builder.shape(of: value)[axis], step: range.step,
      name: "\(node.name).entries")
    return (thinned, .timed(timing))
  }

  /// The last entry of the sequence so far, its axis kept with size 1.
  mutating func last(
    _ given: StreamFact, axis: Int, _ node: Node
  ) throws(GraphError) -> (ValueID, StreamPace) {
    let fact = try materialised(given, node)
    guard case .timed(let timing) = fact.pace else {
      throw refusal(node, "selects along an axis that is not followed as time")
    }
    // With a cut end the last entry is an older one.
    let back = max(0, -timing.lookahead)
    let joined = try withPast(
      fact.value, axis: axis, count: back, fill: 0, timing, "\(node.name).past")
    let at = timing.entries - 1
    let value = try builder.slice(joined, axis: axis, at..<(at + 1), name: "\(node.name).last")
    let firstStep = max(timing.firstStep, ceilDivide(timing.missing + 1, timing.entries) - 1)
    let lag = frames(max(0, timing.lookahead), timing)
    notes.append("node '\(node.name)' selects the last step: in a stream, this frame")
    return (value, .last(firstStep: firstStep, lag: lag))
  }

  mutating func gather(_ node: Node, _ axis: Int) throws(GraphError) {
    guard let time = timeAxis(ofInput: 0, node), let id = node.inputs[0], let given = facts[id],
      time == (axis < 0 ? axis + given.layout.axes.count : axis)
    else { return try pointwise(node) }
    let size = AxisLayout.size(of: given.layout.axes[time])
    guard let indices = constant(node, 1), let output = node.outputs[0] else {
      throw refusal(node, "selects entries by a position in the sequence")
    }
    let positions = indices.map { $0 < 0 ? $0 + size : $0 }
    guard let first = positions.first else { throw refusal(node, "selects no entry") }
    if positions == [size - 1] && size > 1 {
      let (value, pace) = try last(given, axis: time, node)
      return try finishGather(node, value, axis: time, pace, output)
    }
    guard positions == Array(first..<(first + positions.count)), positions.count > 1 else {
      throw refusal(node, "selects entry \(first) of the sequence, which a stream passes once")
    }
    let range = SliceRange(start: first, step: 1, count: positions.count)
    let (value, pace) = try cut(given, axis: time, range, fromEnd: false, node)
    try record(output, value, pace, node)
  }

  private mutating func finishGather(
    _ node: Node, _ value: ValueID, axis: Int, _ pace: StreamPace, _ output: ValueID
  ) throws(GraphError) {
    guard let index = node.inputs[1], tracking.shape(of: index).isEmpty else {
      return try record(output, value, pace, node)
    }
    let axes = builder.constant([axis], name: "\(node.name).axes")
    let squeezed = try builder.emitOne(.squeeze, [value, axes], name: node.name)
    try record(output, squeezed, pace, node)
  }

  /// A time axis of one entry that is dropped: the window over the whole trial moves on with the
  /// stream.
  mutating func squeeze(_ node: Node) throws(GraphError) {
    guard let axis = timeAxis(ofInput: 0, node), let id = node.inputs[0],
      let output = node.outputs[0],
      let given = facts[id], timeAxis(of: tracking.layout(of: output)) == nil
    else { return try pointwise(node) }
    let (value, pace) = try last(given, axis: axis, node)
    let removed = tracking.shape(of: id).count - tracking.shape(of: output).count
    let listed =
      constant(node, 1)
      ?? tracking.shape(of: id).indices.filter {
        tracking.shape(of: id)[$0] == 1
      }
    let axes = builder.constant(Array(listed.prefix(removed)), name: "\(node.name).axes")
    let squeezed = try builder.emitOne(.squeeze, [value, axes], name: node.name)
    try record(output, squeezed, pace, node)
  }

  mutating func split(_ node: Node, _ axis: Int) throws(GraphError) {
    guard let time = timeAxis(ofInput: 0, node), let id = node.inputs[0], let given = facts[id],
      time == (axis < 0 ? axis + given.layout.axes.count : axis)
    else { return try pointwise(node) }
    var start = 0
    for output in node.outputs {
      guard let output else {
        throw refusal(node, "splits the sequence at a fixed position")
      }
      let count = tracking.shape(of: output)[time]
      let range = SliceRange(start: start, step: 1, count: count)
      let (value, pace) = try cut(given, axis: time, range, fromEnd: false, node)
      try record(output, value, pace, node)
      start += count
    }
  }

  // MARK: Joins in time

  /// Along time only constants may stand before or after: what was before the sequence, or what a
  /// stream never reaches.
  mutating func concat(_ node: Node, _ axis: Int) throws(GraphError) {
    guard let output = node.outputs[0] else { return }
    let rank = tracking.shape(of: output).count
    let axis = axis < 0 ? axis + rank : axis
    let timed = node.inputs.indices.filter { timeAxis(ofInput: $0, node) == axis }
    guard !timed.isEmpty else { return try pointwise(node) }
    guard timed.count == 1, let id = node.inputs[timed[0]], let given = facts[id] else {
      throw refusal(node, "joins two sequences one after the other")
    }
    let fact = try materialised(given, node)
    guard case .timed(var timing) = fact.pace else { return try pointwise(node) }
    let before = try known(node, node.inputs[..<timed[0]], axis, fact.layout)
    let after = try known(node, node.inputs[(timed[0] + 1)...], axis, fact.layout)
    let (begin, end) = (before?.shape[axis] ?? 0, after?.shape[axis] ?? 0)
    let values = (before?.doubles() ?? []) + (after?.doubles() ?? [])
    if let fill = values.first, values.allSatisfy({ $0 == fill }) {
      timing.pad = PendingPad(begin: begin, end: end, fill: fill)
      return try record(output, fact.value, .timed(timing), node)
    }
    var value = fact.value
    if let before {
      let joined = try withPast(value, axis: axis, initial: before, timing, "\(node.name).past")
      value = try builder.slice(joined, axis: axis, 0..<timing.entries, name: node.name)
    }
    timing.missing -= begin + end
    try record(output, value, .timed(timing), node)
  }

  /// Constants joined along time, batch cut to one row.
  private mutating func known(
    _ node: Node, _ ids: ArraySlice<ValueID?>, _ axis: Int, _ layout: AxisLayout
  ) throws(GraphError) -> Tensor? {
    var parts: [Tensor] = []
    for case let id? in ids {
      guard let tensor = graph.constants[id] else {
        throw refusal(node, "joins a value that is not known in front of or behind the sequence")
      }
      var axes = layout.axes
      axes[axis] = []
      parts.append(try cut(tensor, axes, entries: 1, node))
    }
    guard !parts.isEmpty else { return nil }
    return try builder.evaluate(.concat(axis: axis), parts)
  }

  /// Whole-number upsampling by repetition; other axes as they are.
  mutating func resize(_ node: Node) throws(GraphError) {
    guard case .resize(var attributes) = node.operator, let axis = timeAxis(ofInput: 0, node),
      let id = node.inputs[0], let given = facts[id], let output = node.outputs[0]
    else { return try pointwise(node) }
    let (from, to) = (tracking.shape(of: id), tracking.shape(of: output))
    guard from != to else { return try pointwise(node) }
    let fact = try materialised(given, node)
    guard case .timed(var timing) = fact.pace else { return try pointwise(node) }
    let factor = from[axis] == 0 ? 0 : to[axis] / from[axis]
    let repeats =
      attributes.mode == .nearest
      && (attributes.coordinates == .asymmetric && attributes.nearestRounding == .floor
        || attributes.coordinates == .halfPixel || attributes.coordinates == .pytorchHalfPixel)
    guard from[axis] == to[axis] || repeats && factor * from[axis] == to[axis] else {
      throw refusal(
        node, "resamples time other than by repeating each entry a whole number of times")
    }
    attributes.axes = nil
    attributes.aspectRatio = .stretch
    var sizes = stepShape(tracking.layout(of: output), entries: timing.entries * max(1, factor))
    sizes[axis] = timing.entries * max(1, factor)
    let target = builder.constant(sizes, name: "\(node.name).sizes")
    let value = try builder.emitOne(
      .resize(attributes), [fact.value, nil, nil, target], name: node.name)
    timing.entries *= max(1, factor)
    timing.missing *= max(1, factor)
    try record(output, value, .timed(timing), node)
  }
}

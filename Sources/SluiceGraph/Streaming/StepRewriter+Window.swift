/// Operators that slide over time: a ring of past entries makes their window out of one step's.
extension StepRewriter {
  /// The entries that `window` reads in one step, in order, `(entries − 1) · stride + span` of them,
  /// and the timing of what it gives.
  ///
  /// With n entries a step, first step D and m missing, the window gives n' = n / stride entries. Its
  /// step i ends at entry (i − D' + 1)·n − stride + span − begin − 1, which must have arrived at step
  /// i: D' = D + max(0, ⌈(W − n − begin) / n⌉) with W = (n' − 1)·stride + span. The ring holds the
  /// P = (D' − D)·n + begin entries before the step's own; while a stream is younger than that it
  /// still holds what it started with, the fill: padding before the sequence costs nothing.
  mutating func window(
    _ fact: StreamFact, axis: Int, _ window: TimeWindow, _ node: Node
  ) throws(GraphError) -> (value: ValueID, timing: Timing) {
    var window = window
    let input = try prepared(fact, &window, node)
    guard case .timed(let timing) = input.pace else {
      throw refusal(node, "slides over an axis that is not followed as time")
    }
    let value = input.value
    try divides(timing.entries, by: window.stride, node)
    let entries = timing.entries / window.stride
    let width = (entries - 1) * window.stride + window.span
    let wait = max(0, ceilDivide(width - timing.entries - window.begin, timing.entries))
    let past = wait * timing.entries + window.begin
    let missing =
      -(floorDivide(
        window.begin + window.end - window.span - timing.missing, window.stride) + 1)
    let result = Timing(entries: entries, firstStep: timing.firstStep + wait, missing: missing)
    if past < 0 {
      let read = try builder.slice(
        value, axis: axis, -past..<(-past + width), name: "\(node.name).window")
      return (read, result)
    }
    let joined = try withPast(
      value, axis: axis, count: past, fill: window.fill, timing, "\(node.name).past")
    let read = try builder.slice(joined, axis: axis, 0..<width, name: "\(node.name).window")
    return (read, result)
  }

  /// Merges padding that waits at the value into the window where both fill alike; else makes it real.
  private mutating func prepared(
    _ fact: StreamFact, _ window: inout TimeWindow, _ node: Node
  ) throws(GraphError) -> StreamFact {
    guard case .timed(var timing) = fact.pace, !timing.pad.isEmpty else { return fact }
    let pad = timing.pad
    let alone = window.begin <= 0 && window.end <= 0
    guard alone || pad.fill == window.fill else { return try materialised(fact, node) }
    window.begin += pad.begin
    window.end += pad.end
    window.fill = pad.fill
    timing.pad = PendingPad()
    return StreamFact(value: fact.value, layout: fact.layout, pace: .timed(timing))
  }

  /// The value behind its `count` past entries, kept in a ring that starts as `fill`.
  mutating func withPast(
    _ value: ValueID, axis: Int, count: Int, fill: Double, _ timing: Timing, _ name: String
  ) throws(GraphError) -> ValueID {
    guard count > 0 else { return value }
    var shape = builder.shape(of: value)
    shape[axis] = count
    let type = builder.graph[value].type.elementType
    let initial = Tensor(repeating: fill, shape: shape).converted(to: type)
    return try withPast(value, axis: axis, initial: initial, timing, name)
  }

  /// Likewise with given entries before the sequence.
  mutating func withPast(
    _ value: ValueID, axis: Int, initial: Tensor, _ timing: Timing, _ name: String
  ) throws(GraphError) -> ValueID {
    let ring = builder.addState(name, initial: initial, firstStep: timing.firstStep)
    notes.append("state '\(name)' keeps the last \(initial.shape[axis]) entries of time")
    let joined = try builder.emitOne(.concat(axis: axis), [ring, value], name: "\(name).joined")
    let size = builder.shape(of: joined)[axis]
    let next = try builder.slice(
      joined, axis: axis, (size - initial.shape[axis])..<size, name: "\(name).next")
    builder.setState(ring, to: next)
    return joined
  }

  /// Padding that waits at a value, made real: entries of fill come first, and delay those behind.
  mutating func materialised(_ fact: StreamFact, _ node: Node) throws(GraphError) -> StreamFact {
    guard case .timed(var timing) = fact.pace, !timing.pad.isEmpty,
      let axis = timeAxis(of: fact.layout)
    else { return fact }
    let pad = timing.pad
    timing.pad = PendingPad()
    let bare = StreamFact(value: fact.value, layout: fact.layout, pace: .timed(timing))
    let whole = TimeWindow(span: 1, stride: 1, begin: pad.begin, end: pad.end, fill: pad.fill)
    let (value, padded) = try window(bare, axis: axis, whole, node)
    return StreamFact(value: value, layout: fact.layout, pace: .timed(padded))
  }

  /// Checks that a step's entries come out even; says how many more frames a step would do.
  mutating func divides(_ entries: Int, by stride: Int, _ node: Node) throws(GraphError) {
    guard entries % stride != 0 else { return }
    neededFactor = stride / greatestCommonDivisor(entries, stride)
    throw refusal(node, "needs \(stride) entries a step, found \(entries)")
  }

  // MARK: Convolutions and pools

  mutating func conv(_ node: Node, _ convolution: Convolution) throws(GraphError) {
    guard let axis = timeAxis(ofInput: 0, node), axis >= 2, let weights = node.inputs[1] else {
      return try pointwise(node)
    }
    let kernel = Array(tracking.shape(of: weights).dropFirst(2))
    let sizes = Array(tracking.shape(of: node.inputs[0] ?? weights).dropFirst(2))
    let geometry = try WindowGeometry(convolution, input: sizes, kernel: kernel)
    var step = convolution
    step.padding = geometry.padding(withoutAxis: axis - 2)
    try slide(node, .conv(step), axis: axis, geometry.axes[axis - 2], fill: 0)
  }

  mutating func pool(_ node: Node, _ pool: Pool) throws(GraphError) {
    guard let axis = timeAxis(ofInput: 0, node), axis >= 2, let input = node.inputs[0] else {
      return try pointwise(node)
    }
    let geometry = try WindowGeometry(pool, input: Array(tracking.shape(of: input).dropFirst(2)))
    let own = geometry.axes[axis - 2]
    guard !node.outputs.dropFirst().contains(where: { $0 != nil }) else {
      throw refusal(node, "gives positions in the whole sequence")
    }
    var step = pool
    step.padding = geometry.padding(withoutAxis: axis - 2)
    if case .maxPool = node.operator {
      return try slide(node, .maxPool(step), axis: axis, own, fill: -.infinity)
    }
    if own.begin > 0 && !pool.countIncludePad {
      return try slideMean(node, step, axis: axis, own)
    }
    try slide(node, .averagePool(step), axis: axis, own, fill: 0)
  }

  /// Emits `op` on the window of its first input along `axis`; the rest of its inputs are constants.
  private mutating func slide(
    _ node: Node, _ op: Operator, axis: Int, _ geometry: WindowGeometry.Axis, fill: Double
  ) throws(GraphError) {
    guard let id = node.inputs[0], let fact = facts[id] else { return }
    let time = TimeWindow(
      span: geometry.span, stride: geometry.stride, begin: geometry.begin, end: geometry.end,
      fill: fill)
    let (value, timing) = try window(fact, axis: axis, time, node)
    let rest = try constants(node)
    try emit(node, op, [value] + rest, .timed(timing))
  }

  /// A mean that does not count padding: the mean with padding over the share of it that is not.
  private mutating func slideMean(
    _ node: Node, _ step: Pool, axis: Int, _ geometry: WindowGeometry.Axis
  ) throws(GraphError) {
    guard let id = node.inputs[0], let fact = facts[id], case .timed(let given) = fact.pace,
      given.pad.isEmpty, let output = node.outputs[0]
    else { throw refusal(node, "takes a mean over padding and a window at once") }
    let time = TimeWindow(
      span: geometry.span, stride: geometry.stride, begin: geometry.begin, end: geometry.end,
      fill: 0)
    let (value, timing) = try window(fact, axis: axis, time, node)
    var ones = Array(repeating: 1, count: builder.shape(of: value).count)
    ones[axis] = given.entries
    let mask = StreamFact(
      value: builder.constant(Tensor(repeating: Float(1), shape: ones), name: "\(node.name).one"),
      layout: fact.layout, pace: fact.pace)
    let (present, _) = try window(mask, axis: axis, time, node)
    var share = Pool(kernel: Array(repeating: 1, count: step.kernel.count))
    share.kernel[axis - 2] = geometry.kernel
    share.strides = share.kernel.map { _ in 1 }
    share.strides[axis - 2] = geometry.stride
    share.dilations = share.kernel.map { _ in 1 }
    share.dilations[axis - 2] = geometry.dilation
    var counted = step
    counted.countIncludePad = false
    let mean = try builder.emitOne(.averagePool(counted), [value], name: "\(node.name).sum")
    let part = try builder.emitOne(.averagePool(share), [present], name: "\(node.name).share")
    let result = try builder.emitOne(.binary(.div), [mean, part], name: node.name)
    try record(output, result, .timed(timing), node)
  }

  /// The values of the step for all inputs but the first, which must not move with the stream.
  mutating func constants(_ node: Node) throws(GraphError) -> [ValueID?] {
    var result: [ValueID?] = []
    for id in node.inputs.dropFirst() {
      guard let id else {
        result.append(nil)
        continue
      }
      guard let fact = fact(of: id), case .steady = fact.pace else {
        throw refusal(node, "slides over time with weights that change in time")
      }
      result.append(fact.value)
    }
    return result
  }

  // MARK: Transposed convolution

  /// Output entry j sums inputs t with t·s ≤ j + begin ≤ t·s + span − 1. Step i gives entries
  /// (i − D')·n·s and following, for which inputs up to ⌊(j + begin) / s⌋ must have arrived and
  /// ⌊(span − 1 − begin) / s⌋ past ones are kept.
  mutating func convTranspose(_ node: Node, _ op: TransposedConvolution) throws(GraphError) {
    guard let axis = timeAxis(ofInput: 0, node), axis >= 2, let weights = node.inputs[1],
      let id = node.inputs[0], let output = node.outputs[0], let own = facts[id]
    else { return try pointwise(node) }
    let fact = try materialised(own, node)
    guard case .timed(let timing) = fact.pace else { return try pointwise(node) }
    let kernel = Array(tracking.shape(of: weights).dropFirst(2))
    let geometry = try WindowGeometry(
      op, input: Array(tracking.shape(of: id).dropFirst(2)), kernel: kernel)
    let own2 = geometry.axes[axis - 2]
    let (stride, span, n) = (own2.stride, own2.span, timing.entries)
    let wait = max(0, ceilDivide(floorDivide(own2.begin - 1, stride) + 1, n))
    let past = max(0, wait * n + floorDivide(span - 1 - own2.begin, stride))
    let joined = try withPast(
      fact.value, axis: axis, count: past, fill: 0, timing, "\(node.name).past")
    var step = op
    step.outputShape = nil
    step.convolution.padding = geometry.padding(withoutAxis: axis - 2)
    step.outputPadding = geometry.outputPadding(withoutAxis: axis - 2)
    let full = try builder.emitOne(
      .convTranspose(step), [joined] + (try constants(node)), name: "\(node.name).full")
    let first = own2.begin + (past - wait * n) * stride
    let value = try builder.slice(
      full, axis: axis, first..<(first + n * stride), name: node.name)
    let length = own2.output - own2.input * stride
    let result = Timing(
      entries: n * stride, firstStep: timing.firstStep + wait,
      missing: timing.missing * stride - length)
    try record(output, value, .timed(result), node)
  }
}

extension WindowGeometry {
  /// Padding written out, with none along one axis.
  func padding(withoutAxis axis: Int) -> WindowPadding {
    var (begin, end) = (axes.map(\.begin), axes.map(\.end))
    begin[axis] = 0
    end[axis] = 0
    return .explicit(begin: begin, end: end)
  }

  /// What a transposed convolution has beyond stride · (input − 1) + span − begin − end, per axis.
  func outputPadding(withoutAxis axis: Int) -> [Int] {
    axes.enumerated().map { position, own in
      position == axis
        ? 0 : own.output - (own.stride * (own.input - 1) + own.span - own.begin - own.end)
    }
  }
}

/// Which axes are time and which count rows of a batch, read from where recurrences run.
struct StreamRoles {
  /// All axes of inputs that are time; empty for a network made for one frame.
  private(set) var time: Set<AxisTag> = []
  /// All axes of inputs that count rows of a batch.
  private(set) var batch: Set<AxisTag> = []
  private(set) var notes: [String] = []

  private let probe: StreamProbe
  private let tracking: AxisTracking

  init(
    _ probe: StreamProbe, tracking: AxisTracking, options: NetworkOptions
  ) throws(GraphError) {
    self.probe = probe
    self.tracking = tracking
    time = try chooseTime(options)
    batch = try chooseBatch()
    try checkSymbols()
    notes = describe()
  }

  private func name(ofInput position: Int) -> String {
    probe.graph[probe.graph.inputs[position]].name
  }

  private func size(of origin: TagClasses.Origin) -> Int {
    tracking.shape(of: probe.graph.inputs[origin.input])[origin.axis]
  }

  private func origin(of tag: AxisTag) -> TagClasses.Origin {
    tracking.classes.origins[tag.number]
  }

  private func isState(_ position: Int) -> Bool {
    probe.pairing.pairs.contains { $0.input == position }
  }

  // MARK: Time

  private func chooseTime(_ options: NetworkOptions) throws(GraphError) -> Set<AxisTag> {
    if !options.timeAxes.isEmpty { return try declaredTime(options.timeAxes) }
    var candidates = recurrentClasses { $0 == .forward }
    if candidates.isEmpty && probe.pairing.pairs.isEmpty {
      candidates = recurrentClasses { _ in true }
    }
    if candidates.isEmpty { candidates = symbolicClasses() }
    if candidates.count > 1 { candidates = narrowed(candidates) }
    guard candidates.count <= 1 else { throw ambiguity(candidates) }
    guard let only = candidates.first else {
      if !probe.pairing.pairs.isEmpty || hasNoSequence { return [] }
      throw GraphError(
        .notStreamable,
        "no axis of an input is known to be time: no recurrence runs along one; "
          + "name it with --time-axis INPUT=AXIS")
    }
    return only
  }

  /// Without recurrences, states and symbols, a network of frozen sizes is taken frame by frame.
  private var hasNoSequence: Bool {
    probe.symbols.allSatisfy { probe.batchSymbols.contains($0.value) }
      && !probe.graph.nodes.contains { $0.operator.recurrence != nil }
  }

  private func declaredTime(_ axes: [String: Int]) throws(GraphError) -> Set<AxisTag> {
    var result = Set<AxisTag>()
    for (name, axis) in axes.sorted(by: { $0.key < $1.key }) {
      guard let position = probe.graph.inputs.firstIndex(where: { probe.graph[$0].name == name })
      else {
        throw GraphError(
          .invalid, "--time-axis \(name)=\(axis): there is no input '\(name)'")
      }
      let rank = tracking.shape(of: probe.graph.inputs[position]).count
      guard axis >= -rank, axis < rank else {
        throw GraphError(
          .invalid, "--time-axis \(name)=\(axis): '\(name)' has \(rank) axes")
      }
      let origin = TagClasses.Origin(input: position, axis: axis < 0 ? axis + rank : axis)
      if let number = tracking.classes.origins.firstIndex(of: origin) {
        result.formUnion(tracking.classes.members(of: AxisTag(number: number)))
      }
    }
    return result
  }

  /// Classes of axes along which recurrences of some directions run. A network with declared states
  /// was made for one frame unless an axis is longer than that where its states start a recurrence
  /// or the length is a symbol; recurrences over frozen other axes (frequency) do not count there.
  private func recurrentClasses(_ takes: (Recurrence.Direction) -> Bool) -> [Set<AxisTag>] {
    var classes: [Set<AxisTag>] = []
    for crossing in tracking.crossings {
      guard case .recurrence(let direction) = crossing.kind, takes(direction) else { continue }
      let origin = origin(of: crossing.tag)
      guard size(of: origin) > 1, !isState(origin.input) else { continue }
      let explicit = !probe.pairing.pairs.isEmpty
      if explicit && probe.symbols[origin] == nil && !startsFromState(crossing.node) { continue }
      let members = tracking.classes.members(of: crossing.tag)
      if !classes.contains(members) { classes.append(members) }
    }
    return classes
  }

  /// Whether a recurrence's initial state comes from an input of the network.
  private func startsFromState(_ node: Int) -> Bool {
    probe.graph.nodes[node].inputs.dropFirst(5).prefix(2).contains { id in
      guard let id else { return false }
      return probe.graph.constants[id] == nil
    }
  }

  private func symbolicClasses() -> [Set<AxisTag>] {
    var classes: [Set<AxisTag>] = []
    for (number, origin) in tracking.classes.origins.enumerated() {
      guard let symbol = probe.symbols[origin], !probe.batchSymbols.contains(symbol) else {
        continue
      }
      let members = tracking.classes.members(of: AxisTag(number: number))
      if !classes.contains(members) { classes.append(members) }
    }
    return classes
  }

  /// Among several, one whose length is a symbol, then one with a symbol that sounds like time.
  private func narrowed(_ candidates: [Set<AxisTag>]) -> [Set<AxisTag>] {
    let symbols = candidates.map { $0.compactMap { probe.symbols[origin(of: $0)] } }
    let symbolic = candidates.indices.filter { !symbols[$0].isEmpty }
    if symbolic.count == 1 { return [candidates[symbolic[0]]] }
    let named = symbolic.filter { symbols[$0].contains { StreamProbe.isTimeName($0) } }
    return named.count == 1 ? [candidates[named[0]]] : candidates
  }

  private func ambiguity(_ candidates: [Set<AxisTag>]) -> GraphError {
    let names = candidates.compactMap { $0.min() }.map { tag in
      let origin = origin(of: tag)
      return "\(name(ofInput: origin.input))=\(origin.axis)"
    }
    return GraphError(
      .notStreamable,
      "\(candidates.count) axes could be time: recurrences run along each; choose one: "
        + names.map { "--time-axis \($0)" }.joined(separator: " or "))
  }

  // MARK: Batch

  private func chooseBatch() throws(GraphError) -> Set<AxisTag> {
    var result = Set<AxisTag>()
    for (number, origin) in tracking.classes.origins.enumerated() {
      let tag = AxisTag(number: number)
      if time.contains(tag) { continue }
      if let symbol = probe.symbols[origin], probe.batchSymbols.contains(symbol) {
        result.formUnion(tracking.classes.members(of: tag))
      }
    }
    if result.isEmpty { result = frozenBatch() }
    for crossing in tracking.crossings where result.contains(crossing.tag) {
      guard crossing.kind != .recurrenceRows, size(of: origin(of: crossing.tag)) > 1 else {
        continue
      }
      throw GraphError(
        .notStreamable,
        "node '\(probe.graph.nodes[crossing.node].name)' "
          + "(\(probe.graph.nodes[crossing.node].operator.name)) mixes rows of the batch: "
          + "the network cannot be taken apart into streams")
    }
    return result
  }

  /// Sizes all frozen: the rows of recurrences that stand outermost in their input, if nothing
  /// computes across them.
  private func frozenBatch() -> Set<AxisTag> {
    var rows = Set(
      tracking.crossings.filter { $0.kind == .recurrenceRows }.map { origin(of: $0.tag) })
    if rows.isEmpty {
      rows = Set(probe.graph.inputs.indices.map { TagClasses.Origin(input: $0, axis: 0) })
    }
    for origin in rows.sorted(by: { ($0.axis, $0.input) < ($1.axis, $1.input) }) {
      let outermost = tracking.classes.origins.indices
        .filter { tracking.classes.origins[$0].input == origin.input }
        .first { !time.contains(AxisTag(number: $0)) }
      guard let number = outermost, tracking.classes.origins[number] == origin,
        !isState(origin.input)
      else { continue }
      let members = tracking.classes.members(of: AxisTag(number: number))
      let crossed = tracking.crossings.contains {
        members.contains($0.tag) && $0.kind != .recurrenceRows
      }
      if !crossed && members.isDisjoint(with: time) { return members }
    }
    return []
  }

  // MARK: Checks and notes

  /// A symbol that was given the trial length must be time, or a frame would have no fixed size.
  private func checkSymbols() throws(GraphError) {
    for (origin, symbol) in probe.symbols.sorted(by: { $0.value < $1.value })
    where !probe.batchSymbols.contains(symbol) {
      guard let number = tracking.classes.origins.firstIndex(of: origin),
        !time.contains(AxisTag(number: number))
      else { continue }
      throw GraphError(
        .unbound,
        "dimension '\(symbol)' of input '\(name(ofInput: origin.input))' is neither stream nor "
          + "time: give it a size with --bind \(symbol)=VALUE")
    }
  }

  private func describe() -> [String] {
    var notes: [String] = []
    for (position, _) in probe.graph.inputs.enumerated() where !isState(position) {
      if let axis = tracking.classes.axis(ofInput: position, in: time) {
        notes.append("axis \(axis) of input '\(name(ofInput: position))' is time")
      }
      if let axis = tracking.classes.axis(ofInput: position, in: batch) {
        notes.append("axis \(axis) of input '\(name(ofInput: position))' counts streams")
      }
    }
    return notes
  }
}

import SluiceGraph

extension Plan {
  /// Orders the operations of a program and lays out what a stream needs.
  ///
  /// Operations whose results nobody reads are left out; so are unused outputs (nil). Order is the
  /// program's, but what is fused runs where its last part is needed.
  ///
  /// - Throws: `PlanError.invalid` if a shape holds a symbol, a value has no producer or comes after
  ///   its reader, or an `if` is left; `PlanError.limit` if sizes overflow.
  public init(_ program: Program, fusion: Fusion) throws(PlanError) {
    var program = program
    if fusion == .full {
      program.hoistUnaryOperators()
      program.foldBatchNormalizations()
      program.findLayerNormalizations()
      program.attachBiases()
    }
    var planner = Planner(program: program, fusion: fusion)
    self = try planner.plan()
  }
}

/// Builds one plan.
struct Planner {
  let program: Program
  let fusion: Fusion
  var buffers: [Plan.Buffer] = []
  var operations: [Plan.Operation] = []
  /// Element-wise operators that wait for more of their kind, by number.
  var groups: [Int: ExpressionGroup] = [:]
  var groupCount = 0
  /// Nodes that became part of an operation before their turn.
  var absorbed: Set<Int> = []
  let readers: ReaderTable
  private var constants: [Tensor] = []
  private var forms: [ValueID: Form] = [:]
  /// Views made so far.
  private var views: [Plan.Placement: [Int]] = [:]
  /// First and last operation at which a scratch buffer is alive, by buffer.
  private var lifetimes: [Int: ClosedRange<Int>] = [:]

  /// Where a value met so far is.
  enum Form {
    case buffer(Int)
    case arrangement(Arrangement)
    /// A member of `groups`.
    case pending(group: Int)
  }

  var graph: Graph { program.graph }

  init(program: Program, fusion: Fusion) {
    self.program = program
    self.fusion = fusion
    readers = ReaderTable(program)
  }

  mutating func plan() throws(PlanError) -> Plan {
    let used = usedValues()
    let inputs = try makeInputs()
    let currents = try makeStates()
    for (index, node) in graph.nodes.enumerated()
    where node.outputs.contains(where: { $0.map(used.contains) ?? false }) {
      if !absorbed.contains(index) { try add(node, index: index, used: used) }
    }
    let outputs = try makeOutputs()
    let states = try makeStateUpdates(currents)
    extendResults(outputs, states)
    let byteCount = try layOutScratch()
    return Plan(
      buffers: buffers, operations: operations, inputs: inputs, outputs: outputs, states: states,
      scratchByteCount: byteCount, constants: constants)
  }

  /// Values that an output or a state update needs, directly or through other nodes.
  private func usedValues() -> Set<ValueID> {
    var used = Set(graph.outputs)
    used.formUnion(program.states.map(\.output))
    for node in graph.nodes.reversed()
    where node.outputs.contains(where: { $0.map(used.contains) ?? false }) {
      let moved = fusion == .full ? graph.movedInputs(of: node) : nil
      used.formUnion((moved ?? node.inputs).compactMap(\.self))
    }
    return used
  }

  private mutating func add(
    _ node: Node, index: Int, used: Set<ValueID>
  ) throws(PlanError) {
    if case .if = node.operator {
      throw PlanError(.invalid, "node '\(node.name)' is an If; its condition has to be bound")
    }
    if fusion == .full {
      if try move(node) { return }
      if try join(node) { return }
      if try addProduct(node, index: index) { return }
    }
    var inputs: [Int?] = []
    for (position, value) in node.inputs.enumerated() {
      guard let value else {
        inputs.append(nil)
        continue
      }
      inputs.append(try buffer(value, of: node, position))
    }
    try emit(
      node.name, .node(node.operator), inputs,
      outputs: node.outputs.map { $0.flatMap { used.contains($0) ? $0 : nil } })
  }

  /// Whether a node's second input is known.
  func constantWeights(_ node: Node) -> Bool {
    node.inputs.count > 1 && node.inputs[1].map { graph.constants[$0] != nil } ?? false
  }

  /// The buffer of an input of a node that becomes an operation.
  mutating func buffer(
    _ value: ValueID, of node: Node, _ position: Int
  ) throws(PlanError) -> Int {
    let isConstant = constantWeights(node)
    return try buffer(value, by: "node '\(node.name)'") { piece in
      node.operator.readsThrough(
        input: position, shape: piece.sizes, strides: piece.strides, constantWeights: isConstant)
    }
  }
}

// MARK: Buffers

extension Planner {
  /// A fresh scratch buffer for a value.
  mutating func makeBuffer(
    _ value: ValueID, _ placement: Plan.Placement = .scratch(offset: 0)
  ) throws(PlanError) -> Int {
    let type = graph[value].type
    guard let shape = type.shape?.sizes else {
      let found = type.shape?.description ?? "an unknown shape"
      throw PlanError(
        .invalid, "value '\(graph[value].name)' has \(found), expected numbers in every axis")
    }
    guard let count = Tensor.elementCount(of: shape),
      !count.multipliedReportingOverflow(by: type.elementType.byteCount).overflow
    else {
      throw PlanError(.limit, "value '\(graph[value].name)' of \(shape) is beyond any memory")
    }
    buffers.append(
      Plan.Buffer(
        name: graph[value].name, elementType: type.elementType, shape: shape, placement: placement))
    forms[value] = .buffer(buffers.count - 1)
    return buffers.count - 1
  }

  /// Where a value is; constants get their buffer when they are first read.
  mutating func form(_ value: ValueID, by reader: String) throws(PlanError) -> Form {
    if let form = forms[value] { return form }
    guard let tensor = graph.constants[value] else {
      throw PlanError(
        .invalid, "\(reader) reads value '\(graph[value].name)', which nothing before it produces")
    }
    constants.append(tensor)
    buffers.append(
      Plan.Buffer(
        name: graph[value].name, elementType: tensor.elementType, shape: tensor.shape,
        placement: .constant(constants.count - 1)))
    forms[value] = .buffer(buffers.count - 1)
    return .buffer(buffers.count - 1)
  }

  mutating func setForm(_ value: ValueID, _ form: Form) { forms[value] = form }

  /// The buffer of a value that is read: contiguous, or a view that `accepts` takes.
  mutating func buffer(
    _ value: ValueID, by reader: String,
    accepts: (Arrangement.Piece) -> Bool = { _ in false }
  ) throws(PlanError) -> Int {
    switch try form(value, by: reader) {
    case .buffer(let buffer): return buffer
    case .pending(let group):
      try flush(group)
      return try buffer(value, by: reader, accepts: accepts)
    case .arrangement(let arrangement):
      if let view = arrangement.view, view.isContiguous || accepts(view),
        case .buffer(let source) = view.source
      {
        return makeView(view, of: source, name: graph[value].name)
      }
      return try assemble(arrangement, as: value)
    }
  }

  private mutating func makeView(_ piece: Arrangement.Piece, of source: Int, name: String) -> Int {
    let whole = buffers[source]
    let isAlias =
      piece.offset == 0 && piece.isContiguous && whole.count == piece.sizes.reduce(1, *)
    let placement: Plan.Placement =
      isAlias
      ? .alias(source) : .view(source, offset: piece.offset, strides: piece.strides)
    for known in views[placement, default: []] where buffers[known].shape == piece.sizes {
      return known
    }
    buffers.append(
      Plan.Buffer(
        name: name, elementType: whole.elementType, shape: piece.sizes, placement: placement))
    views[placement, default: []].append(buffers.count - 1)
    return buffers.count - 1
  }

  private func root(_ buffer: Int) -> Int {
    switch buffers[buffer].placement {
    case .alias(let target), .view(let target, _, _): target
    default: buffer
    }
  }

  /// Appends an operation whose outputs are fresh scratch buffers of these values.
  mutating func emit(
    _ name: String, _ action: Plan.Action, _ inputs: [Int?], outputs: [ValueID?]
  ) throws(PlanError) {
    let index = operations.count
    for input in inputs.compactMap(\.self) { extendLifetime(input, to: index) }
    var results: [Int?] = []
    for value in outputs {
      guard let value else {
        results.append(nil)
        continue
      }
      let buffer = try makeBuffer(value)
      lifetimes[buffer] = index...index
      results.append(buffer)
    }
    operations.append(
      Plan.Operation(name: name, action: action, inputs: inputs, outputs: results))
  }

  /// Keeps a buffer alive up to operation `last`.
  private mutating func extendLifetime(_ buffer: Int, to last: Int) {
    let buffer = root(buffer)
    if let lifetime = lifetimes[buffer] {
      lifetimes[buffer] = lifetime.lowerBound...max(lifetime.upperBound, last)
    }
  }

  /// Results live to the end.
  private mutating func extendResults(_ outputs: [Plan.Port], _ states: [Plan.State]) {
    for buffer in outputs.map(\.buffer) + states.map(\.next) {
      extendLifetime(buffer, to: operations.count)
    }
  }

  private mutating func layOutScratch() throws(PlanError) -> Int {
    var intervals: [ScratchLayout.Interval] = []
    var total = 0
    for (buffer, lifetime) in lifetimes {
      let size = buffers[buffer].byteCount
      let (sum, overflow) = total.addingReportingOverflow(size)
      guard !overflow, sum < Int.max / 2 else {
        throw PlanError(.limit, "the scratch of the plan is beyond any memory")
      }
      total = sum
      intervals.append(
        .init(
          buffer: buffer, byteCount: size, first: lifetime.lowerBound, last: lifetime.upperBound))
    }
    let layout = ScratchLayout(intervals)
    for (buffer, offset) in layout.offsets {
      buffers[buffer].placement = .scratch(offset: offset)
    }
    return layout.byteCount
  }
}

import SluiceGraph

extension Plan {
  /// Orders the operations of a program and lays out what a stream needs.
  ///
  /// Operations whose results nobody reads are left out; so are unused outputs (nil). Order is the
  /// program's.
  ///
  /// - Throws: `PlanError.invalid` if a shape holds a symbol, a value has no producer or comes after
  ///   its reader, or an `if` is left; `PlanError.limit` if sizes overflow.
  public init(_ program: Program, fusion: Fusion) throws(PlanError) {
    var program = program
    if fusion == .full { program.foldBatchNormalizations() }
    var planner = Planner(program: program, fusion: fusion)
    self = try planner.plan()
  }
}

/// Builds one plan.
struct Planner {
  let program: Program
  let fusion: Fusion
  private var buffers: [Plan.Buffer] = []
  private var constants: [Tensor] = []
  private var operations: [Plan.Operation] = []
  /// The buffer of each value met so far.
  private var bufferOfValue: [ValueID: Int] = [:]
  /// First and last operation at which a scratch buffer is alive, by buffer.
  private var lifetimes: [Int: ClosedRange<Int>] = [:]

  private var graph: Graph { program.graph }

  init(program: Program, fusion: Fusion) {
    self.program = program
    self.fusion = fusion
  }

  mutating func plan() throws(PlanError) -> Plan {
    let used = usedValues()
    let inputs = try makeInputs()
    let currents = try makeStates()
    for node in graph.nodes where node.outputs.contains(where: { $0.map(used.contains) ?? false }) {
      try add(node, used: used)
    }
    let outputs = try makeOutputs()
    let states = try makeStateUpdates(currents)
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
      let skipsShape = fusion == .full && isAlias(node)
      used.formUnion((skipsShape ? Array(node.inputs.prefix(1)) : node.inputs).compactMap(\.self))
    }
    return used
  }

  private func isAlias(_ node: Node) -> Bool {
    guard let first = node.inputs.first, let input = first, let output = node.outputs.first,
      let output, let shape = graph[input].type.shape?.sizes
    else { return false }
    return node.operator.keepsBytes(
      input: shape, inputCount: node.inputs.count,
      sameType: graph[input].type.elementType == graph[output].type.elementType)
  }
}

// MARK: Buffers

extension Planner {
  private mutating func makeBuffer(
    _ value: ValueID, _ placement: Plan.Placement
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
    bufferOfValue[value] = buffers.count - 1
    return buffers.count - 1
  }

  /// The buffer of a value that is read; constants get theirs at the first read.
  private mutating func read(_ value: ValueID, by reader: String) throws(PlanError) -> Int {
    if let buffer = bufferOfValue[value] { return buffer }
    guard let tensor = graph.constants[value] else {
      throw PlanError(
        .invalid, "\(reader) reads value '\(graph[value].name)', which nothing before it produces")
    }
    constants.append(tensor)
    buffers.append(
      Plan.Buffer(
        name: graph[value].name, elementType: tensor.elementType, shape: tensor.shape,
        placement: .constant(constants.count - 1)))
    bufferOfValue[value] = buffers.count - 1
    return buffers.count - 1
  }

  private func root(_ buffer: Int) -> Int {
    if case .alias(let target) = buffers[buffer].placement { target } else { buffer }
  }

  /// Keeps a buffer alive up to operation `last`.
  private mutating func extendLifetime(_ buffer: Int, to last: Int) {
    let buffer = root(buffer)
    if let lifetime = lifetimes[buffer] {
      lifetimes[buffer] = lifetime.lowerBound...max(lifetime.upperBound, last)
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

// MARK: Operations and ports

extension Planner {
  private mutating func makeInputs() throws(PlanError) -> [Plan.Port] {
    var ports: [Plan.Port] = []
    for (index, value) in graph.inputs.enumerated() {
      let buffer = try makeBuffer(value, .input(index))
      ports.append(Plan.Port(name: graph[value].name, buffer: buffer))
    }
    return ports
  }

  private mutating func makeStates() throws(PlanError) -> [Int] {
    var currents: [Int] = []
    for (index, state) in program.states.enumerated() {
      let buffer = try makeBuffer(state.input, .state(index))
      let expected = buffers[buffer]
      guard expected.shape == state.initial.shape,
        expected.elementType == state.initial.elementType
      else {
        throw PlanError(
          .invalid,
          "state '\(state.name)' is \(expected.elementType)\(expected.shape), its initial value "
            + "\(state.initial.elementType)\(state.initial.shape)")
      }
      currents.append(buffer)
    }
    return currents
  }

  private mutating func add(_ node: Node, used: Set<ValueID>) throws(PlanError) {
    if case .if = node.operator {
      throw PlanError(.invalid, "node '\(node.name)' is an If; its condition has to be bound")
    }
    if fusion == .full, isAlias(node), let input = node.inputs[0], let output = node.outputs[0] {
      let source = try read(input, by: "node '\(node.name)'")
      _ = try makeBuffer(output, .alias(root(source)))
      return
    }
    let index = operations.count
    var inputs: [Int?] = []
    for value in node.inputs {
      guard let value else {
        inputs.append(nil)
        continue
      }
      let buffer = try read(value, by: "node '\(node.name)'")
      extendLifetime(buffer, to: index)
      inputs.append(buffer)
    }
    var outputs: [Int?] = []
    for value in node.outputs {
      guard let value, used.contains(value) else {
        outputs.append(nil)
        continue
      }
      let buffer = try makeBuffer(value, .scratch(offset: 0))
      lifetimes[buffer] = index...index
      outputs.append(buffer)
    }
    operations.append(
      Plan.Operation(
        name: node.name, operator: node.operator, inputs: inputs, outputs: outputs))
  }

  private mutating func makeOutputs() throws(PlanError) -> [Plan.Port] {
    var ports: [Plan.Port] = []
    for (value, name) in zip(graph.outputs, graph.outputNames) {
      let buffer = try read(value, by: "output '\(name)'")
      extendLifetime(buffer, to: operations.count)
      ports.append(Plan.Port(name: name, buffer: buffer))
    }
    return ports
  }

  private mutating func makeStateUpdates(_ currents: [Int]) throws(PlanError) -> [Plan.State] {
    var states: [Plan.State] = []
    for (variable, current) in zip(program.states, currents) {
      let next = try read(variable.output, by: "state '\(variable.name)'")
      extendLifetime(next, to: operations.count)
      guard buffers[next].shape == buffers[current].shape,
        buffers[next].elementType == buffers[current].elementType
      else {
        throw PlanError(
          .invalid,
          "state '\(variable.name)' is \(buffers[current].elementType)\(buffers[current].shape), "
            + "its update \(buffers[next].elementType)\(buffers[next].shape)")
      }
      states.append(Plan.State(variable: variable, current: current, next: next))
    }
    return states
  }
}

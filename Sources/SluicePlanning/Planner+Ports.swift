import SluiceGraph

/// Inputs, outputs and states.
extension Planner {
  mutating func makeInputs() throws(PlanError) -> [Plan.Port] {
    var ports: [Plan.Port] = []
    for (index, value) in graph.inputs.enumerated() {
      let buffer = try makeBuffer(value, .input(index))
      ports.append(Plan.Port(name: graph[value].name, buffer: buffer))
    }
    return ports
  }

  mutating func makeStates() throws(PlanError) -> [Int] {
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

  mutating func makeOutputs() throws(PlanError) -> [Plan.Port] {
    var ports: [Plan.Port] = []
    for (value, name) in zip(graph.outputs, graph.outputNames) {
      let buffer = try buffer(value, by: "output '\(name)'")
      ports.append(Plan.Port(name: name, buffer: buffer))
    }
    return ports
  }

  mutating func makeStateUpdates(_ currents: [Int]) throws(PlanError) -> [Plan.State] {
    var states: [Plan.State] = []
    for (variable, current) in zip(program.states, currents) {
      let next = try buffer(variable.output, by: "state '\(variable.name)'")
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

/// Who reads each value.
struct ReaderTable {
  /// Numbers of nodes from the last to the first, one entry per input that is the value.
  private(set) var nodes: [ValueID: [Int]] = [:]
  /// Outputs and state updates that are the value.
  private(set) var results: [ValueID: Int] = [:]

  /// Nodes that nothing needs do not count.
  init(_ program: Program) {
    for value in program.graph.outputs + program.states.map(\.output) {
      results[value, default: 0] += 1
    }
    for (index, node) in program.graph.nodes.enumerated().reversed()
    where node.outputs.contains(where: { $0.map { count($0) > 0 } ?? false }) {
      for value in node.inputs.compactMap(\.self) { nodes[value, default: []].append(index) }
    }
  }

  /// How often a value is read.
  func count(_ value: ValueID) -> Int {
    nodes[value, default: []].count + results[value, default: 0]
  }

  /// The nodes that read a value which is no result.
  func onlyNodes(_ value: ValueID) -> [Int] {
    results[value, default: 0] == 0 ? nodes[value, default: []] : []
  }
}

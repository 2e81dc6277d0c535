import Sluice

extension Inspection {
  /// Takes a network through its stages as far as they go.
  ///
  /// - Throws: `SluiceError` if the network cannot be taken at all; that it does not stream, or that
  ///   something is unbound, is a finding.
  init(_ model: Model) throws(SluiceError) {
    let graph = try model.graph
    self.init(model.name, graph)
    do {
      let step = try model.stepGraph()
      describe(step)
      count(step.program, per: "frame", calls: Double(step.framesPerStep))
    } catch {
      guard error.code == .notStreamable || error.code == .unbound else { throw error }
      unbound = graph.unbound.lines
      notStreamable =
        error.code == .unbound ? "not before its sizes are bound" : error.message
      if unbound.isEmpty { count(try model.sequenceGraph().program, per: "sequence", calls: 1) }
    }
    notes = model.notes + graph.notes.filter { !model.notes.contains($0) }
  }

  private init(_ name: String, _ graph: Graph) {
    model = name
    nodes = graph.nodes.count
    inputs = graph.inputs.map { Port(name: graph[$0].name, type: "\(graph[$0].type)", role: nil) }
    outputs = zip(graph.outputs, graph.outputNames).map {
      Port(name: $1, type: "\(graph[$0].type)", role: nil)
    }
    unbound = []
    work = nil
    notes = []
    var counted = Set<ValueID>()
    layers = graph.nodes.compactMap { Layer($0, in: graph, counted: &counted) }
    parameters = layers.reduce(0) { $0 + $1.parameters }
  }

  private mutating func describe(_ step: StepGraph) {
    let program = step.program
    let states = program.states.map { state in
      State(
        name: state.name, output: state.outputName,
        type: "\(ValueType(state.initial.elementType, Shape(state.initial.shape)))",
        bytes: state.initial.byteCount)
    }
    streaming = Streaming(
      framesPerStep: step.framesPerStep, delay: step.delay, warmUp: step.warmUp, states: states,
      stateBytes: program.stateByteCount)
    for index in inputs.indices {
      let name = inputs[index].name
      if let port = step.inputs.first(where: { $0.name == name }) {
        inputs[index].role = port.role("frame")
      } else if let state = states.first(where: { $0.name == name }) {
        inputs[index].role = "state" + (state.output.map { ", from \($0)" } ?? "")
      }
    }
    for index in outputs.indices {
      let name = outputs[index].name
      if let port = step.outputs.first(where: { $0.name == name }) {
        outputs[index].role = port.role("result")
      } else if let state = states.first(where: { $0.output == name }) {
        outputs[index].role = "state, to \(state.name)"
      }
    }
  }

  private mutating func count(_ program: Program, per unit: String, calls: Double) {
    let cost = program.cost
    work = Work(
      per: unit, operations: cost.operations / calls, weightBytes: cost.constantBytes / calls,
      valueBytes: cost.valueBytes / calls)
    var operations: [String: Double] = [:]
    for node in program.graph.nodes {
      operations[node.name, default: 0] += program.cost(of: node).operations / calls
    }
    for index in layers.indices { layers[index].operations = operations[layers[index].name] }
  }
}

extension Inspection.Layer {
  /// nil for a node without weights of its own. A weight that several nodes read counts at the first.
  init?(_ node: Node, in graph: Graph, counted: inout Set<ValueID>) {
    var parameters = 0
    for case let input? in node.inputs {
      guard let constant = graph.constants[input], constant.isWeight,
        counted.insert(input).inserted
      else { continue }
      parameters += constant.count
    }
    guard parameters > 0 else { return nil }
    name = node.name
    operation = node.operator.name
    self.parameters = parameters
    output = node.outputs.lazy.compactMap { $0 }.first.map { "\(graph[$0].type)" } ?? "-"
    operations = nil
  }
}

extension Tensor {
  /// Numbers that training gives, as against indices, shapes and single factors.
  fileprivate var isWeight: Bool {
    count > 1 && (elementType.isFloatingPoint || elementType == .int8 || elementType == .uint8)
  }
}

extension StreamPort {
  /// `frame; time is axis 1, batch axis 0`.
  fileprivate func role(_ word: String) -> String {
    var axes: [String] = []
    if let timeAxis { axes.append("time is axis \(timeAxis)") }
    if let batchAxis { axes.append("batch is axis \(batchAxis)") }
    if entriesPerStep != 1 { axes.append("\(entriesPerStep) a step") }
    if firstStep > 0 { axes.append("from step \(firstStep) on") }
    return axes.isEmpty ? word : "\(word); " + axes.joined(separator: ", ")
  }
}

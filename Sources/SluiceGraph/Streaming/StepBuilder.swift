/// Puts the graph of one step together: nodes with their types inferred at once, states.
struct StepBuilder {
  private(set) var graph: Graph
  private(set) var states: [StateVariable] = []
  private let evaluator: any OperatorEvaluator
  private var stateNames = Set<String>()

  init(name: String, evaluator: any OperatorEvaluator) {
    graph = Graph(name: name)
    self.evaluator = evaluator
  }

  func shape(of id: ValueID) -> [Int] { graph[id].type.shape?.sizes ?? [] }

  mutating func input(_ name: String, _ elementType: ElementType, _ shape: [Int]) -> ValueID {
    graph.addInput(name, elementType, Shape(shape))
  }

  mutating func constant(_ tensor: Tensor, name: String) -> ValueID {
    graph.addConstant(tensor, name: name)
  }

  /// An integer list, as shape-deciding inputs are.
  mutating func constant(_ integers: [Int], name: String) -> ValueID {
    constant(Tensor(integers.map { Int64($0) }), name: name)
  }

  /// Adds a node and infers what it gives.
  mutating func emit(
    _ op: Operator, _ inputs: [ValueID?], outputCount: Int = 1, name: String
  ) throws(GraphError) -> [ValueID] {
    let types: [ValueType]
    do {
      types = try op.outputTypes(
        inputs: inputs.map { id in id.map { graph[$0].type } },
        constants: inputs.map { id in id.flatMap { graph.constants[$0] } },
        outputCount: outputCount)
    } catch {
      throw GraphError(error.code, "node '\(name)' (\(op.name)) in one step: \(error.message)")
    }
    let outputs = types.prefix(outputCount).enumerated().map { position, type in
      graph.addValue(position == 0 ? name : "\(name).\(position)", type)
    }
    graph.nodes.append(Node(name: name, operator: op, inputs: inputs, outputs: outputs))
    return outputs
  }

  /// The one output of a node.
  mutating func emitOne(
    _ op: Operator, _ inputs: [ValueID?], name: String
  ) throws(GraphError) -> ValueID {
    try emit(op, inputs, name: name)[0]
  }

  /// Entries `range` of one axis.
  mutating func slice(
    _ id: ValueID, axis: Int, _ range: Range<Int>, step: Int = 1, name: String
  ) throws(GraphError) -> ValueID {
    if step == 1 && range == 0..<shape(of: id)[axis] { return id }
    let bounds = [[range.lowerBound], [range.upperBound], [axis], [step]].map {
      constant($0, name: "\(name).bounds")
    }
    return try emitOne(.slice, [id] + bounds.map { $0 }, name: name)
  }

  /// Declares a state and returns the value that reads it; `setState` says what is left behind.
  mutating func addState(
    _ name: String, outputName: String? = nil, initial: Tensor, firstStep: Int,
    batchAxis: Int? = nil
  ) -> ValueID {
    var unique = name
    var number = 2
    while !stateNames.insert(unique).inserted {
      unique = "\(name)#\(number)"
      number += 1
    }
    let input = graph.addValue(unique, ValueType(initial.elementType, Shape(initial.shape)))
    states.append(
      StateVariable(
        name: unique, outputName: outputName, input: input, output: input, initial: initial,
        firstStep: firstStep, batchAxis: batchAxis))
    return input
  }

  /// Says what the state read by `input` becomes.
  mutating func setState(_ input: ValueID, to output: ValueID, firstStep: Int? = nil) {
    guard let index = states.firstIndex(where: { $0.input == input }) else { return }
    states[index].output = output
    if let firstStep { states[index].firstStep = firstStep }
  }

  mutating func addOutput(_ id: ValueID, name: String) { graph.addOutput(id, name: name) }

  func evaluate(_ op: Operator, _ inputs: [Tensor?]) throws(GraphError) -> Tensor {
    try evaluator.evaluate(op, inputs: inputs, outputCount: 1)[0]
  }
}

import Sluice

@testable import Sluice

/// A network small enough to be worked out by hand, with the step that stands for it.
struct TinyNetwork: Sendable {
  var graph: Graph
  var stepGraph: StepGraph

  /// A model of the network; sessions on it go through `engine`.
  func model(options: NetworkOptions = NetworkOptions()) -> Model {
    Model(graph: graph, options: options)
  }

  func engine(
    _ options: EngineOptions = EngineOptions(), model: Model? = nil,
    backend: any Backend = ReferenceBackend(), others: [any Backend] = [],
    successor: (any Backend)? = nil
  ) throws -> Engine {
    try Engine(
      model ?? self.model(), options, stepGraph: stepGraph,
      plan: Plan(stepGraph.program, fusion: .none), backends: [backend] + others,
      successor: successor,
      decision: BackendDecision(
        backend: backend.name, device: backend.deviceName, reason: "a test", candidates: []))
  }
}

extension TinyNetwork {
  /// A running sum, made for one frame: `y = x + sum; sum_out = y`, both `[batch, 2]`.
  static let runningSum = TinyNetwork(
    graph: runningSumGraph(),
    stepGraph: StepGraph(
      program: runningSumProgram(), framesPerStep: 1,
      inputs: [port("x", [1, 2])], outputs: [port("y", [1, 2])], delay: 0, warmUp: 0, notes: []))

  /// Likewise, with nothing given at the first step.
  static let lateSum = TinyNetwork(
    graph: runningSumGraph(),
    stepGraph: StepGraph(
      program: runningSumProgram(), framesPerStep: 1,
      inputs: [port("x", [1, 2])], outputs: [port("y", [1, 2], firstStep: 1)], delay: 0, warmUp: 1,
      notes: []))

  private static func runningSumGraph() -> Graph {
    var graph = Graph(name: "running sum")
    let x = graph.addInput("x", .float32, [.symbol("batch"), 2])
    let sum = graph.addInput("sum", .float32, [.symbol("batch"), 2])
    let y = graph.addNode(.binary(.add), [x, sum], name: "add")
    graph.addOutput(y, name: "y")
    graph.addOutput(y, name: "sum_out")
    return graph
  }

  private static func runningSumProgram() -> Program {
    var graph = Graph(name: "running sum")
    let type = ValueType(.float32, [1, 2])
    let x = graph.addInput("x", .float32, [1, 2])
    let sum = graph.addValue("sum", type)
    let y = graph.addNode(.binary(.add), [x, sum], name: "add", type: type)
    graph.addOutput(y, name: "y")
    return Program(
      graph: graph,
      states: [
        StateVariable(
          name: "sum", outputName: "sum_out", input: sum, output: y,
          initial: Tensor(zeros: .float32, shape: [1, 2]), batchAxis: 0)
      ])
  }

  /// A network of whole sequences `x [batch, time, 2]` that takes two frames a step:
  /// `pairs [batch, time, 2]` is each pair's sum, one entry a step; `total [batch, 2]` the sum of all
  /// so far, given from the second step on. The state `total.past` is nothing that the file names.
  static let pairSums = TinyNetwork(
    graph: pairSumsGraph(),
    stepGraph: StepGraph(
      program: pairSumsProgram(), framesPerStep: 2,
      inputs: [port("x", [1, 2, 2], time: 1, entries: 2)],
      outputs: [
        port("pairs", [1, 1, 2], time: 1), port("total", [1, 2], firstStep: 1),
      ], delay: 0, warmUp: 2, notes: ["2 frames make one step"]))

  private static func pairSumsGraph() -> Graph {
    var graph = Graph(name: "pair sums")
    let x = graph.addInput("x", .float32, [.symbol("batch"), .symbol("time"), 2])
    graph.addOutput(graph.addNode(.identity, [x], name: "pool"), name: "pairs")
    graph.addOutput(graph.addNode(.identity, [x], name: "sum"), name: "total")
    return graph
  }

  private static func pairSumsProgram() -> Program {
    var graph = Graph(name: "pair sums")
    let x = graph.addInput("x", .float32, [1, 2, 2])
    let past = graph.addValue("total.past", ValueType(.float32, [1, 2]))
    let time = graph.addConstant(Tensor([Int64(1)]), name: "axes")
    let pairs = graph.addNode(
      .reduce(Reduction(.sum)), [x, time], name: "pool", type: ValueType(.float32, [1, 1, 2]))
    let pair = graph.addNode(
      .squeeze, [pairs, time], name: "squeeze", type: ValueType(.float32, [1, 2]))
    let total = graph.addNode(
      .binary(.add), [pair, past], name: "add", type: ValueType(.float32, [1, 2]))
    graph.addOutput(pairs, name: "pairs")
    graph.addOutput(total, name: "total")
    return Program(
      graph: graph,
      states: [
        StateVariable(
          name: "total.past", input: past, output: total,
          initial: Tensor(zeros: .float32, shape: [1, 2]), batchAxis: 0)
      ])
  }

  private static func port(
    _ name: String, _ shape: [Int], time: Int? = nil, entries: Int = 1, firstStep: Int = 0
  ) -> StreamPort {
    StreamPort(
      name: name, shape: shape, elementType: .float32, timeAxis: time, batchAxis: 0,
      entriesPerStep: entries, firstStep: firstStep)
  }
}

/// Frame `i` of a tiny network: `[1, 2]` of values that differ from frame to frame.
func frame(_ i: Int) -> Tensor {
  Tensor([Float(i) + 1, Float(i) * 10], shape: [1, 2])
}

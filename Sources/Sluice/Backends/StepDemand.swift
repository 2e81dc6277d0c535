/// What one step of a network asks of a machine, counted from the network alone: what `auto` predicts from.
public struct StepDemand: Sendable, Hashable {
  /// Operations of a plan that have one source, as a backend runs them.
  struct Part: Sendable, Hashable {
    /// Of one stream: arithmetic operations, and bytes of fp32 weights, each step of a recurrence
    /// counted.
    var operations = 0.0
    var weightBytes = 0.0
    /// Nodes, each step of a recurrence counted: each is begun once.
    var begun = 0.0
  }

  /// Layers with weights of 1 MB and more: launches of their own on a device.
  var wide = Part()
  /// Everything else: on a device, one work-group a stream.
  var narrow = Part()
  /// Bytes of all weights, each once.
  var weightBytes = 0.0
  /// Bytes of a stream's frame and outputs.
  var transferBytes = 0.0
  public var precision: Precision
  /// Streams that step together.
  public var streams: Int
  /// Threads of the processor that a step may use.
  public var threads: Int

  /// - Parameter program: of one step, or of a whole sequence.
  public init(_ program: Program, precision: Precision, streams: Int, threads: Int) {
    self.precision = precision
    self.streams = max(streams, 1)
    self.threads = max(threads, 1)
    let graph = program.graph
    for node in graph.nodes {
      let cost = program.cost(of: node)
      let steps = Double(graph.steps(of: node))
      let isWide = steps == 1 && cost.constantBytes >= Double(1 << 20)
      let part = Part(
        operations: cost.operations, weightBytes: cost.constantBytes * steps, begun: steps)
      if isWide { wide += part } else { narrow += part }
      weightBytes += cost.constantBytes
    }
    let states = Set(program.states.map(\.input))
    for value in graph.inputs.filter({ !states.contains($0) }) + graph.outputs {
      let sizes = graph[value].type.shape?.sizes ?? []
      transferBytes += sizes.reduce(Double(graph[value].type.elementType.byteCount)) {
        $0 * Double($1)
      }
    }
  }
}

extension StepDemand {
  /// One GRU layer of so many units and as many inputs, at fp32 on one thread.
  package init(gruOf units: Int, streams: Int) {
    self.init(
      Program(graph: Graph(name: "gru")), precision: .fp32, streams: streams, threads: 1)
    let size = Double(units)
    weightBytes = 24 * size * size
    transferBytes = 8 * size
    let part = Part(operations: 12 * size * size, weightBytes: weightBytes, begun: 1)
    if weightBytes >= Double(1 << 20) { wide = part } else { narrow = part }
  }
}

extension StepDemand.Part {
  fileprivate static func += (a: inout Self, b: Self) {
    a.operations += b.operations
    a.weightBytes += b.weightBytes
    a.begun += b.begun
  }
}

extension Graph {
  /// Steps that a node takes one after another: the length of a recurrence, else 1.
  fileprivate func steps(of node: Node) -> Int {
    switch node.operator {
    case .gru, .lstm, .rnn:
      let shape = node.inputs.first?.flatMap { self[$0].type.shape?.sizes }
      return max(shape?.first ?? 1, 1)
    default: return 1
    }
  }
}

import SluiceGraph

/// A network drawn from a seed: layers that stream, put together at random.
///
/// Input `x` is `[batch, time, features]` with a symbolic or frozen batch and time (time sometimes
/// equal to another dimension); outputs are `y` `[batch, time', features']` and, in some, `last`
/// `[batch, classes]`, selected at the end. Everything that a step has to undo is drawn: recurrences
/// over time and over features, convolutions (causal, valid, with lookahead; dilated, strided), pools,
/// padding apart from its window, merged axes, transposes, residuals, norms, running sums.
public struct RandomNetwork: Sendable, CustomStringConvertible {
  public internal(set) var graph: Graph
  public let seed: UInt64
  /// One line per layer, for the report of a failing seed.
  public internal(set) var layers: [String] = []
  public let features: Int
  /// Frames of the example; nil if time is a symbol.
  public let frozenTime: Int?
  public let frozenBatch: Int?

  /// What the engine must be told: which axis is time, where neither a symbol nor a recurrence says it.
  public var options: NetworkOptions {
    var options = NetworkOptions()
    if frozenTime != nil && !runsOverTime { options.timeAxes["x"] = 1 }
    return options
  }

  var random: SeededGenerator
  /// Whether a recurrence runs over time.
  var runsOverTime = false
  /// The value that the next layer reads, `[batch, time, width]`.
  var value: ValueID
  var width: Int
  /// Product of the strides so far.
  var rate = 1
  /// Entries of the current value for a frozen time.
  var length: Int?

  /// - Parameter depth: layers; nil draws 1 to 12. A failing seed is shrunk by asking for fewer.
  public init(seed: UInt64, depth: Int? = nil) {
    self.seed = seed
    var random = SeededGenerator(seed: seed)
    features = [3, 4, 6, 8].randomElement(using: &random) ?? 4
    frozenTime =
      Bool.random(using: &random) ? [features * 8, 48].randomElement(using: &random) : nil
    frozenBatch = [nil, 1, 2].randomElement(using: &random) ?? nil
    let drawn = Int.random(in: 1...12, using: &random)
    let withLast = Int.random(in: 0..<3, using: &random) == 0
    var graph = Graph(name: "random-\(seed)")
    let shape: [Dimension] = [
      frozenBatch.map { .size($0) } ?? .symbol("batch"),
      frozenTime.map { .size($0) } ?? .symbol("time"), .size(features),
    ]
    value = graph.addInput("x", .float32, Shape(shape))
    self.graph = graph
    self.random = random
    width = features
    length = frozenTime
    for _ in 0..<(depth ?? drawn) { addLayer() }
    self.graph.addOutput(value, name: "y")
    if withLast { addLastStep() }
  }

  public var description: String {
    let sizes =
      "batch \(frozenBatch.map(String.init) ?? "symbolic"), "
      + "time \(frozenTime.map(String.init) ?? "symbolic"), features \(features)"
    return "seed \(seed): \(sizes); " + layers.joined(separator: ", ")
  }

  // MARK: Parts

  mutating func weights(_ shape: [Int], _ name: String) -> ValueID {
    let count = shape.reduce(1, *)
    let fan = Float(max(1, count / max(1, shape.first ?? 1)))
    let scale = 1.5 / fan.squareRoot()
    let values = (0..<count).map { _ in Float.random(in: -scale...scale, using: &random) }
    return graph.addConstant(Tensor(values, shape: shape), name: name)
  }

  mutating func integers(_ values: [Int]) -> ValueID {
    graph.addConstant(Tensor(values.map { Int64($0) }), name: "integers")
  }

  mutating func node(_ op: Operator, _ inputs: [ValueID?]) -> ValueID {
    graph.addNode(op, inputs, name: "node\(graph.nodes.count).\(op.name)")
  }

  mutating func transpose(_ value: ValueID, _ order: [Int]) -> ValueID {
    node(.transpose(permutation: order), [value])
  }

  /// A reshape whose target's first two entries are batch and time of the current value, as an export
  /// would write it: numbers where frozen, else taken from the shape.
  mutating func reshape(_ value: ValueID, like source: ValueID, _ target: [Target]) -> ValueID {
    if let numbers = frozenTarget(target) {
      return node(.reshape(allowZero: false), [value, integers(numbers)])
    }
    let shape = node(.shape(start: 0, end: nil), [source])
    let parts: [ValueID] = target.map { part in
      switch part {
      case .size(let size): return integers([size])
      case .batch: return node(.gather(axis: 0), [shape, integers([0])])
      case .time: return node(.gather(axis: 0), [shape, integers([1])])
      case .batchTime:
        let batch = node(.gather(axis: 0), [shape, integers([0])])
        let time = node(.gather(axis: 0), [shape, integers([1])])
        return node(.binary(.mul), [batch, time])
      }
    }
    return node(.reshape(allowZero: false), [value, node(.concat(axis: 0), parts)])
  }

  enum Target {
    case size(Int)
    case batch, time, batchTime
  }

  private func frozenTarget(_ target: [Target]) -> [Int]? {
    guard let batch = frozenBatch, let time = length else { return nil }
    return target.map { part in
      switch part {
      case .size(let size): size
      case .batch: batch
      case .time: time
      case .batchTime: batch * time
      }
    }
  }

  mutating func note(_ layer: String) { layers.append(layer) }
}

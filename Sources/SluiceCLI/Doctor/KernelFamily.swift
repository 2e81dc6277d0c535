import Sluice

/// Operators of one kind over many shapes, in one network: a device builds it once.
struct KernelFamily {
  let name: String
  /// At which it runs.
  let precision: Precision
  /// Whether only devices with fp64 can run it.
  let needsDouble: Bool
  var graph: Graph
  /// One per output of the graph.
  private(set) var checks: [Check] = []
  private var random: SplitMix64
  private var failure: GraphError?

  /// What an output has to keep to.
  struct Check {
    /// The operator and its sizes.
    var detail: String
    /// |y − e| at most, as a part of max(1, max|e|) over the output; 0 for equal bits.
    var bound: Double
  }

  /// - Parameter fill: adds operators.
  init(
    _ name: String, at precision: Precision = .fp32, needsDouble: Bool = false,
    _ fill: (inout KernelFamily) -> Void
  ) throws(GraphError) {
    self.needsDouble = needsDouble
    self.name = precision == .fp32 ? name : "\(name) \(precision.rawValue)"
    self.precision = precision
    graph = Graph(name: name)
    random = SplitMix64(seed: 1)
    fill(&self)
    if let failure { throw failure }
  }

  /// An input that the step is given.
  mutating func fed(_ shape: [Int], _ type: ElementType = .float32) -> ValueID {
    graph.addInput("x\(graph.inputs.count)", type, Shape(shape))
  }

  /// Weights, spread evenly over −limit … limit.
  mutating func known(_ shape: [Int], limit: Float = 1) -> ValueID {
    let values = seeded(shape.reduce(1, *), in: -limit...limit)
    return graph.addConstant(Tensor(values, shape: shape), name: "w\(graph.values.count)")
  }

  /// The next of the family's numbers.
  mutating func seeded(_ count: Int, in range: ClosedRange<Float>) -> [Float] {
    random.floats(count, in: range)
  }

  /// Axes, sizes and the like.
  mutating func numbers(_ values: [Int]) -> ValueID {
    graph.addConstant(
      Tensor(values.map(Int64.init), shape: [values.count]), name: "k\(graph.values.count)")
  }

  mutating func number(_ value: Float) -> ValueID {
    graph.addConstant(Tensor([value], shape: []), name: "k\(graph.values.count)")
  }

  /// Appends an operator whose outputs are all held against the reference.
  ///
  /// - Returns: its outputs.
  @discardableResult
  mutating func check(
    _ op: Operator, _ inputs: [ValueID?], outputs count: Int = 1, _ detail: String,
    within bound: Double
  ) -> [ValueID] {
    let values = add(op, inputs, outputs: count)
    for value in values {
      graph.addOutput(value, name: "y\(graph.outputs.count)")
      checks.append(Check(detail: detail, bound: bound))
    }
    return values
  }

  /// Appends an operator.
  mutating func add(_ op: Operator, _ inputs: [ValueID?], outputs count: Int = 1) -> [ValueID] {
    do throws(GraphError) {
      let types = try op.outputTypes(
        inputs: inputs.map { $0.map { graph[$0].type } },
        constants: inputs.map { $0.flatMap { graph.constants[$0] } }, outputCount: count)
      let name = "\(self.name)\(graph.nodes.count)"
      let outputs = types.enumerated().map { graph.addValue("\(name)_\($0.offset)", $0.element) }
      graph.nodes.append(Node(name: name, operator: op, inputs: inputs, outputs: outputs))
      return outputs
    } catch {
      failure = failure ?? error
      return (0..<count).map { _ in graph.addValue("", ValueType(.float32, [])) }
    }
  }
}

/// What fp32 may lose, by the size of sums. u = 2⁻²⁴ is half the distance of two floats at 1.
enum RoundingBound {
  static let unit = 0x1p-24
  /// A few operations, tanh and the like among them (≤ 2e-7).
  static let elementwise = 16 * unit
  /// Lines that are centred, scaled or turned into exponentials.
  static let lines = 96 * unit

  /// What a precision may lose of a weight or a factor, as a part of it (int8: of the largest of its
  /// row): half the distance of two numbers at 1, or half of 1/127.
  static func unit(of precision: Precision) -> Double {
    switch precision {
    case .fp32: 0
    case .fp16: 0x1p-11
    case .bf16: 0x1p-8
    case .int8: 0.5 / 127
    }
  }

  /// A product whose K terms are at most 1 / √K each: in segments of 128, of which each loses at most
  /// its length times u times the sum of its terms' magnitudes (Higham 2002, section 3.1), at most √K.
  /// Below fp32 each term's two factors lose v = `unit(of:)` first: 2 v + v² of at most √K together.
  static func product(_ terms: Int, at precision: Precision = .fp32) -> Double {
    let chain = Double(min(terms, 128) + terms / 128 + 4)
    let stored = unit(of: precision)
    return (chain * unit + (2 + stored) * stored) * max(Double(terms).squareRoot(), 1)
  }

  /// `steps` of a recurrence over `terms` terms a gate: each step adds its gates' error to what its
  /// state brings along.
  static func recurrence(_ terms: Int, steps: Int, at precision: Precision = .fp32) -> Double {
    Double(steps) * (product(terms, at: precision) + 4 * elementwise)
  }
}

import SluiceBackends
import SluiceCPU
import SluiceGraph
import SluicePlanning
import Testing

/// SplitMix64 (Steele, Lea & Flood 2014).
public struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64
  public init(_ seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Numbers in −2 ..< 2.
  public mutating func floats(_ shape: [Int]) -> Tensor {
    let count = shape.reduce(1, *)
    return Tensor((0..<count).map { _ in Float.random(in: -2..<2, using: &self) }, shape: shape)
  }

  /// Whole numbers in `range` as `type`.
  public mutating func integers(_ type: ElementType, _ shape: [Int], in range: Range<Int>) -> Tensor
  {
    let values = (0..<shape.reduce(1, *)).map { _ in Int64(Int.random(in: range, using: &self)) }
    return Tensor(values, shape: shape).converted(to: type)
  }
}

/// One operator on some inputs, run by every backend and by the reference.
public struct OperatorCase: CustomStringConvertible {
  /// An input: fed at run time, or known when the plan is made.
  public enum Input {
    case fed(Tensor)
    case known(Tensor)
    case absent

    public var tensor: Tensor? {
      switch self {
      case .fed(let tensor), .known(let tensor): tensor
      case .absent: nil
      }
    }
  }

  public var op: Operator
  public var inputs: [Input]
  public var outputCount = 1
  /// Outputs that nobody reads.
  public var unused: Set<Int> = []

  public init(
    op: Operator, inputs: [Input], outputCount: Int = 1, unused: Set<Int> = []
  ) {
    self.op = op
    self.inputs = inputs
    self.outputCount = outputCount
    self.unused = unused
  }

  public var description: String {
    let types = inputs.map { $0.tensor.map { "\($0.elementType)\($0.shape)" } ?? "-" }
    return "\(op)(\(types.joined(separator: ", ")))"
  }

  public func program() throws -> Program {
    var graph = Graph(name: "case")
    var values: [ValueID?] = []
    for (index, input) in inputs.enumerated() {
      switch input {
      case .absent: values.append(nil)
      case .known(let tensor): values.append(graph.addConstant(tensor, name: "k\(index)"))
      case .fed(let tensor):
        values.append(graph.addInput("x\(index)", tensor.elementType, Shape(tensor.shape)))
      }
    }
    let types = try op.outputTypes(
      inputs: inputs.map { $0.tensor.map { ValueType($0.elementType, Shape($0.shape)) } },
      constants: inputs.map(\.tensor), outputCount: outputCount)
    let outputs = types.enumerated().map { graph.addValue("y\($0.offset)", $0.element) }
    graph.nodes.append(Node(name: "node", operator: op, inputs: values, outputs: outputs))
    for (index, output) in outputs.enumerated() where !unused.contains(index) {
      graph.addOutput(output)
    }
    return Program(graph: graph)
  }

  /// What a backend gives for the outputs that are read.
  public func run(_ backend: any Backend, _ fusion: Fusion) throws -> (
    outputs: [Tensor], listing: [String]
  ) {
    let plan = try Plan(program(), fusion: fusion)
    let executable = try backend.prepare(plan, options: ExecutableOptions())
    var next = 0
    for case .fed(let tensor) in inputs {
      unsafe tensor.withUnsafeBytes { unsafe executable.write(input: next, slot: 0, from: $0) }
      next += 1
    }
    try executable.step([0])
    return (plan.outputs.indices.map { executable.output($0, slot: 0) }, executable.listing)
  }

  /// Holds the CPU backend to the reference: floats within `tolerance` of the largest magnitude (and of 1),
  /// everything else exactly.
  ///
  /// - Parameter isNative: whether the backend has a kernel for it; else it runs on the reference.
  public func check(
    tolerance: Double = 1e-6, isNative: Bool = true, location: SourceLocation = #_sourceLocation
  ) throws {
    let expected = try run(ReferenceBackend(), .none).outputs
    let found = try run(CPUBackend(), .full)
    if isNative {
      #expect(
        !found.listing.contains { $0.contains("reference:") }, "\(self): \(found.listing)",
        sourceLocation: location)
    }
    compare(found.outputs, expected, tolerance, "cpu", location)
  }

  private func compare(
    _ found: [Tensor], _ expected: [Tensor], _ tolerance: Double, _ backend: String,
    _ location: SourceLocation
  ) {
    for (a, b) in zip(found, expected) {
      let problem = difference(a, b, tolerance: tolerance)
      #expect(problem == nil, "\(backend): \(self)", sourceLocation: location)
    }
  }
}

extension Executable {
  public func output(_ index: Int, slot: Int) -> Tensor {
    let buffer = plan.buffers[plan.outputs[index].buffer]
    var bytes = [UInt8](repeating: 0xAA, count: buffer.byteCount)
    unsafe bytes.withUnsafeMutableBytes { unsafe read(output: index, slot: slot, into: $0) }
    return Tensor(elementType: buffer.elementType, shape: buffer.shape, bytes: bytes)
      ?? Tensor(zeros: buffer.elementType, shape: buffer.shape)
  }
}

/// Where two tensors differ; nil where they agree.
public func difference(_ a: Tensor, _ b: Tensor, tolerance: Double) -> String? {
  guard a.shape == b.shape, a.elementType == b.elementType else {
    return "\(a.elementType)\(a.shape), expected \(b.elementType)\(b.shape)"
  }
  guard a.elementType.isFloatingPoint else { return a == b ? nil : "\(a), expected \(b)" }
  let (found, expected) = (a.doubles(), b.doubles())
  let scale = expected.reduce(1) { $1.isFinite ? max($0, abs($1)) : $0 }
  for (index, (x, y)) in zip(found, expected).enumerated() where x != y {
    if x.isNaN && y.isNaN { continue }
    if !(abs(x - y) <= tolerance * scale) { return "element \(index) is \(x), expected \(y)" }
  }
  return nil
}

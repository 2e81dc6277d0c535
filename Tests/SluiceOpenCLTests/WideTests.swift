import SluiceBackends
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

@testable import SluiceOpenCL

@Suite("Wide layers on OpenCL", .needsDevice)
struct WideTests {
  enum Kind: CaseIterable { case gruAfter, gruBefore, lstm, rnn, product }

  /// Everything wide, nothing wide.
  static let limits = (all: 0, none: Int.max)
  static let counts = [1, 2, 7, 8, 9, 17, 64, 65]

  @Test(
    "A wide launch gives the bits of its body stream by stream, however many streams there are",
    arguments: Kind.allCases)
  func equalBits(kind: Kind) throws {
    var random = SeededRandom(7)
    let hasBias = kind != .rnn
    let program = try Self.program(kind, 130, 65, hasBias: hasBias, &random)
    try check(program, at: .fp32, [1, 4], Self.counts, "\(kind), bias \(hasBias)")
  }

  @Test("So it does for sums of more segments than are under way at once")
  func deepSums() throws {
    for kind in [Kind.gruAfter, .product] {
      var random = SeededRandom(12)
      let program = try Self.program(kind, 1100, 33, hasBias: true, &random)
      try check(program, at: .fp32, [1, 4], [1, 2, 9], "\(kind), 1100 inputs")
    }
  }

  @Test("So it does where a device has more units than large tiles to occupy them")
  func smallTiles() throws {
    for (kind, precision) in [(Kind.gruAfter, Precision.fp32), (.lstm, .fp16), (.gruBefore, .int8)]
    {
      var random = SeededRandom(13)
      let program = try Self.program(kind, 130, 65, hasBias: true, &random)
      try check(
        program, at: precision, [4], [9, 17, 65], "\(kind), \(precision)", computeUnits: 132)
    }
  }

  @Test("So it does for layers of one unit without biases")
  func smallest() throws {
    var random = SeededRandom(10)
    let program = try Self.program(.gruAfter, 7, 1, hasBias: false, &random)
    try check(program, at: .fp32, [1, 4], [1, 9], "one unit")
  }

  @Test(
    "So it does below fp32",
    arguments: [(Kind.gruAfter, Precision.fp16), (.gruBefore, .int8), (.lstm, .bf16)])
  func equalBits(kind: Kind, precision: Precision) throws {
    var random = SeededRandom(8)
    let program = try Self.program(kind, 131, 33, hasBias: true, &random)
    try check(program, at: precision, [1, 4], [1, 3, 9], "\(kind), \(precision)")
  }

  @Test("Layers of 1 MB of weights have launches of their own, smaller ones have not")
  func limit() throws {
    var random = SeededRandom(9)
    let device = try #require(OpenCLDevice.all().first)
    for (hidden, isWide) in [(256, true), (64, false)] {
      let program = try Self.program(.gruAfter, 256, hidden, hasBias: true, &random)
      let executable = try OpenCLBackend(device: device).prepare(
        Plan(program, fusion: .full), options: ExecutableOptions())
      #expect(executable.listing.contains { $0.contains("gru_step") } == isWide)
    }
  }

  /// Steps random streams of 65 and compares outputs and states with those of bodies.
  private func check(
    _ program: Program, at precision: Precision, _ groups: [Int], _ counts: [Int], _ name: String,
    computeUnits: Int? = nil
  ) throws {
    let device = try #require(OpenCLDevice.all().first)
    let plan = try Plan(program, fusion: .full)
    func prepare(_ group: Int, _ limit: Int) throws -> any Executable {
      var tuning = DeviceTuning()
      tuning.wide.limit = limit
      return try OpenCLBackend(
        device: device, groupSize: group, tuning: tuning, computeUnits: computeUnits
      ).prepare(plan, options: ExecutableOptions(slots: 65, precision: precision))
    }
    let bodies = try prepare(1, Self.limits.none)
    let wide = try groups.map { try prepare($0, Self.limits.all) }
    #expect(wide.allSatisfy { $0.listing.contains { $0.contains("_step") } }, "\(name)")
    var random = SeededRandom(11)
    for count in counts {
      let slots = Array((0..<65).shuffled(using: &random).prefix(count))
      for slot in slots {
        let frames = plan.inputs.map { random.floats(plan.buffers[$0.buffer].shape) }
        for executable in wide + [bodies] {
          for (input, frame) in frames.enumerated() {
            unsafe frame.withUnsafeBytes {
              unsafe executable.write(input: input, slot: slot, from: $0)
            }
          }
        }
      }
      for executable in wide + [bodies] { try executable.step(slots) }
      for (form, executable) in wide.enumerated() {
        for slot in slots {
          let hasStates = try plan.states.indices.allSatisfy {
            try executable.state($0, slot: slot) == bodies.state($0, slot: slot)
          }
          #expect(
            hasStates && executable.output(0, slot: slot) == bodies.output(0, slot: slot),
            "\(name), form \(form), \(count) streams, slot \(slot)")
        }
      }
    }
  }

  /// One step of a layer whose states are states.
  static func program(
    _ kind: Kind, _ inputs: Int, _ hidden: Int, hasBias: Bool, _ random: inout SeededRandom
  ) throws -> Program {
    var graph = Graph(name: "\(kind)")
    func known(_ shape: [Int]) -> ValueID {
      let scale = 0.5 / Float(inputs + hidden).squareRoot()
      let values = random.floats(shape).floats().map { $0 * scale }
      return graph.addConstant(Tensor(values, shape: shape), name: "w\(graph.values.count)")
    }
    let x = graph.addInput(
      "x", .float32, Shape(kind == .product ? [1, inputs] : [1, 1, inputs]))
    let recurrence = Recurrence(hiddenSize: hidden, direction: .forward)
    let (op, gates): (Operator, Int) =
      switch kind {
      case .gruAfter: (.gru(GRU(recurrence, resetAfter: true)), 3)
      case .gruBefore: (.gru(GRU(recurrence, resetAfter: false)), 3)
      case .lstm: (.lstm(LSTM(recurrence)), 4)
      case .rnn: (.rnn(RNN(recurrence)), 1)
      case .product: (.gemm(Gemm(transposeB: true)), 1)
      }
    var list: [ValueID?] = [x]
    var held: [ValueID] = []
    if kind == .product {
      list += [known([hidden, inputs]), hasBias ? known([hidden]) : nil]
    } else {
      list += [known([1, gates * hidden, inputs]), known([1, gates * hidden, hidden])]
      list += [hasBias ? known([1, 2 * gates * hidden]) : nil, nil]
      for index in 0..<(kind == .lstm ? 2 : 1) {
        held.append(
          graph.addValue("past\(index)", ValueType(.float32, Shape([1, 1, hidden]))))
      }
      list += held.map { $0 }
      if kind == .lstm { list.append(hasBias ? known([1, 3 * hidden]) : nil) }
    }
    let types = try op.outputTypes(
      inputs: list.map { $0.map { graph[$0].type } },
      constants: list.map { $0.flatMap { graph.constants[$0] } }, outputCount: held.count + 1)
    let outputs = types.enumerated().map { graph.addValue("y\($0.offset)", $0.element) }
    graph.nodes.append(Node(name: "layer", operator: op, inputs: list, outputs: outputs))
    graph.addOutput(outputs[0], name: "y")
    let states = held.enumerated().map { index, value in
      StateVariable(
        name: "past\(index)", input: value, output: outputs[index + 1],
        initial: Tensor(random.floats([1, 1, hidden]).floats(), shape: [1, 1, hidden]))
    }
    return Program(graph: graph, states: states)
  }
}

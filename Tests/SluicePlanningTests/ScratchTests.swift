import SluiceGraph
import SluicePlanning
import Testing

/// The layout of scratch over random programs.
@Suite("Scratch")
struct ScratchTests {
  /// SplitMix64 (Steele, Lea & Flood 2014).
  struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  @Test("No two buffers alive at once share a byte, in 200 random programs")
  func noOverlap() throws {
    for seed in 0..<200 {
      var random = Random(state: UInt64(seed))
      let program = Self.randomProgram(&random)
      for fusion in Fusion.allCases {
        let plan = try Plan(program, fusion: fusion)
        #expect(plan.violations() == [], "seed \(seed), fusion \(fusion)")
      }
    }
  }

  @Test("A chain of equal buffers needs two of them")
  func chain() throws {
    var graph = Graph(name: "chain")
    var value = graph.addInput("x", .float32, [100])
    for i in 0..<20 {
      value = graph.addNode(
        .unary(.tanh), [value], name: "n\(i)", type: ValueType(.float32, [100]))
    }
    graph.addOutput(value)
    let plan = try Plan(Program(graph: graph), fusion: .none)
    #expect(plan.scratchByteCount == 2 * 448)
    #expect(try Plan(Program(graph: graph), fusion: .full).scratchByteCount == 448)
  }

  @Test("The invariants see a plan whose offsets were moved onto each other")
  func violationsAreSeen() throws {
    var graph = Graph(name: "sum")
    let x = graph.addInput("x", .float32, [4])
    let a = graph.addNode(.unary(.exp), [x], name: "a", type: ValueType(.float32, [4]))
    let b = graph.addNode(.unary(.neg), [x], name: "b", type: ValueType(.float32, [4]))
    let c = graph.addNode(.binary(.add), [a, b], name: "c", type: ValueType(.float32, [4]))
    graph.addOutput(c)
    var plan = try Plan(Program(graph: graph), fusion: .none)
    #expect(plan.violations() == [])
    plan.buffers[2].placement = plan.buffers[1].placement
    #expect(plan.violations() == ["buffers 1 and 2 share bytes while both are alive"])
    plan.operations.swapAt(0, 2)
    #expect(plan.violations().first == "c reads buffer 1 before it is written")
  }

  /// Up to 40 element-wise nodes and reshapes over values of up to 5 sizes, with states.
  static func randomProgram(_ random: inout Random) -> Program {
    var graph = Graph(name: "random")
    var values: [(id: ValueID, size: Int)] = []
    for i in 0..<Int.random(in: 1...3, using: &random) {
      let size = [0, 1, 7, 64, 1000].randomElement(using: &random) ?? 1
      values.append((graph.addInput("x\(i)", .float32, [.size(size)]), size))
    }
    var states: [StateVariable] = []
    for i in 0..<Int.random(in: 0...2, using: &random) {
      let value = graph.addValue("s\(i)", ValueType(.float32, [64]))
      values.append((value, 64))
      states.append(
        StateVariable(
          name: "s\(i)", input: value, output: value, initial: Tensor(zeros: .float32, shape: [64]))
      )
    }
    for i in 0..<Int.random(in: 1...40, using: &random) {
      let (a, size) = values.randomElement(using: &random) ?? values[0]
      let type = ValueType(.float32, [.size(size)])
      let equal = values.filter { $0.size == size }.map(\.id)
      let b = equal.randomElement(using: &random) ?? a
      let op: Operator =
        [.binary(.add), .identity, .unary(.tanh)].randomElement(using: &random) ?? .identity
      let inputs = op == .binary(.add) ? [a, b] : [a]
      values.append((graph.addNode(op, inputs, name: "n\(i)", type: type), size))
    }
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      graph.addOutput((values.randomElement(using: &random) ?? values[0]).id)
    }
    for i in states.indices {
      states[i].output =
        values.filter { $0.size == 64 }.randomElement(using: &random)?.id ?? states[i].input
    }
    return Program(graph: graph, states: states)
  }
}

import SluiceBackends
import SluiceCPU
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

/// Fused plans against unfused ones.
@Suite("Fusion")
struct FusionTests {
  @Test(
    "1000 random programs of movement give the same bits fused as unfused, on both backends",
    arguments: [1, 2, 3, 4])
  func movement(part: UInt64) throws {
    for seed in (part * 1000)..<(part * 1000 + 250) {
      let (program, inputs) = try RandomMovement.program(seed: seed)
      let plan = try Plan(program, fusion: .full)
      #expect(plan.violations() == [], "seed \(seed)")
      let expected = try ProgramRunner(program, backend: ReferenceBackend()).call(inputs)
      let backends: [any Backend] = [ReferenceBackend(), CPUBackend()]
      for backend in backends {
        let found = try ProgramRunner(program, backend: backend, fusion: .full).call(inputs)
        #expect(found == expected, "seed \(seed) on \(backend.name): \(plan.listing)")
      }
    }
  }

  @Test("Slices, transposes and gathers before a reader with strides are one view, without a copy")
  func views() throws {
    var graph = Graph(name: "views")
    let x = graph.addInput("x", .float32, [4, 6])
    func ints(_ numbers: [Int64]) -> ValueID {
      graph.addConstant(Tensor(numbers), name: "c\(graph.values.count)")
    }
    let turned = graph.addNode(
      .transpose(permutation: [1, 0]), [x], name: "turn", type: ValueType(.float32, [6, 4]))
    let cut = graph.addNode(
      .slice, [turned, ints([1]), ints([6]), ints([0]), ints([2])], name: "cut",
      type: ValueType(.float32, [3, 4]))
    let y = graph.addNode(.unary(.neg), [cut], name: "neg", type: ValueType(.float32, [3, 4]))
    graph.addOutput(y, name: "y")
    let plan = try Plan(Program(graph: graph), fusion: .full)
    #expect(plan.operations.map(\.kind) == ["neg"])
    #expect(
      plan.buffers[plan.operations[0].inputs[0] ?? 0].placement
        == .view(0, offset: 1, strides: [2, 6]))
  }

  @Test("A concatenation of pads, slices and scatters is copied once, piece by piece")
  func assemblies() throws {
    var graph = Graph(name: "assembly")
    let x = graph.addInput("x", .float32, [2, 3])
    let k = graph.addInput("k", .float32, [2, 1])
    func ints(_ numbers: [Int64], _ shape: [Int]? = nil) -> ValueID {
      graph.addConstant(Tensor(numbers, shape: shape), name: "c\(graph.values.count)")
    }
    let joined = graph.addNode(
      .concat(axis: 1), [x, k], name: "joined", type: ValueType(.float32, [2, 4]))
    let padded = graph.addNode(
      .pad(.constant), [joined, ints([0, 1, 0, 0])], name: "padded",
      type: ValueType(.float32, [2, 5]))
    let changed = graph.addNode(
      .scatterND(.none), [padded, ints([0, 2, 1, 2], [2, 1, 2]), k], name: "changed",
      type: ValueType(.float32, [2, 5]))
    graph.addOutput(changed, name: "y")
    let plan = try Plan(Program(graph: graph), fusion: .full)
    #expect(plan.operations.map(\.kind) == ["assembly of 4"])
  }

  @Test("Chains of element-wise nodes are one expression, with what others read as further results")
  func chains() throws {
    var graph = Graph(name: "chain")
    let type = ValueType(.float32, [3, 4])
    let x = graph.addInput("x", .float32, [3, 4])
    let row = graph.addInput("row", .float32, [4])
    let a = graph.addNode(.binary(.mul), [x, row], name: "a", type: type)
    let b = graph.addNode(.unary(.sigmoid), [a], name: "b", type: type)
    let c = graph.addNode(.binary(.mul), [a, b], name: "c", type: type)
    let d = graph.addNode(.softmax(axis: 1), [b], name: "d", type: type)
    graph.addOutput(c, name: "c")
    graph.addOutput(d, name: "d")
    let plan = try Plan(Program(graph: graph), fusion: .full)
    #expect(plan.operations.map(\.kind) == ["mul sigmoid mul", "softmax"])
    #expect(plan.operations[0].outputs.count == 2)
  }

  @Test("A layer normalisation written as primitives is one operation, scale and bias included")
  func layerNormalization() throws {
    var graph = Graph(name: "norm")
    let type = ValueType(.float32, [5, 2, 3])
    let x = graph.addInput("x", .float32, [5, 2, 3])
    let axes = graph.addConstant(Tensor([Int64(1), 2]), name: "axes")
    let two = graph.addConstant(Tensor(scalar: Float(2)), name: "two")
    let epsilon = graph.addConstant(Tensor(scalar: Float(1e-5)), name: "epsilon")
    let scale = graph.addConstant(Tensor((1...6).map { Float($0) }, shape: [2, 3]), name: "scale")
    let mean = Operator.reduce(Reduction(.mean))
    let m = graph.addNode(mean, [x, axes], name: "m", type: ValueType(.float32, [5, 1, 1]))
    let d = graph.addNode(.binary(.sub), [x, m], name: "d", type: type)
    let q = graph.addNode(.binary(.pow), [d, two], name: "q", type: type)
    let v = graph.addNode(mean, [q, axes], name: "v", type: ValueType(.float32, [5, 1, 1]))
    let e = graph.addNode(
      .binary(.add), [v, epsilon], name: "e", type: ValueType(.float32, [5, 1, 1]))
    let s = graph.addNode(.unary(.sqrt), [e], name: "s", type: ValueType(.float32, [5, 1, 1]))
    let n = graph.addNode(.binary(.div), [d, s], name: "n", type: type)
    let g = graph.addNode(.binary(.mul), [n, scale], name: "g", type: type)
    let y = graph.addNode(.binary(.add), [g, scale], name: "y", type: type)
    graph.addOutput(y, name: "y")
    let program = Program(graph: graph)
    let plan = try Plan(program, fusion: .full)
    #expect(plan.operations.map(\.operator) == [.layerNormalization(axis: 1, epsilon: 1e-5)])
    var random = SeededGenerator(seed: 5)
    let input = Tensor(random.floats(30), shape: [5, 2, 3])
    let expected = try ProgramRunner(program, backend: ReferenceBackend()).call([input])
    let found = try ProgramRunner(program, backend: CPUBackend(), fusion: .full).call([input])
    let errors = zip(found[0].floats(), expected[0].floats()).map { abs($0 - $1) }
    #expect((errors.max() ?? 1) < 2e-5)
  }

  @Test("Biases and activations go into their product, through reshapes as well")
  func products() throws {
    var graph = Graph(name: "product")
    let x = graph.addInput("x", .float32, [2, 3, 4])
    var random = SeededGenerator(seed: 6)
    let w = graph.addConstant(Tensor(random.floats(20), shape: [4, 5]), name: "w")
    let b = graph.addConstant(Tensor(random.floats(5)), name: "b")
    let target = graph.addConstant(Tensor([Int64(6), 5]), name: "target")
    let type = ValueType(.float32, [2, 3, 5])
    let p = graph.addNode(.matMul, [x, w], name: "p", type: type)
    let s = graph.addNode(.binary(.add), [b, p], name: "s", type: type)
    let r = graph.addNode(
      .reshape(allowZero: false), [s, target], name: "r", type: ValueType(.float32, [6, 5]))
    let g = graph.addNode(.unary(.sigmoid), [r], name: "g", type: ValueType(.float32, [6, 5]))
    let y = graph.addNode(.binary(.mul), [r, g], name: "y", type: ValueType(.float32, [6, 5]))
    let t = graph.addNode(.unary(.tanh), [y], name: "t", type: ValueType(.float32, [6, 5]))
    graph.addOutput(t, name: "t")
    #expect(
      try Plan(Program(graph: graph), fusion: .full).operations.map(\.kind)
        == ["matMul", "sigmoid mul tanh"])
    graph.outputs[0] = g
    #expect(
      try Plan(Program(graph: graph), fusion: .full).operations.map(\.kind) == ["matMul + sigmoid"])
  }
}

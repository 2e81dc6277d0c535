import SluiceBackends
import SluiceGraph
import Testing

@Suite struct `Binding of inputs` {
  let evaluator = ReferenceEvaluator()

  /// Two inputs that share `n`, a third that decides a shape.
  static func graph() -> Graph {
    var graph = Graph(name: "g")
    let x = graph.addInput("x", .float32, ["n", "time", 4])
    let h = graph.addInput("h", .float32, [1, "n", "2*time"])
    let target = graph.addInput("target", .int64, [2])
    let count = graph.addInput("count", .int64, [])
    _ = count
    let y = graph.addNode(.reshape(allowZero: false), [x, target], name: "reshape")
    graph.addOutput(y, name: "y")
    graph.addOutput(graph.addNode(.unary(.relu), [h], name: "relu"), name: "z")
    return graph
  }

  @Test func `Shapes of inputs give the symbols their numbers`() throws {
    let bound = try Self.graph().bound(
      inputShapes: ["x": [2, 3, 4]], inputs: ["target": vector(0, -1)], evaluator: evaluator)
    #expect(
      bound.listing == [
        "input  x: float32[2, 3, 4]",
        "input  h: float32[1, 2, 6]",
        "input  count: int64[]",
        "const  target: int64[2] = [0, -1]",
        "node   reshape: reshape(x, target) -> reshape: float32[2, 12]",
        "node   relu: relu(h) -> relu: float32[1, 2, 6]",
        "output y = reshape: float32[2, 12]",
        "output z = relu: float32[1, 2, 6]",
      ])
  }

  @Test func `All that is not bound is told at once`() throws {
    let unbound = Self.graph().unbound
    #expect(unbound.dimensions.map(\.name) == ["n", "time"])
    #expect(unbound.dimensions.map(\.inputs) == [["x", "h"], ["x", "h"]])
    #expect(unbound.inputs.map(\.name) == ["target"])
    expect(
      error: """
        graph 'g' has sizes that are not bound:
          dimension 'n' of inputs 'x', 'h': --bind n=VALUE
          dimension 'time' of inputs 'x', 'h': --bind time=VALUE
          input 'target', which decides a shape or branch at node 'reshape': --bind target=VALUE
        """, code: .unbound
    ) { () throws(GraphError) in _ = try Self.graph().bound(evaluator: evaluator) }
  }

  @Test func `An input without a shape has to be given one`() throws {
    var graph = Graph(name: "open")
    let x = graph.addInput("x", .float32, nil)
    graph.addOutput(graph.addNode(.unary(.relu), [x], name: "relu"))
    expect(
      error: """
        graph 'open' has sizes that are not bound:
          input 'x', whose shape the file leaves open
        """, code: .unbound
    ) { () throws(GraphError) in _ = try graph.bound(evaluator: evaluator) }
    let bound = try graph.bound(inputShapes: ["x": [2]], evaluator: evaluator)
    #expect(bound[bound.outputs[0]].type == ValueType(.float32, [2]))
  }

  @Test func `A bound graph is a sequence program without state`() throws {
    let sequence = try Self.graph().sequenceGraph(
      dimensions: ["n": 1, "time": 5], inputs: ["target": vector(5, 4)], evaluator: evaluator)
    #expect(sequence.program.states.isEmpty)
    #expect(sequence.program.graph.nodes.map(\.name) == ["reshape", "relu"])
  }

  struct Refusal: Sendable {
    var dimensions: [String: Int] = [:]
    var shapes: [String: [Int]] = [:]
    var inputs: [String: Tensor] = [:]
    var message: String
  }

  static let refusals = [
    Refusal(
      dimensions: ["tmie": 3],
      message: "no dimension or input is called 'tmie'; dimensions: 2*time, n, time; "
        + "inputs: x, h, target, count"),
    Refusal(
      dimensions: ["n": 3], shapes: ["x": [4, 2, 4]],
      message: "dimension 'n' is 3 by its binding and 4 by input 'x'"),
    Refusal(
      shapes: ["x": [4, 2, 4], "h": [1, 5, 4]],
      message: "dimension 'n' is 5 by input 'h' and 4 by input 'x'"),
    Refusal(
      shapes: ["x": [4, 2, 4], "h": [1, 4, 5]],
      message: "dimension '2*time' of input 'h' comes to 4, found 5"),
    Refusal(
      shapes: ["x": [4, 2, 5]],
      message: "input 'x': expected shape [n, time, 4], found [4, 2, 5]"),
    Refusal(
      shapes: ["x": [4, 2]], message: "input 'x': expected shape [n, time, 4], found [4, 2]"),
    Refusal(
      dimensions: ["n": -1], message: "dimension 'n': expected at least 0, found -1"),
    Refusal(
      dimensions: ["target": 7],
      message: "input 'target' is int64[2]: the one number 7 cannot bind it"),
    Refusal(
      inputs: ["target": Tensor([Float(1), 2])],
      message: "input 'target': expected int64[2], found float32[2]"),
    Refusal(
      inputs: ["target": vector(1, 2, 3)],
      message: "input 'target': expected shape [2], found [3]"),
  ]

  @Test(arguments: refusals) func `Contradictions are refused`(refusal: Refusal) {
    expect(error: refusal.message, code: .invalid) { () throws(GraphError) in
      _ = try Self.graph().bound(
        dimensions: refusal.dimensions, inputShapes: refusal.shapes, inputs: refusal.inputs,
        evaluator: evaluator)
    }
  }

  @Test func `Sizes whose product overflows are told with the input`() {
    expect(
      error: "input 'x': shape [1099511627776, 1099511627776, 4] has more than 2^63 elements",
      code: .limit
    ) { () throws(GraphError) in
      _ = try Self.graph().bound(
        dimensions: ["n": 1 << 40, "time": 1 << 40], inputs: ["target": vector(0, -1)],
        evaluator: evaluator)
    }
  }

  @Test(arguments: [
    ([-3], GraphError.Code.invalid, "expected sizes of at least 0, found -3 in float32[-3]"),
    (
      [1 << 40, 1 << 40], .limit, "shape [1099511627776, 1099511627776] has more than 2^63 elements"
    ),
    ([1 << 62], .limit, "size 4611686018427387904 * 4 is beyond 2^63"),
  ]) func `Inputs no tensor can have are refused`(
    sizes: [Int], code: GraphError.Code, message: String
  ) {
    var graph = Graph(name: "hostile")
    graph.addOutput(graph.addInput("x", .float32, Shape(sizes)))
    expect(error: "input 'x': " + message, code: code) { () throws(GraphError) in
      _ = try graph.analysed(evaluator: evaluator)
    }
  }

  @Test func `Inputs of one name keep their own types`() throws {
    var graph = Graph(name: "twins")
    graph.addOutput(graph.addInput("x", .float32, ["n"]), name: "a")
    graph.addOutput(graph.addInput("x", .int64, ["n", 2]), name: "b")
    let bound = try graph.bound(dimensions: ["n": 3], evaluator: evaluator)
    #expect(
      bound.inputs.map { bound[$0].type }
        == [ValueType(.float32, [3]), ValueType(.int64, [3, 2])])
  }
}

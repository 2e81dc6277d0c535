import SluiceBackends
import SluiceGraph
import Testing

@Suite struct `Analysis of graphs` {
  let evaluator = ReferenceEvaluator()

  /// A GRU whose initial state has the batch size of the input, as PyTorch exports it.
  static func recurrent() -> Graph {
    var graph = Graph(name: "recurrent")
    let x = graph.addInput("x", .float32, ["batch", "time", 3])
    let zero = graph.addConstant(scalar(0), name: "zero")
    let axis = graph.addConstant(vector(0), name: "axis")
    let one = graph.addConstant(vector(1), name: "one")
    let hidden = graph.addConstant(vector(4), name: "hidden")
    let shape = graph.addNode(.shape(start: 0, end: nil), [x], name: "shape")
    let batch = graph.addNode(.gather(axis: 0), [shape, zero], name: "batch")
    let row = graph.addNode(.unsqueeze, [batch, axis], name: "row")
    let sizes = graph.addNode(.concat(axis: 0), [one, row, hidden], name: "sizes")
    let state = graph.addNode(.constantOfShape(Tensor([Float(0)])), [sizes], name: "state")
    let frames = graph.addNode(.transpose(permutation: [1, 0, 2]), [x], name: "frames")
    let w = graph.addConstant(Tensor(zeros: .float32, shape: [1, 12, 3]), name: "W")
    let u = graph.addConstant(Tensor(zeros: .float32, shape: [1, 12, 4]), name: "U")
    let y = graph.addNode(
      .gru(GRU(Recurrence(hiddenSize: 4), resetAfter: true)), [frames, w, u, nil, nil, state],
      name: "gru")
    graph.addOutput(graph.addNode(.squeeze, [y, one], name: "squeeze"), name: "y")
    return graph
  }

  @Test func `Symbols run through shape computations`() throws {
    let graph = try Self.recurrent().analysed(evaluator: evaluator)
    try graph.validate()
    #expect(
      graph.listing
        == [
          "input  x: float32[batch, time, 3]",
          "const  zero: int64[] = 0",
          "const  axis: int64[1] = [0]",
          "const  one: int64[1] = [1]",
          "const  hidden: int64[1] = [4]",
          "const  W: float32[1, 12, 3]",
          "const  U: float32[1, 12, 4]",
          "node   shape: shape(x) -> shape: int64[3]",
          "node   batch: gather(shape, zero) -> batch: int64[]",
          "node   row: unsqueeze(batch, axis) -> row: int64[1]",
          "node   sizes: concat(one, row, hidden) -> sizes: int64[3]",
          "node   state: constantOfShape(sizes) -> state: float32[1, batch, 4]",
          "node   frames: transpose(x) -> frames: float32[time, batch, 3]",
          "node   gru: gru(frames, W, U, –, –, state) -> gru: float32[time, 1, batch, 4]",
          "node   squeeze: squeeze(gru, one) -> squeeze: float32[time, batch, 4]",
          "output y = squeeze: float32[time, batch, 4]",
        ].sorted(like: graph.listing))
  }

  @Test func `Once bound, only what computes is left`() throws {
    let graph = try Self.recurrent().bound(
      dimensions: ["batch": 1, "time": 7], evaluator: evaluator)
    try graph.validate()
    #expect(
      graph.listing
        == [
          "input  x: float32[1, 7, 3]",
          "const  one: int64[1] = [1]",
          "const  state: float32[1, 1, 4] = [0.0, 0.0, 0.0, 0.0]",
          "const  W: float32[1, 12, 3]",
          "const  U: float32[1, 12, 4]",
          "node   frames: transpose(x) -> frames: float32[7, 1, 3]",
          "node   gru: gru(frames, W, U, –, –, state) -> gru: float32[7, 1, 1, 4]",
          "node   squeeze: squeeze(gru, one) -> squeeze: float32[7, 1, 4]",
          "output y = squeeze: float32[7, 1, 4]",
        ].sorted(like: graph.listing))
  }

  @Test func `Nodes that do nothing are forgotten, and names of outputs stay`() throws {
    var graph = Graph(name: "idle")
    let x = graph.addInput("x", .float32, [2, 3])
    let target = graph.addConstant(vector(-1, 3), name: "target")
    let pads = graph.addConstant(vector(0, 0, 0, 0), name: "pads")
    var value = graph.addNode(.identity, [x], name: "identity")
    value = graph.addNode(.reshape(allowZero: false), [value, target], name: "reshape")
    value = graph.addNode(.transpose(permutation: [0, 1]), [value], name: "transpose")
    value = graph.addNode(.cast(.float32), [value], name: "cast")
    value = graph.addNode(.concat(axis: 0), [value], name: "concat")
    value = graph.addNode(.pad(.constant), [value, pads], name: "pad")
    graph.addOutput(value, name: "same")
    graph.addOutput(graph.addNode(.unary(.relu), [value], name: "relu"), name: "y")
    let bound = try graph.bound(evaluator: evaluator)
    #expect(
      bound.listing == [
        "input  x: float32[2, 3]",
        "node   relu: relu(x) -> relu: float32[2, 3]",
        "output same = x: float32[2, 3]",
        "output y = relu: float32[2, 3]",
      ])
  }

  @Test func `Nodes that move elements are kept although the shape stays`() throws {
    var graph = Graph(name: "busy")
    let x = graph.addInput("x", .float32, [3, 3])
    let backwards = [vector(-1), vector(.min), vector(0), vector(-1)].enumerated().map {
      graph.addConstant($1, name: "bound\($0)")
    }
    let pads = graph.addConstant(vector(1, 0, -1, 0), name: "pads")
    var value = graph.addNode(.transpose(permutation: []), [x], name: "transpose")
    value = graph.addNode(.slice, [value] + backwards, name: "reverse")
    value = graph.addNode(.pad(.constant), [value, pads], name: "shift")
    graph.addOutput(value)
    let bound = try graph.bound(evaluator: evaluator)
    #expect(bound.nodes.map(\.name) == ["transpose", "reverse", "shift"])
  }

  @Test func `Dead nodes, unread outputs and unused constants go; inputs stay`() throws {
    var graph = Graph(name: "dead")
    let x = graph.addInput("x", .float32, [4, 6])
    _ = graph.addInput("unused", .float32, [2])
    _ = graph.addConstant(vector(1), name: "unused constant")
    graph.addNode(.unary(.exp), [x], name: "dead")
    let parts = [
      graph.addValue("a", ValueType(.float32, nil)), graph.addValue("b", ValueType(.float32, nil)),
    ]
    graph.nodes.append(
      Node(name: "split", operator: .split(axis: 1), inputs: [x], outputs: parts))
    graph.addOutput(parts[1])
    let bound = try graph.bound(evaluator: evaluator)
    #expect(
      bound.listing == [
        "input  x: float32[4, 6]",
        "input  unused: float32[2]",
        "node   split: split(x) -> –, b: float32[4, 3]",
        "output b: float32[4, 3]",
      ])
  }

  @Test func `Errors name the node`() throws {
    var graph = Graph(name: "wrong")
    let x = graph.addInput("x", .float32, [2, 3])
    graph.addOutput(graph.addNode(.matMul, [x, x], name: "product"))
    expect(
      error: "node 'product' (matMul): shapes [2, 3] and [2, 3] do not multiply: "
        + "3 columns meet 2 rows", code: .invalid
    ) { () throws(GraphError) in _ = try graph.analysed(evaluator: evaluator) }
  }

  @Test func `What a file declares completes what inference cannot know`() throws {
    var graph = Graph(name: "declared")
    let x = graph.addInput("x", .float32, ["n"])
    let limit = graph.addNode(.cast(.int64), [x], name: "limit")
    let zero = graph.addConstant(scalar(0), name: "zero")
    let one = graph.addConstant(scalar(1), name: "one")
    let whole = graph.addNode(.reduce(Reduction(.max, keepDimensions: false)), [limit], name: "max")
    let y = graph.addNode(
      .range, [zero, whole, one], name: "range", type: ValueType(.int64, ["count"]))
    graph.addOutput(y)
    let analysed = try graph.analysed(evaluator: evaluator)
    #expect(analysed[analysed.outputs[0]].type == ValueType(.int64, ["count"]))
    expect(
      error: """
        graph 'declared' has sizes that are not bound:
          input 'x', which decides a shape or branch at node 'range': --bind x=VALUE
        """, code: .unbound
    ) { () throws(GraphError) in
      _ = try graph.bound(dimensions: ["n": 4], evaluator: evaluator)
    }
  }
}

extension [String] {
  /// The same lines in the order they have in `other`, those it lacks at the end: constants stand in
  /// the order in which analysis met them, which no one relies on.
  func sorted(like other: [String]) -> [String] {
    sorted {
      (other.firstIndex(of: $0) ?? .max, $0) < (other.firstIndex(of: $1) ?? .max, $1)
    }
  }
}

import SluiceBackends
import SluiceGraph
import Testing

@Suite struct `Constants computed in advance` {
  @Test func `Weights that reach a layer through other nodes become one constant`() throws {
    var graph = Graph(name: "weights")
    let x = graph.addInput("x", .float32, ["n", 4])
    let part = (0..<2).map {
      graph.addConstant(Tensor((0..<8).map { Float($0) }, shape: [2, 4]), name: "part\($0)")
    }
    let joined = graph.addNode(.concat(axis: 0), part, name: "join")
    let turned = graph.addNode(.transpose(permutation: []), [joined], name: "turn")
    graph.addOutput(graph.addNode(.matMul, [x, turned], name: "product"), name: "y")
    let evaluator = EvaluationRecord()
    let bound = try graph.analysed(evaluator: evaluator)
    #expect(bound.nodes.map(\.name) == ["product"])
    #expect(bound.constants.values.map(\.shape) == [[4, 4]])
    #expect(
      bound.constants.values.first?.floats()
        == [0, 4, 0, 4, 1, 5, 1, 5, 2, 6, 2, 6, 3, 7, 3, 7])
    #expect(evaluator.operators == ["concat", "transpose"])
  }

  /// A constant of 2^40 elements, and what may lead there.
  static let hostile: [(String, Graph)] = [
    ("constantOfShape", constantOfShape(vector(1 << 40))), ("range", range(1_000_000_000_000)),
    ("tile", repeated(.tile, [1000, 1000, 1000, 1000])),
    ("expand", repeated(.expand, [1000, 1 << 40])),
  ]

  @Test(arguments: hostile) func `A constant beyond the limit is refused before it is computed`(
    name: String, graph: Graph
  ) throws {
    let evaluator = EvaluationRecord()
    do {
      _ = try graph.bound(evaluator: evaluator)
      Issue.record("expected an error")
    } catch {
      #expect(error.code == .limit)
      #expect(error.message.contains("more than the limit of 4294967296"), "\(error)")
      #expect(error.message.contains("(\(name))"), "\(error)")
    }
    #expect(evaluator.largestByteCount <= 1 << 16)
  }

  @Test func `All constants together count`() throws {
    var graph = Graph(name: "many")
    let size = graph.addConstant(vector(100), name: "size")
    for index in 0..<3 {
      graph.addOutput(
        graph.addNode(.constantOfShape(Tensor([Float(1)])), [size], name: "fill\(index)"))
    }
    _ = try graph.bound(evaluator: ReferenceEvaluator(), memoryLimit: 1200)
    expect(
      error: "node 'fill2' (constantOfShape): constants computed in advance would take 1200 bytes, "
        + "more than the limit of 1199", code: .limit
    ) { () throws(GraphError) in
      _ = try graph.bound(evaluator: ReferenceEvaluator(), memoryLimit: 1199)
    }
  }

  @Test func `A product that would take minutes stays a node`() throws {
    var graph = Graph(name: "slow")
    let size = graph.addConstant(vector(1100, 1100), name: "size")
    let fill = graph.addNode(.constantOfShape(Tensor([Float(1)])), [size], name: "fill")
    graph.addOutput(graph.addNode(.matMul, [fill, fill], name: "product"))
    let bound = try graph.bound(evaluator: EvaluationRecord())
    #expect(bound.nodes.map(\.name) == ["product"])
    #expect(bound.constants.values.map(\.shape) == [[1100, 1100]])
  }

  @Test func `A shape is known without the elements`() throws {
    var graph = Graph(name: "shape")
    let x = graph.addInput("x", .float32, [2, "n"])
    let size = graph.addConstant(vector(1 << 20), name: "size")
    let fill = graph.addNode(.constantOfShape(Tensor([Float(1)])), [size], name: "fill")
    graph.addOutput(graph.addNode(.size, [fill], name: "size of fill"))
    graph.addOutput(graph.addNode(.shape(start: 0, end: 1), [x], name: "rows"))
    let evaluator = EvaluationRecord()
    let analysed = try graph.analysed(evaluator: evaluator)
    #expect(analysed.outputs.map { analysed.constants[$0] } == [scalar(1 << 20), vector(2)])
    #expect(evaluator.operators.isEmpty)
  }

  @Test func `An evaluator that contradicts the shape rule is found out`() throws {
    let graph = Self.constantOfShape(vector(2))
    expect(
      error: "node 'fill' (constantOfShape): expected output 0 to be float32[2], "
        + "the evaluator gave float32[3]"
    ) { () throws(GraphError) in _ = try graph.bound(evaluator: WrongEvaluator()) }
  }

  @Test func `What an evaluator refuses is told with the node`() throws {
    var graph = Graph(name: "zero")
    let one = graph.addConstant(scalar(1), name: "one")
    let zero = graph.addConstant(scalar(0), name: "zero")
    graph.addOutput(graph.addNode(.binary(.div), [one, zero], name: "quotient"))
    do {
      _ = try graph.bound(evaluator: ReferenceEvaluator())
      Issue.record("expected an error")
    } catch {
      #expect(error.message.hasPrefix("node 'quotient' (div): "), "\(error)")
    }
  }

  // MARK: Graphs

  private static func constantOfShape(_ shape: Tensor) -> Graph {
    var graph = Graph(name: "fill")
    let size = graph.addConstant(shape, name: "size")
    graph.addOutput(
      graph.addNode(.constantOfShape(Tensor([Float(1)])), [size], name: "fill"))
    return graph
  }

  private static func range(_ limit: Int64) -> Graph {
    var graph = Graph(name: "range")
    let bounds = [0, limit, 1].enumerated().map { graph.addConstant(scalar($1), name: "b\($0)") }
    graph.addOutput(graph.addNode(.range, bounds, name: "range"))
    return graph
  }

  /// A node for each of `factors`, every one reading the one before.
  private static func repeated(_ op: Operator, _ factors: [Int64]) -> Graph {
    var graph = Graph(name: "repeated")
    var value = graph.addConstant(Tensor([Float(1)]), name: "one")
    for (index, factor) in factors.enumerated() {
      let column = graph.addConstant(
        op == .expand ? vector(factor, 1) : vector(factor), name: "f\(index)")
      if op == .expand, index > 0 {
        let axis = graph.addConstant(vector(0), name: "axis\(index)")
        value = graph.addNode(.reduce(Reduction(.sum)), [value, axis], name: "sum\(index)")
      }
      value = graph.addNode(op, [value, column], name: "grow\(index)")
    }
    graph.addOutput(value)
    return graph
  }
}

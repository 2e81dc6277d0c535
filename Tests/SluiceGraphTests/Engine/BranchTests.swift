import SluiceBackends
import SluiceGraph
import Testing

@Suite struct `Branches` {
  let evaluator = ReferenceEvaluator()

  /// `choose ? relu(x) : tanh(x)`, or with `inner` in place of relu.
  static func choice(_ inner: Branch? = nil, condition: Dimension = 1) -> Graph {
    var graph = Graph(name: "choice")
    let x = graph.addInput("x", .float32, ["n"])
    let choose = graph.addInput("choose", .bool, [condition])
    let then = inner ?? branch(.unary(.relu))
    let otherwise = branch(.unary(.tanh))
    graph.addOutput(
      graph.addNode(.if(then: then, else: otherwise), [choose, x, x], name: "if"), name: "y")
    return graph
  }

  static func branch(_ op: Operator) -> Branch {
    var graph = Graph(name: "branch")
    let x = graph.addInput("inner", .float32, nil)
    graph.addOutput(graph.addNode(op, [x], name: op.name))
    return Branch(Subgraph(graph: graph, captures: [ValueID(0)]))
  }

  @Test(arguments: [true, false]) func `A bound condition puts its branch in place`(
    condition: Bool
  ) throws {
    let bound = try Self.choice().bound(
      dimensions: ["n": 3], inputs: ["choose": Tensor([condition])], evaluator: evaluator)
    let name = condition ? "relu" : "tanh"
    #expect(
      bound.listing == [
        "input  x: float32[3]",
        "node   \(name): \(name)(x) -> \(name): float32[3]",
        "output y = \(name): float32[3]",
      ])
  }

  @Test func `A condition bound by number is a truth value`() throws {
    let bound = try Self.choice().bound(
      dimensions: ["n": 3, "choose": 0], evaluator: evaluator)
    #expect(bound.nodes.map(\.operator) == [.unary(.tanh)])
  }

  @Test func `An open condition leaves the node in place until it has to be bound`() throws {
    let analysed = try Self.choice().analysed(evaluator: evaluator)
    #expect(analysed.nodes.map(\.name) == ["if"])
    #expect(analysed[analysed.outputs[0]].type == ValueType(.float32, ["n"]))
    expect(
      error: """
        graph 'choice' has sizes that are not bound:
          dimension 'n' of input 'x': --bind n=VALUE
          input 'choose', which decides a shape or branch at node 'if': --bind choose=VALUE
        """, code: .unbound
    ) { () throws(GraphError) in _ = try Self.choice().bound(evaluator: evaluator) }
  }

  @Test func `A branch inside a branch is followed`() throws {
    let bound = try Self.choice(Self.nested(10)).bound(
      dimensions: ["n": 3, "choose": 1], evaluator: evaluator)
    #expect(bound.nodes.map(\.operator) == [.unary(.relu)])
  }

  @Test func `Branches nested without end are refused`() throws {
    let graph = Self.choice(Self.nested(100))
    let message = "branches lie more than 64 deep in each other"
    do {
      _ = try graph.bound(dimensions: ["n": 3, "choose": 1], evaluator: evaluator)
      Issue.record("expected an error")
    } catch {
      #expect(error.code == .limit)
      #expect(error.message == "node 'if64' (if): " + message)
    }
    do {
      _ = try graph.analysed(evaluator: evaluator)
      Issue.record("expected an error")
    } catch {
      #expect(error.code == .limit)
      #expect(error.message.hasSuffix(message), "\(error)")
    }
  }

  /// `relu`, behind `depth` conditions that are all true.
  private static func nested(_ depth: Int) -> Branch {
    var inner = branch(.unary(.relu))
    for level in (1...depth).reversed() {
      var graph = Graph(name: "level \(level)")
      let x = graph.addInput("inner", .float32, nil)
      let yes = graph.addConstant(Tensor([true]), name: "yes")
      let node = Operator.if(then: inner, else: branch(.unary(.tanh)))
      graph.addOutput(graph.addNode(node, [yes, x, x], name: "if\(level)"))
      inner = Branch(Subgraph(graph: graph, captures: [ValueID(0)]))
    }
    return inner
  }

  @Test func `A branch without its captures is refused`() throws {
    var graph = Graph(name: "short")
    let yes = graph.addConstant(Tensor([true]), name: "yes")
    let node = Operator.if(then: Self.branch(.unary(.relu)), else: Self.branch(.unary(.tanh)))
    graph.addOutput(graph.addNode(node, [yes], name: "if"))
    expect(
      error: "node 'if' (if): expected one condition of type bool and 3 inputs, found bool[1] and 1"
    ) { () throws(GraphError) in _ = try graph.bound(evaluator: evaluator) }
  }
}

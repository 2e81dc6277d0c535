import Sluice
import Testing

struct ModelDigestTests {
  @Test("equal networks have one digest, of 64 hexadecimal digits")
  func equalNetworks() {
    let digest = graph().digest
    #expect(digest == graph().digest)
    #expect(digest.description.count == 64)
    let hasOnlyDigits = digest.description.allSatisfy { $0.isHexDigit }
    #expect(hasOnlyDigits)
  }

  /// Networks that differ in one thing that changes what is computed, or who it is handed to.
  static let changes: [(what: String, model: Model)] = [
    ("a weight", graph(weight: [1, 3])),
    ("a weight's type", graph(tensor: Tensor([Double(1), 2], shape: [1, 2]))),
    ("an operator", graph(op: .binary(.sub))),
    ("an attribute", graph(second: .softmax(axis: 0))),
    ("an activation's parameter", graph(second: .unary(.leakyRelu(alpha: 0.1)))),
    ("another parameter", graph(second: .unary(.leakyRelu(alpha: 0.2)))),
    ("a recurrence", graph(second: gru(.init(hiddenSize: 2), resetAfter: true))),
    ("reset before", graph(second: gru(.init(hiddenSize: 2), resetAfter: false))),
    ("a clip", graph(second: gru(.init(hiddenSize: 2, clip: 1), resetAfter: true))),
    (
      "a direction", graph(second: gru(.init(hiddenSize: 2, direction: .reverse), resetAfter: true))
    ),
    ("a fill value", graph(second: .constantOfShape(Tensor([Float(1)])))),
    ("another fill value", graph(second: .constantOfShape(Tensor([Float(2)])))),
    ("a branch", graph(second: branch(.unary(.relu)))),
    ("another branch", graph(second: branch(.unary(.tanh)))),
    ("an input's name", graph(input: "z")),
    ("an output's name", graph(output: "z")),
    ("a node's name", graph(node: "z")),
    ("an input's shape", graph(shape: [.symbol("batch"), 2])),
    ("a bound dimension", graph(options: NetworkOptions(dimensions: ["a": 2]))),
    ("another bound dimension", graph(options: NetworkOptions(dimensions: ["a": 3]))),
    ("a bound input", graph(options: NetworkOptions(inputs: ["a": Tensor([Int64(2)])]))),
    ("a declared state", graph(options: NetworkOptions(states: ["a": "b"]))),
    ("a time axis", graph(options: NetworkOptions(timeAxes: ["a": 1]))),
    ("reset after", graph(options: NetworkOptions(gruResetAfter: true))),
  ]

  @Test("whatever changes the network changes the digest")
  func everyChange() {
    var seen: [ModelDigest: String] = [graph().digest: "nothing"]
    for (what, model) in Self.changes {
      let other = seen.updateValue(what, forKey: model.digest)
      #expect(other == nil, "\(what) has the digest of \(other ?? "")")
    }
  }

  @Test("names of values inside, notes and memory limits do not change it")
  func incidentals() {
    var changed = Self.built()
    changed.name = "other"
    changed.notes = ["a note"]
    changed.values[changed.nodes[0].outputs[0]?.index ?? 0].name = "other"
    let model = Model(graph: changed, options: NetworkOptions(memoryLimit: 5))
    #expect(model.digest == graph().digest)
  }

  private static func built(
    input: String = "x", output: String = "y", node: String = "n",
    shape: Shape = [1, 2], tensor: Tensor = Tensor([Float(1), 2], shape: [1, 2]),
    op: Operator = .binary(.add), second: Operator = .softmax(axis: 1)
  ) -> Graph {
    var graph = Graph(name: "g")
    let x = graph.addInput(input, .float32, shape)
    let w = graph.addConstant(tensor, name: "w")
    let sum = graph.addNode(op, [x, w], name: node)
    graph.addOutput(graph.addNode(second, [sum], name: "m"), name: output)
    return graph
  }

  private static func graph(
    input: String = "x", output: String = "y", node: String = "n",
    shape: Shape = [1, 2], weight: [Float] = [1, 2], tensor: Tensor? = nil,
    op: Operator = .binary(.add), second: Operator = .softmax(axis: 1),
    options: NetworkOptions = NetworkOptions()
  ) -> Model {
    Model(
      graph: built(
        input: input, output: output, node: node, shape: shape,
        tensor: tensor ?? Tensor(weight, shape: [1, 2]), op: op, second: second),
      options: options)
  }

  private func graph() -> Model { Self.graph() }

  private static func gru(_ recurrence: Recurrence, resetAfter: Bool) -> Operator {
    .gru(GRU(recurrence, resetAfter: resetAfter))
  }

  private static func branch(_ op: Operator) -> Operator {
    var inner = Graph(name: "inner")
    let x = inner.addInput("x", .float32, [1, 2])
    inner.addOutput(inner.addNode(op, [x], name: "n"), name: "y")
    let same = Branch(Subgraph(graph: inner, captures: [ValueID(0)]))
    return .if(then: same, else: same)
  }
}

import ONNXProtocol
import SluiceFormats
import SluiceGraph
import Testing

/// What becomes of a file as a whole.
@Suite struct `ONNX import` {
  @Test func `Inputs, outputs and nodes keep their order and names`() throws {
    let graph = try model(
      node("Add", ["x", "h"], ["s"], name: "sum"), node("Tanh", ["s"], ["y"], name: "")
    ).load()
    #expect(graph.inputs.map { graph[$0].name } == ["x", "h"])
    #expect(graph.outputNames == ["y"])
    #expect(graph.nodes.map(\.name) == ["sum", "Tanh_y"])
    #expect(graph.nodes.map(\.operator) == [.binary(.add), .unary(.tanh)])
    #expect(graph.notes == [])
  }

  @Test func `Nodes of one name get different ones`() throws {
    let graph = try model(
      node("Abs", ["x"], ["a"], name: "n"), node("Abs", ["a"], ["b"], name: "n"),
      node("Abs", ["b"], ["y"], name: "n")
    ).load()
    #expect(graph.nodes.map(\.name) == ["n", "n_2", "n_3"])
  }

  @Test func `Dimensions are sizes, the file's symbols, or symbols made up for it`() throws {
    let graph = try model(node("Abs", ["x"], ["y"])) {
      $0.graph.input[0].type.tensorType.shape.dim = [
        .with { $0.dimValue = 4 }, .with { $0.dimParam = "batch" }, .init(),
        .with { $0.dimValue = -1 }, .with { $0.dimParam = "" }, .with { $0.dimParam = "x_3" },
      ]
      $0.graph.input[1].type.tensorType.clearShape()
    }.load()
    let shapes = graph.inputs.map { graph[$0].type.shape }
    let symbols = ["batch", "x_2", "x_3_", "x_4", "x_3"].map { Dimension.symbol($0) }
    #expect(shapes == [Shape([4] + symbols), nil])
  }

  @Test func `Values carry inferred or declared types`() throws {
    let graph = try model(
      node("Greater", ["x", "h"], ["c"]), node("Cast", ["c"], ["y"], attribute("to", 7))
    ).load()
    let types = graph.nodes.map { graph[$0.outputs[0] ?? ValueID(0)].type }
    #expect(types == [ValueType(.bool, [2, 3]), ValueType(.int64, [2, 3])])
  }

  @Test func `16-bit floats are widened and noted once`() throws {
    let graph = try model(node("Add", ["x", "w"], ["y"])) {
      $0.graph.input[0].type.tensorType.elemType = 16
      $0.graph.initializer = [
        .with { ($0.name, $0.dataType, $0.dims, $0.int32Data) = ("w", 10, [1], [0x3C00]) }
      ]
    }.load()
    #expect(graph[graph.inputs[0]].type.elementType == .float32)
    #expect(Array(graph.constants.values) == [Tensor([Float(1)])])
    #expect(graph.notes == ["16-bit floating-point values are computed as float32."])
  }

  @Test func `A branch captures values and takes constants along`() throws {
    let inner = branch(
      node("Add", ["s", "w"], ["t"]),
      node(
        "If", ["c"], ["r"],
        attribute("then_branch", branch(node("Mul", ["t", "x"], ["a"]), output: "a")),
        attribute("else_branch", branch(node("Neg", ["w"], ["b"]), output: "b"))),
      output: "r")
    let graph = try model(
      node("Abs", ["h"], ["s"]),
      node(
        "If", ["c"], ["y"], name: "outer", attribute("then_branch", inner),
        attribute("else_branch", branch(node("Identity", ["s"], ["o"]), output: "o")))
    ) {
      $0.graph.input.append(value("c", [], type: 9))
      $0.graph.initializer = [floats("w", [1], [2])]
    }.load()
    let node = try #require(graph.nodes.last)
    guard case .if(let then, let other) = node.operator else {
      Issue.record("\(node.operator)")
      return
    }
    func names(_ ids: [ValueID?]) -> [String] { ids.map { $0.map { graph[$0].name } ?? "" } }
    #expect(names(then.subgraph.captures) == ["s", "c", "x"])
    #expect(names(other.subgraph.captures) == ["s"])
    #expect(names(node.inputs) == ["c", "s", "c", "x", "s"])
    let thenGraph = then.subgraph.graph
    #expect(thenGraph.inputs.map { thenGraph[$0].name } == ["s", "c", "x"])
    #expect(thenGraph.constants.keys.map { thenGraph[$0].name } == ["w"])
    #expect(thenGraph.nodes.map(\.name) == ["add", "if"])
  }

  @Test func `Functions are inlined under the names of their calls`() throws {
    let graph = try ONNXFile.load(path: ONNXFixtures.path("functions.onnx"))
    let names = [
      "call/first/mul", "call/first/act", "call/second/mul", "call/second/act",
      "call2/first/mul", "call2/first/act", "call2/second/mul", "call2/second/act",
    ]
    #expect(graph.nodes.map(\.name).filter { !$0.hasPrefix("Identity") } == names)
    #expect(
      graph.nodes.map(\.operator).filter { if case .unary = $0 { true } else { false } }
        == [0.5, 0.01, 0.5, 0.01].map { .unary(.leakyRelu(alpha: $0)) })
  }

  @Test func `A recurrence with the batch axis first keeps its name among transposes`() throws {
    let graph = try ONNXFile.load(path: ONNXFixtures.path("lstm_layout_1.onnx"))
    #expect(
      graph.nodes.map(\.name) == [
        "n_y.X", "n_y.initial_h", "n_y.initial_c", "n_y", "n_y.y", "n_y.h", "n_y.c",
      ])
  }

  @Test func `Outputs of branches may leave their type open`() throws {
    let graph = try model(node("Abs", ["x"], ["y"])) {
      $0.graph.output[0].type.tensorType.elemType = 0
      $0.graph.valueInfo = [.with { $0.name = "y" }]
    }.load()
    #expect(graph.outputNames == ["y"])
  }

  @Test func `External data is read from beside the model`() throws {
    let graph = try ONNXFile.load(path: ONNXFixtures.path("external.onnx"))
    #expect(Array(graph.constants.values) == [Tensor([Float(0), 1, 2, 3])])
  }

  @Test func `A file out of order is put in order`() throws {
    let graph = try ONNXFile.load(path: ONNXFixtures.path("unsorted.onnx"))
    #expect(graph.nodes.map(\.operator) == [.unary(.abs), .unary(.exp), .binary(.add)])
  }

  @Test func `A tensor file is read with its name`() throws {
    let folder = try TemporaryFolder()
    let bytes: [UInt8] = try floats("t", [2, 1], [1, 2]).serializedBytes()
    try AtomicFile.write(bytes, to: folder("t.pb"))
    let (name, tensor) = try ONNXFile.loadTensor(path: folder("t.pb"))
    #expect(name == "t")
    #expect(tensor == Tensor([Float(1), 2], shape: [2, 1]))
  }
}

/// The reset gate, where PyTorch's exporter forgot to say what it means.
@Suite struct `ONNX GRU of PyTorch exports` {
  static func gru(_ attributes: ONNXAttributeProto...) -> ModelBuilder {
    var node = node("GRU", ["i", "w", "r"], ["y"], name: "gru_1", attribute("hidden_size", 2))
    node.attribute += attributes
    return model(node) {
      $0.producerName = "pytorch"
      $0.producerVersion = "2.9.0"
      $0.graph.input = [value("i", [4, 1, 3]), value("w", [1, 6, 3]), value("r", [1, 6, 2])]
    }
  }

  static func resetAfter(_ graph: Graph) throws -> Bool {
    let grus = graph.nodes.compactMap { if case .gru(let gru) = $0.operator { gru } else { nil } }
    return try #require(grus.first).resetAfter
  }

  static let warning =
    "PyTorch 2.9.0 wrote this file without linear_before_reset=1 at \"gru_1\", as exports made with "
    + "onnxscript 0.5.7 to 0.7.0 do, although PyTorch's GRU means it. The file is obeyed; "
    + "--gru-reset-after computes what PyTorch does."

  @Test func `The file is obeyed, with a warning`() throws {
    let graph = try Self.gru(attribute("linear_before_reset", 0)).load()
    #expect(try !Self.resetAfter(graph))
    #expect(graph.notes == [Self.warning])
  }

  @Test func `The option overrides the file`() throws {
    let graph = try Self.gru().load(options: NetworkOptions(gruResetAfter: true))
    #expect(try Self.resetAfter(graph))
    #expect(graph.notes == [])
  }

  @Test func `A file that says it, and other producers, give no warning`() throws {
    let stated = try Self.gru(attribute("linear_before_reset", 1)).load()
    #expect(try Self.resetAfter(stated))
    #expect(stated.notes == [])
    var other = Self.gru()
    other.model.producerName = "keras"
    #expect(try other.load().notes == [])
  }
}

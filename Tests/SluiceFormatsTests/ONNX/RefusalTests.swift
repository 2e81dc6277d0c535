import ONNXProtocol
import SluiceFormats
import Testing

/// Models that are refused, and the whole sentence they are refused with.
@Suite struct `ONNX refusals` {
  struct Refusal: Sendable, CustomTestStringConvertible {
    var model: ModelBuilder
    var code: FormatError.Code
    var message: String
    var testDescription: String { message }

    init(_ model: ModelBuilder, _ code: FormatError.Code, _ message: String) {
      self.model = model
      self.code = code
      self.message = "x.onnx: " + message
    }
  }

  static let abs = node("Abs", ["x"], ["y"])

  static let files: [Refusal] = [
    Refusal(ModelBuilder(), .malformed, "nothing produces the output \"y\"").with {
      $0.graph.output = [value("y", nil)]
    },
    Refusal(model(abs) { $0.clearGraph() }, .malformed, "not an ONNX model: it has no graph"),
    Refusal(
      model(abs) { $0.irVersion = 2 }, .unsupported, "IR version 2; version 3 and up is read"),
    Refusal(
      model(opset: 26, abs), .unsupported, "operator set version 26; versions 7 to 25 are read"),
    Refusal(
      model(opset: 6, abs), .unsupported, "operator set version 6; versions 7 to 25 are read"),
    Refusal(
      model(abs) { $0.opsetImport = [] }, .malformed,
      "it does not say which version of ONNX's operator set it uses"),
    Refusal(
      model(abs) { $0.graph.input[0].type.sequenceType = .init() }, .unsupported,
      "value \"x\" is a sequence; only tensors are supported"),
    Refusal(
      model(abs) { $0.graph.input[0].type.tensorType.elemType = 8 }, .unsupported,
      "value \"x\": element type STRING is not supported: FLOAT, DOUBLE, FLOAT16, BFLOAT16, BOOL "
        + "and integers of 8 to 64 bits are"),
    Refusal(
      model(abs) { $0.graph.input[0] = value("x", [2, -3]) }, .malformed,
      "value \"x\": axis 1 has the size -3"),
    Refusal(
      model(abs) { $0.graph.sparseInitializer = [.with { $0.values.name = "s" }] }, .unsupported,
      "initializer \"s\": sparse tensors are not supported"),
  ]

  static let structures: [Refusal] = [
    Refusal(
      model(node("Abs", ["q"], ["y"])), .malformed,
      "node \"abs\" (Abs) reads \"q\", which nothing produces"),
    Refusal(
      model(node("Abs", ["x"], ["y"]), node("Neg", ["x"], ["y"])), .malformed,
      "\"y\" is defined more than once"),
    Refusal(
      model(node("Abs", ["h"], ["x"]), abs), .malformed, "\"x\" is defined more than once"),
    Refusal(
      model(abs) { $0.graph.initializer = [floats("w", [1], [1]), floats("w", [1], [1])] },
      .malformed, "\"w\" is defined more than once"),
    Refusal(
      model(
        node("Abs", ["x"], ["a"], name: "before"), node("Add", ["a", "d"], ["b"], name: "one"),
        node("Neg", ["b"], ["c"], name: "two"), node("Exp", ["c"], ["d"], name: "three"),
        node("Sin", ["d"], ["y"], name: "after")), .malformed,
      "nodes depend on each other in a cycle: \"one\", \"two\", \"three\""),
    Refusal(
      model(node("Add", ["x", "y"], ["y"], name: "loop")), .malformed,
      "nodes depend on each other in a cycle: \"loop\""),
    Refusal(
      model(
        node("Loop", ["x"], ["a"], name: "l1"), node("Abs", ["a"], ["b"]),
        node("FusedMatMul", ["b"], ["c"], name: "", domain: "com.microsoft"),
        node(
          "If", ["x"], ["y"], name: "choose",
          attribute("then_branch", branch(node("Loop", ["c"], ["d"], name: "l2"), output: "d")),
          attribute("else_branch", branch(node("Einsum", ["c"], ["e"]), output: "e")))),
      .unsupported,
      "operators that are not supported: Loop (nodes \"l1\", \"choose/l2\"); "
        + "com.microsoft::FusedMatMul (node \"-> c\"); Einsum (node \"choose/einsum\")"),
    Refusal(
      model(
        node(
          "If", ["x"], ["y"], name: "choose",
          attribute("then_branch", branch(node("Abs", ["none"], ["d"]), output: "d")),
          attribute("else_branch", branch(output: "x")))), .malformed,
      "node \"choose\" (If) reads \"none\", which nothing produces"),
  ]

  static let nodes: [Refusal] = [
    Refusal(
      model(node("Abs", ["x", "h"], ["y"])), .malformed,
      "node \"abs\" (Abs): expected 1 input, found 2"),
    Refusal(
      model(node("Add", ["", "h"], ["y"])), .malformed,
      "node \"add\" (Add): input 0 is left out, but it is not optional"),
    Refusal(
      model(node("Abs", ["x"], ["y", "z"])), .malformed,
      "node \"abs\" (Abs): expected 1 output, found 2"),
    Refusal(
      model(node("Flatten", ["x"], ["y"], attribute("axis", number: 0.5))), .malformed,
      "node \"flatten\" (Flatten): attribute \"axis\" should be an integer, but its type is float"),
    Refusal(
      model(node("Abs", ["x"], ["y"], attribute("beta", 1), attribute("alpha", 1))), .unsupported,
      "node \"abs\" (Abs): attributes that opset 13 does not have: \"alpha\", \"beta\""),
    Refusal(
      model(node("Transpose", ["x"], ["y"], attribute("perm", [0, 2]))), .malformed,
      "node \"transpose\" (Transpose): perm is [0, 2], not an order of the axes"),
    Refusal(
      model(node("Conv", ["x", "h"], ["y"], attribute("strides", [0]))), .malformed,
      "node \"conv\" (Conv): strides is [0], expected 1 to 2147483647"),
    Refusal(
      model(node("BatchNormalization", ["x", "h", "h", "h", "h"], ["y", "m"], name: "bn")),
      .unsupported,
      "node \"bn\" (BatchNormalization): training mode is not supported; export the network for "
        + "inference"),
    Refusal(
      model(node("Cast", ["x"], ["y"], attribute("to", 17))), .unsupported,
      "node \"cast\" (Cast): element type FLOAT8E4M3FN is not supported: FLOAT, DOUBLE, FLOAT16, "
        + "BFLOAT16, BOOL and integers of 8 to 64 bits are"),
    Refusal(
      model(node("Constant", [], ["y"], attribute("value_string", text: "a"))), .unsupported,
      "node \"constant\" (Constant): its value is none of: a tensor, numbers, whole numbers (texts "
        + "and sparse tensors are not supported)"),
    Refusal(
      model(node("Squeeze", ["x", "h"], ["y"])) { $0.opsetImport[0].version = 11 }, .malformed,
      "node \"squeeze\" (Squeeze): opset 11 has axes as an attribute, not as input 1"),
    Refusal(
      model(node("GRU", ["x", "h", "h"], ["y"], attribute("hidden_size", 1 << 40))), .limit,
      "node \"gru\" (GRU): hidden_size is 1099511627776, expected 1 to 1048576"),
    Refusal(
      model(
        node(
          "RNN", ["x", "h", "h"], ["y"], attribute("hidden_size", 4),
          attribute("activations", texts: ["Swish"]))), .unsupported,
      "node \"rnn\" (RNN): activation \"Swish\" is not known"),
    Refusal(
      model(node("LSTM", ["x", "h", "h"], ["y"], attribute("direction", text: "up"))), .malformed,
      "node \"lstm\" (LSTM): direction \"up\" is not one of forward, reverse, bidirectional"),
  ]

  static let tensorFaults: [([Int64], Int32, String, FormatError.Code)] = [
    ([-1], 1, "a dimension is negative: [-1]", .malformed),
    (
      [1_099_511_627_776], 1, "FLOAT [1099511627776] has 1099511627776 elements, found 1",
      .malformed
    ),
    (
      [1_099_511_627_776, 1_099_511_627_776], 1,
      "too many elements: [1099511627776, 1099511627776]", .limit
    ),
    ([2], 1, "FLOAT [2] has 2 elements, found 1", .malformed),
    ([1], 7, "INT64 [1] has 1 elements, found 0", .malformed),
    (
      [1], 8,
      "element type STRING is not supported: FLOAT, DOUBLE, FLOAT16, BFLOAT16, BOOL and integers "
        + "of 8 to 64 bits are", .unsupported
    ),
  ]

  static let tensors: [Refusal] = tensorFaults.map { shape, type, message, code in
    var tensor = floats("w", shape, [1])
    tensor.dataType = type
    return Refusal(
      model(node("Add", ["x", "w"], ["y"])) { $0.graph.initializer = [tensor] }, code,
      "tensor \"w\": \(message)")
  }

  static let all: [Refusal] = [files, structures, nodes, tensors].flatMap { $0 }

  @Test(arguments: all)
  func `A model is refused with a sentence that names the place`(refusal: Refusal) throws {
    let error = try #require(try refusal.model.refusal())
    #expect(error.message == refusal.message)
    #expect(error.code == refusal.code)
  }

  @Test func `Raw data must fit its shape`() throws {
    for (shape, bytes) in [([Int64(3)], 8), ([1 << 60], 8), ([0], 1)] as [([Int64], Int)] {
      let builder = model(node("Add", ["x", "w"], ["y"])) {
        $0.graph.initializer = [
          .with {
            ($0.name, $0.dataType, $0.dims) = ("w", 11, shape)
            $0.rawData.append(contentsOf: [UInt8](repeating: 0, count: bytes))
          }
        ]
      }
      let error = try #require(try builder.refusal())
      let expected =
        shape[0] == 1 << 60
        ? "too many elements: \(shape)"
        : "DOUBLE \(shape) takes \(shape[0] * 8) bytes, found \(bytes)"
      #expect(error.message == "x.onnx: tensor \"w\": \(expected)")
    }
  }
}

extension `ONNX refusals`.Refusal {
  /// The same with the model changed.
  fileprivate func with(_ edit: (inout ONNXModelProto) -> Void) -> Self {
    var copy = self
    edit(&copy.model.model)
    return copy
  }
}

import SluiceGraph
import Testing

@testable import SluiceFormats

@Suite struct `Networks from model.json that are refused` {
  /// A description of these layers over the fixtures' weights.
  static func layers(_ layers: String, shape: String = #"["batch", "time", 8]"#) -> String {
    #"{"sluice": 1, "weights": "networks.safetensors", "input": {"shape": \#(shape)}, "#
      + #""layers": [\#(layers)]}"#
  }

  static func refusal(_ text: String) -> FormatError? {
    HostileFiles.outcome(text) {
      let file = FileContent(path: FixtureFiles.path("x.json"), bytes: Array(text.utf8))
      _ = try ModelDescription(file).graph(options: NetworkOptions())
    }
  }

  static let documents: [(text: String, message: String)] = [
    ("[]", ": a list, expected an object"),
    ("{}", ": no \"sluice\""),
    (#"{"sluice": 2}"#, ": version 2; version 1 is read"),
    (
      #"{"sluice": "1"}"#,
      #".sluice: expected a whole number from 0 to 9223372036854775807, found "1""#
    ),
    (#"{"sluice": 1}"#, ": no \"input\""),
    (
      #"{"sluice": 1, "input": {"shape": ["batch", "time", -3]}, "layers": []}"#,
      ": input.shape: expected names and sizes from 1 to 2147483648"
    ),
    (
      #"{"sluice": 1, "input": {"shape": [8]}, "layers": []}"#,
      ": input.shape: expected a list of batch, time and the frame's axes"
    ),
    (
      #"{"sluice": 1, "input": {"shape": ["b", "t"], "type": "float16"}, "layers": []}"#,
      #": input.type: expected "float32" or "int32" or "int64", found "float16""#
    ),
    (layers(""), ": layers: expected a list of 1 to 1000 layers"),
    (layers("{}"), ": layers[0]: expected an object with one key, the layer's kind"),
    (
      layers(#"{"gruu": {}}"#),
      ": layers[0]: unknown layer \"gruu\"; known are gru, lstm, rnn, linear, batchNorm, "
        + "layerNorm, embedding, conv1d, activation, flatten, lastStep, onnx"
    ),
    (
      layers(#"{"linear": {"prefix": "linear", "units": 5}}"#),
      ": layers[0].linear: unknown key \"units\"; known are activation, bias, layout, prefix, weight"
    ),
    (
      #"{"sluice": 1, "model": "cnn.onnx", "layers": []}"#,
      ": unknown key \"layers\"; known are comment, model, name, sluice"
    ),
    (
      layers(#"{"activation": "swoosh"}"#),
      ": layers[0].activation: unknown activation \"swoosh\"; known are linear, relu, sigmoid, "
        + "tanh, softmax, logSoftmax, softsign, softplus, mish, hardSwish, gelu, geluTanh, "
        + "leakyRelu, thresholdedRelu, elu, hardSigmoid"
    ),
  ]

  @Test(arguments: documents)
  func `A description that breaks the schema is refused`(text: String, message: String) {
    #expect(Self.refusal(text)?.message == FixtureFiles.path("x.json") + message)
  }

  static let misfits: [(text: String, message: String)] = [
    (
      layers(#"{"gru": {"prefix": "gru"}}"#, shape: #"["batch", "time", 9]"#),
      "layers[0].gru: tensor 'gru.weight_ih_l0' has shape [15, 8], expected [15, 9] "
        + "(the frames here have 9 features)"
    ),
    (
      layers(#"{"lstm": {"prefix": "gru"}}"#),
      "layers[0].lstm: tensor 'gru.weight_hh_l0' has shape [15, 5], expected [20, 5] "
        + "(4 blocks of one row a unit)"
    ),
    (
      layers(#"{"gru": {"prefix": "gru", "layers": 3}}"#),
      "layers[0].gru: no tensor 'gru.weight_hh_l2' in networks.safetensors; it has gru.bias_hh_l0, "
        + "gru.bias_hh_l1, gru.bias_ih_l0, gru.bias_ih_l1, gru.weight_hh_l0, gru.weight_hh_l1, "
        + "gru.weight_ih_l0, gru.weight_ih_l1, …"
    ),
    (
      layers(#"{"gru": {"prefix": "gru", "resetAfter": false}}"#),
      "layers[0].gru.resetAfter: PyTorch's GRU has no other form than true"
    ),
    (
      layers(#"{"gru": {"prefix": "gru"}}, {"linear": {"prefix": "linear"}}"#),
      "layers[1].linear: tensor 'linear.weight' has shape [5, 8], expected [_, 5] "
        + "(the frames here have 5 features)"
    ),
    (
      layers(#"{"gru": {"prefix": "gru"}}"#, shape: #"["batch", "time", 2, 4]"#),
      "layers[0].gru: takes frames of one axis, found [2, 4]; put { \"flatten\": {} } before it"
    ),
    (
      layers(#"{"lastStep": {}}, {"gru": {"prefix": "gru"}}"#),
      "layers[1].gru: needs time, which ended at lastStep"
    ),
    (
      layers(#"{"embedding": {"prefix": "embed"}}"#),
      "layers[0].embedding: takes integers, the frames here are float32; "
        + "give the input \"type\": \"int64\""
    ),
    (
      layers(#"{"conv1d": {"prefix": "conv_grouped", "groups": 3}}"#),
      "layers[0].conv1d.groups: 3 does not divide the 8 features here"
    ),
    (
      layers(#"{"batchNorm": {"prefix": "bn"}}"#, shape: #"["batch", "time", 7]"#),
      "layers[0].batchNorm: tensor 'bn.running_mean' has shape [8], expected [7] "
        + "(the frames here have 7 features)"
    ),
    (
      layers(
        #"{"gru": {"prefix": "cell_0/gru_cell", "layout": "tensorflow"}}"#, shape: #"["b", "t", 6]"#
      ),
      "layers[0].gru: tensor 'cell_0/gru_cell/gates/kernel' has shape [13, 10], expected [11, 10] "
        + "(the frames here have 6 features)"
    ),
    (
      layers(#"{"onnx": {"file": "cnn.onnx"}}"#, shape: #"["batch", "time", 2, 6, 6]"#),
      "layers[0].onnx: the input of cnn.onnx has shape [batch, 1, 6, 6], the frames here [2, 6, 6]"
    ),
    (
      layers(
        #"{"onnx": {"file": "cnn.onnx", "output": "z"}}"#, shape: #"["batch", "time", 1, 6, 6]"#),
      "layers[0].onnx.output: cnn.onnx has no 'z'; it has features"
    ),
    (
      layers(#"{"onnx": {"file": "cnn.onnx"}}"#, shape: #"["batch", "time", 36]"#),
      "layers[0].onnx: the input of cnn.onnx has 4 axes; frames here have 1, so it may have 2 or 3"
    ),
  ]

  @Test(arguments: misfits)
  func `Tensors that do not fit are refused by name`(text: String, message: String) {
    let folder = FixtureFiles.path("") + "/"
    let found = Self.refusal(text)?.message.replacing(folder, with: "")
    #expect(found == "x.json: \(message)")
  }

  @Test func `A small file cannot make a network without bound`() {
    let weights = Array(repeating: #"{"layerNorm": {"prefix": "norm"}}"#, count: 17)
    #expect(
      Self.refusal(Self.layers(weights.joined(separator: ",")))?.message
        == "\(FixtureFiles.path("networks.safetensors")): tensor 'norm.weight' is taken by more "
        + "than 16 layers")
    let parts = Array(repeating: #"{"onnx": {"file": "sequence_part.onnx"}}"#, count: 17)
    #expect(
      Self.refusal(Self.layers(parts.joined(separator: ",")))?.message
        == "\(FixtureFiles.path("x.json")): layers[16].onnx: sequence_part.onnx is taken by more "
        + "than 16 layers")
  }

  @Test func `Damaged descriptions are refused or read, never more`() throws {
    let bytes = Array(try #require(NetworkFixtures.all.first { $0.name == "part" }).text.utf8)
    let damaged = HostileFiles.truncations(of: bytes) + HostileFiles.flips(of: bytes, seed: 41)
    for text in damaged {
      let file = FileContent(path: FixtureFiles.path("x.json"), bytes: text)
      HostileFiles.outcome("damaged") {
        _ = try ModelDescription(file).graph(options: NetworkOptions())
      }
    }
  }

  @Test func `Objects nested without end are refused`() {
    let text = String(repeating: #"{"a":"#, count: 100_000)
    #expect(
      Self.refusal(text)?.message
        == "\(FixtureFiles.path("x.json")): lists and objects nested more than 64 deep")
  }
}

import Sluice
import SluiceTestSupport
import Testing

@testable import SluiceFormats

@Suite struct `Proposals of a model.json` {
  static func file(_ shapes: [(String, [Int])]) -> TensorFile {
    TensorFile(
      path: "folder/w.safetensors",
      entries: shapes.map { TensorFile.Entry($0.0, Tensor(zeros: .float32, shape: $0.1)) })
  }

  /// The layers' lines of a proposal.
  static func layers(_ shapes: [(String, [Int])]) -> [String] {
    ModelProposal(file(shapes)).text.split(separator: "\n")
      .filter { $0.hasPrefix("    ") }
      .map { String($0.drop { $0 == " " }) }
      .map { $0.hasSuffix(",") ? String($0.dropLast()) : $0 }
  }

  @Test func `PyTorch's names are recognised behind any prefix`() {
    #expect(
      Self.layers([
        ("enc.fc.bias", [3]), ("enc.fc.weight", [3, 10]),
        ("enc.norm.bias", [10]), ("enc.norm.weight", [10]),
        ("enc.rnn.bias_hh_l0", [15]), ("enc.rnn.bias_hh_l0_reverse", [15]),
        ("enc.rnn.weight_hh_l0", [15, 5]), ("enc.rnn.weight_hh_l0_reverse", [15, 5]),
        ("enc.rnn.weight_hh_l1", [15, 5]), ("enc.rnn.weight_ih_l0", [15, 8]),
        ("enc.rnn.weight_ih_l0_reverse", [15, 8]), ("enc.rnn.weight_ih_l1", [15, 10]),
        ("pre.weight", [8, 4, 3]),
      ]) == [
        #"{ "conv1d": { "prefix": "pre" } }"#,
        #"{ "gru": { "prefix": "enc.rnn", "layers": 2, "bidirectional": true } }"#,
        #"{ "layerNorm": { "prefix": "enc.norm" } }"#,
        #"{ "linear": { "prefix": "enc.fc" } }"#,
      ])
  }

  @Test func `Cells, embeddings and plain names are recognised`() {
    #expect(
      Self.layers([
        ("embedding.weight", [20, 8]), ("weight_ih", [16, 8]), ("weight_hh", [16, 4]),
        ("bias_ih", [16]), ("bias_hh", [16]),
      ]) == [
        #"{ "embedding": { "prefix": "embedding" } }"#, #"{ "lstm": { "prefix": "" } }"#,
      ])
  }

  @Test func `Keras's names are recognised`() {
    #expect(
      Self.layers([
        ("bi/forward_lstm/kernel:0", [8, 20]), ("bi/forward_lstm/recurrent_kernel:0", [5, 20]),
        ("bi/forward_lstm/bias:0", [20]), ("bi/backward_lstm/kernel:0", [8, 20]),
        ("bi/backward_lstm/recurrent_kernel:0", [5, 20]), ("bi/backward_lstm/bias:0", [20]),
        ("bn/gamma:0", [10]), ("bn/beta:0", [10]), ("bn/moving_mean:0", [10]),
        ("bn/moving_variance:0", [10]), ("dense/kernel:0", [10, 2]), ("dense/bias:0", [2]),
      ]) == [
        #"{ "lstm": { "prefix": "bi/forward_lstm", "layout": "keras", "#
          + #""reversePrefix": "bi/backward_lstm" } }"#,
        #"{ "batchNorm": { "prefix": "bn", "layout": "keras" } }"#,
        #"{ "linear": { "prefix": "dense", "layout": "keras" } }"#,
      ])
  }

  @Test func `What is not recognised is said`() {
    #expect(
      ModelProposal(Self.file([("alpha", [3]), ("beta\n", [2, 2, 2, 2])])).text == """
        {
          "sluice": 1,
          "comment": "No layer was recognised. Not recognised: alpha, beta\\n.",
          "weights": "w.safetensors",
          "input": { "name": "frames", "shape": ["batch", "time", 1] },
          "layers": []
        }
        """)
  }

  @Test func `Many alike layers take no time`() {
    let shapes = (0..<1000).flatMap { [("l\($0).weight", [4, 4]), ("l\($0).bias", [4])] }
    HostileFiles.outcome("many") {
      #expect(Self.layers(shapes + [("odd.weight", [7, 9])]).count == 1001)
    }
  }
}

@Suite(.enabled(if: FixtureFiles.sharedModels != nil, "skipped: ../shared/models is absent"))
struct `Weights of the shared models` {
  private let models = FixtureFiles.sharedModels ?? ""

  /// The network of this `model.json`, whose weights lie at `weights` among the shared models.
  private func graph(_ text: String, weights: String) throws -> Graph {
    let folder = try TemporaryFolder()
    let path = "\(models)/\(weights)"
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    try AtomicFile.write(
      text.replacing(quoted(name), with: quoted(path)), to: folder("model.json"))
    return try ModelFile.load(
      path: folder.path, options: NetworkOptions(allowedPaths: [models]))
  }

  private func run(_ graph: Graph, _ input: String, _ tensor: Tensor) throws -> Tensor {
    let result = try Model(graph: graph).run(
      [input: tensor], mode: .sequence, options: EngineOptions(backend: .reference))
    return try #require(result.outputs["output"])
  }

  private func arrays(_ name: String) throws -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: try NPZFile.read(path: "\(models)/\(name)").compactMap { entry in
        entry.tensor.map { (entry.name, $0) }
      })
  }

  @Test func `The proposal for the pose classifier is its network but for activations`() throws {
    let text = try ModelFile.proposal(forTensorsIn: "\(models)/pose_gru_fall/gru_model.safetensors")
    #expect(
      text == """
        {
          "sluice": 1,
          "comment": "Weights do not tell activations: add \\"activation\\" where the network has one.",
          "weights": "gru_model.safetensors",
          "input": { "name": "frames", "shape": ["batch", "time", 34] },
          "layers": [
            { "gru": { "prefix": "gru", "layers": 2 } },
            { "batchNorm": { "prefix": "bn" } },
            { "linear": { "prefix": "fc1" } },
            { "linear": { "prefix": "fc2" } },
            { "linear": { "prefix": "fc3" } }
          ]
        }
        """)
    #expect(
      try ModelFile.proposal(forTensorsIn: "\(models)/pose_gru_fall/gru_model.pth")
        == text.replacing(".safetensors", with: ".pth"))
  }

  @Test(arguments: ["gru_model.safetensors", "gru_model.pth"])
  func `The pose classifier gives the reference's probabilities`(weights: String) throws {
    let text = """
      { "sluice": 1, "weights": "\(weights)",
        "input": { "name": "frames", "shape": ["batch", "time", 34] },
        "layers": [
          { "gru": { "prefix": "gru" } }, { "lastStep": {} }, { "batchNorm": { "prefix": "bn" } },
          { "linear": { "prefix": "fc1", "activation": "relu" } },
          { "linear": { "prefix": "fc2", "activation": "relu" } },
          { "linear": { "prefix": "fc3", "activation": "softmax" } } ] }
      """
    let arrays = try arrays("pose_gru_fall/ref_window92.npz")
    let output = try run(
      graph(text, weights: "pose_gru_fall/\(weights)"), "frames",
      #require(arrays["input"]).entries(0..<4, axis: 0))
    let expected = try #require(arrays["output"]).entries(0..<4, axis: 0)
    expectClose(output, expected, Tolerance(scaled: 5e-5), weights)
  }

  @Test func `The proposal for a keyword spotter gives TensorFlow's logits`() throws {
    let weights = "kws_gru_crnn/GRU_S.safetensors"
    let text = try ModelFile.proposal(forTensorsIn: "\(models)/\(weights)")
      .replacing(
        #"{ "linear": "#, with: "{ \"lastStep\": {} },\n    { \"linear\": ")
    let arrays = try arrays("kws_gru_crnn/ref_GRU_S_tf10clips.npz")
    let clips = try #require(arrays["mfcc"]).entries(0..<3, axis: 0)
    let output = try run(graph(text, weights: weights), "frames", clips)
    let expected = try #require(arrays["tf_logits"]).entries(0..<3, axis: 0)
    expectClose(output, expected, Tolerance(scaled: 5e-5), weights)
  }

  @Test func `The voice detector of RNNoise gives its activity`() throws {
    let weights = "rnnoise_v1/rnnoise_v1_keras_layout.safetensors"
    let text = """
      { "sluice": 1, "weights": "rnnoise_v1_keras_layout.safetensors",
        "input": { "name": "frames", "shape": ["batch", "time", 42] },
        "layers": [
          { "linear": { "prefix": "input_dense", "layout": "keras", "activation": "tanh" } },
          { "gru": { "prefix": "vad_gru", "layout": "keras", "activation": "relu" } },
          { "linear": { "prefix": "vad_output", "layout": "keras", "activation": "sigmoid" } } ] }
      """
    let arrays = try arrays("rnnoise_v1/ref_c_full976.npz")
    let features = try #require(arrays["features"]).entries(0..<100, axis: 0)
    let graph = try graph(text, weights: weights)
    #expect(graph.notes.count == 1)
    #expect(graph.notes[0].hasSuffix("not used: \(Self.unused)"))
    let output = try run(graph, "frames", features.reshaped([1] + features.shape))
    let expected = try #require(arrays["onnx_vad"]).entries(0..<100, axis: 0)
    expectClose(output, expected.reshaped([1, 100, 1]), Tolerance(scaled: 5e-5), weights)
  }

  static let unused = [
    "denoise_gru.bias", "denoise_gru.kernel", "denoise_gru.recurrent_kernel",
    "denoise_output.bias", "denoise_output.kernel", "noise_gru.bias", "noise_gru.kernel",
    "noise_gru.recurrent_kernel",
  ].joined(separator: ", ")

  @Test func `Every weight file among them has a proposal`() throws {
    for path in FixtureFiles.shared(".safetensors", ".pth", ".tar") {
      #expect(try ModelFile.proposal(forTensorsIn: path).hasPrefix("{\n  \"sluice\": 1,"))
    }
  }
}

import SluiceGraph
import Testing

@testable import SluiceFormats

@Suite struct `What a model file is` {
  static let kinds: [(name: String, kind: ModelFile.Kind)] = [
    ("cnn.onnx", .onnx), ("networks.safetensors", .safetensors), ("types.pt", .pytorch),
    ("legacy.pth", .pytorch), ("", .folder), ("expected_types.json", .description),
  ]

  @Test(arguments: kinds)
  func `The content decides`(name: String, kind: ModelFile.Kind) throws {
    #expect(try ModelFile.kind(path: FixtureFiles.path(name)) == kind)
  }

  @Test func `Foreign formats are refused by name`() throws {
    let folder = try TemporaryFolder()
    let path = folder("model")
    for (start, name) in [
      ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A], "an HDF5 file (Keras)"),
      (Array("GGUF....".utf8), "a GGUF file"), (Array("....TFL3".utf8), "a TensorFlow Lite file"),
      ([0x93] + Array("NUMPY".utf8), "a NumPy array"),
    ] as [([UInt8], String)] {
      try AtomicFile.write(start, to: path)
      let error = #expect(throws: FormatError.self) { try ModelFile.load(path: path) }
      #expect(
        error?.message
          == "\(path): \(name); ONNX, safetensors, PyTorch checkpoints and model.json are read")
    }
  }

  @Test func `An empty file is refused`() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write("", to: folder("model"))
    let error = #expect(throws: FormatError.self) { try ModelFile.load(path: folder("model")) }
    #expect(error?.message == "\(folder("model")): an empty file")
  }

  @Test func `Bare weights are refused with the model.json they would take`() throws {
    let path = FixtureFiles.path("checkpoint.tar")
    let error = #expect(throws: FormatError.self) { try ModelFile.load(path: path) }
    #expect(error?.code == .unsupported)
    #expect(
      error?.message == """
        \(path): weights without a network. Put a model.json beside them, such as:
        {
          "sluice": 1,
          "comment": "Weights do not tell activations: add \\"activation\\" where the network has one.",
          "weights": "checkpoint.tar",
          "input": { "name": "frames", "shape": ["batch", "time", 3] },
          "layers": [
            { "linear": { "prefix": "0" } },
            { "linear": { "prefix": "1" } }
          ]
        }
        """)
  }
}

@Suite struct `The page of model.json` {
  /// The JSON blocks of the page.
  static let examples: [String] = {
    let here = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let path = "/\(here)/Sources/SluiceFormats/ModelFile/model-json.md"
    let text = (try? FileContent.read(path: path)).map { String(decoding: $0.bytes, as: UTF8.self) }
    return (text ?? "").split(separator: "```json\n").dropFirst().compactMap {
      $0.split(separator: "```").first.map(String.init)
    }
  }()

  @Test func `The page has an example of every kind of layer`() {
    #expect(Self.examples.count == 10)
    for kind in LayerKind.allCases {
      #expect(Self.examples.contains { $0.contains("{ \"\(kind.rawValue)\": ") }, "\(kind)")
    }
  }

  @Test(arguments: examples)
  func `Every example on the page loads`(text: String) throws {
    let folder = try TemporaryFolder()
    for (name, fixture) in [
      ("weights.safetensors", "page.safetensors"), ("cnn.onnx", "cnn.onnx"),
      ("network.onnx", "cnn.onnx"),
    ] {
      try AtomicFile.write(FixtureFiles.bytes(fixture), to: folder(name))
    }
    try AtomicFile.write(text, to: folder("model.json"))
    #expect(try ModelFile.load(path: folder.path).nodes.count > 0)
  }
}

import SluiceGraph
import Testing

@testable import SluiceFormats

@Suite struct `PyTorch checkpoints` {
  @Test(arguments: [
    ("types.pt", "expected_types.json"), ("views.pt", "expected_views.json"),
    ("checkpoint.tar", "expected_checkpoint.json"), ("nested.pt", "expected_nested.json"),
    ("protocol3.pt", "expected_checkpoint.json"), ("protocol4.pt", "expected_checkpoint.json"),
    ("protocol5.pt", "expected_checkpoint.json"),
  ])
  func `Tensors are those that PyTorch saved`(name: String, expected: String) throws {
    let file = try PyTorchFile.read(path: FixtureFiles.path(name))
    try ExpectedTensor.check(file, expected)
  }

  @Test func `Names keep the checkpoint's order`() throws {
    let file = try PyTorchFile.read(path: FixtureFiles.path("checkpoint.tar"))
    #expect(file.entries.map(\.name) == ["0.weight", "0.bias", "1.weight", "1.bias"])
  }

  @Test(.enabled(if: FixtureFiles.sharedModels != nil, "skipped: ../shared/models is absent"))
  func `All checkpoints of the shared models are read`() throws {
    for path in FixtureFiles.shared(".pth", ".tar") {
      let file = try PyTorchFile.read(path: path)
      #expect(file.entries.count > 10, "\(path)")
      #expect(!file.entries.contains { $0.name.hasPrefix("optimizer") }, "\(path)")
    }
  }

  @Test(.enabled(if: FixtureFiles.sharedModels != nil, "skipped: ../shared/models is absent"))
  func `A checkpoint and the safetensors made from it hold the same tensors`() throws {
    let folder = try #require(FixtureFiles.sharedModels) + "/pose_gru_fall"
    let checkpoint = try PyTorchFile.read(path: "\(folder)/gru_model.pth")
    let safetensors = try SafetensorsFile.read(path: "\(folder)/gru_model.safetensors")
    #expect(checkpoint.entries.count == safetensors.entries.count)
    for entry in checkpoint.entries {
      #expect(safetensors[entry.name]?.elements == entry.tensor.elements, "\(entry.name)")
    }
  }
}

@Suite struct `PyTorch checkpoints that are refused` {
  static let functions: [(name: String, function: String)] = [
    ("command.pt", "posix.system"), ("module.pt", "torch.nn.modules.container.Sequential"),
    ("scalar.pt", "numpy._core.multiarray.scalar"),
  ]

  @Test(arguments: functions)
  func `A checkpoint that names a foreign function is refused, nothing is executed`(
    name: String, function: String
  ) {
    let path = FixtureFiles.path(name)
    let error = #expect(throws: FormatError.self) { try PyTorchFile.read(path: path) }
    #expect(
      error?.message
        == "\(path): data.pkl names \(function), which is none of the tensor functions that are "
        + "known; nothing was executed. Save the network's state_dict() alone")
    #expect(error?.code == .notAllowed)
  }

  @Test func `A checkpoint from before PyTorch 1.6 is refused with the line that rewrites it`() {
    let path = FixtureFiles.path("legacy.pth")
    let error = #expect(throws: FormatError.self) { try PyTorchFile.read(path: path) }
    #expect(
      error?.message
        == "\(path): a checkpoint of PyTorch before 1.6, which is a bare pickle. Rewrite it with: "
        + "import torch; torch.save(torch.load(\"\(path)\", map_location=\"cpu\", "
        + "weights_only=True), \"\(path).zip.pt\")")
  }

  @Test func `A TorchScript archive is refused with the line that rewrites it`() {
    let path = FixtureFiles.path("script.pt")
    let error = #expect(throws: FormatError.self) { try PyTorchFile.read(path: path) }
    #expect(
      error?.message
        == "\(path): a TorchScript archive, which holds code. Rewrite its weights with: import "
        + "torch; torch.save(torch.jit.load(\"\(path)\", map_location=\"cpu\").state_dict(), "
        + "\"\(path).state.pt\")")
  }

  @Test(arguments: ["views.pt", "checkpoint.tar"])
  func `Damaged checkpoints are refused or read, never more`(name: String) throws {
    let bytes = try FixtureFiles.bytes(name)
    for (index, damaged) in HostileFiles.truncations(of: bytes).enumerated() {
      let file = FileContent(path: "x", bytes: damaged)
      #expect(HostileFiles.outcome("\(index)") { _ = try PyTorchFile.read(file) } != nil)
    }
    for damaged in HostileFiles.flips(of: bytes, seed: 31) {
      let file = FileContent(path: "x", bytes: damaged)
      HostileFiles.outcome("flip") { _ = try PyTorchFile.read(file) }
    }
  }

  /// The zip's checksum hides the pickle from random damage, so it is damaged inside as well.
  @Test func `Damaged pickles are refused or read, never more`() throws {
    let archive = try ZipArchive(FileContent.read(path: FixtureFiles.path("checkpoint.tar")))
    let pickle = Array(try archive.content(of: #require(archive["checkpoint/data.pkl"])))
    let damaged =
      HostileFiles.truncations(of: pickle) + HostileFiles.flips(of: pickle, count: 1000, seed: 32)
    for bytes in damaged {
      HostileFiles.outcome("pickle") { _ = try PickleFixture.read(bytes) }
    }
  }
}

/// Checkpoints around hand-made pickles.
enum PickleFixture {
  /// The tensors of a checkpoint of this pickle and one storage, `0`, of 8 floats.
  static func read(_ pickle: [UInt8]) throws -> TensorFile {
    var writer = ZipWriter(path: "x.pt")
    try writer.add("x/data.pkl", pickle, deflated: true)
    try writer.add(
      "x/data/0", Tensor((0..<8).map { Float($0) }).bytes, deflated: false)
    return try PyTorchFile.read(FileContent(path: "x.pt", bytes: writer.finished()))
  }

  /// A dictionary of one tensor over storage `0`.
  static func tensor(count: Int = 8, offset: Int = 0, shape: [Int], strides: [Int]) -> [UInt8] {
    var code: [UInt8] = [0x80, 2] + Array("}".utf8) + text("t")
    code += Array("ctorch._utils\n_rebuild_tensor_v2\n".utf8)
    code += Array("((".utf8) + text("storage") + Array("ctorch\nFloatStorage\n".utf8)
    code += text("0") + text("cpu") + integer(count) + Array("tQ".utf8)
    code += integer(offset) + tuple(shape) + tuple(strides)
    code += [0x89] + Array(")tRs.".utf8)
    return code
  }

  static func tuple(_ values: [Int]) -> [UInt8] {
    Array("(".utf8) + values.flatMap { integer($0) } + Array("t".utf8)
  }

  static func integer(_ value: Int) -> [UInt8] {
    [0x8A, 8] + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  static func text(_ value: String) -> [UInt8] {
    [UInt8(ascii: "X"), UInt8(value.utf8.count), 0, 0, 0] + Array(value.utf8)
  }
}

import FoundationEssentials
import SluiceGraph
import Testing

@testable import SluiceFormats

@Suite struct `Files named in model.json` {
  private let folder: TemporaryFolder
  /// `outside/` has weights; `model/` has weights, and links to the ones outside.
  private let model: String

  init() throws {
    folder = try TemporaryFolder()
    model = folder("model")
    for name in ["model", "outside"] {
      try FileManager.default.createDirectory(
        atPath: folder(name), withIntermediateDirectories: false)
    }
    let weights = try FixtureFiles.bytes("networks.safetensors")
    for name in ["model/inside.safetensors", "outside/w.safetensors"] {
      try AtomicFile.write(weights, to: folder(name))
    }
    for (link, target) in [("model/file", "outside/w.safetensors"), ("model/folder", "outside")] {
      try FileManager.default.createSymbolicLink(
        atPath: folder(link), withDestinationPath: folder(target))
    }
  }

  private func load(_ weights: String, allowed: [String] = []) throws -> Graph {
    let text =
      #"{"sluice": 1, "weights": \#(quoted(weights)), "input": {"shape": ["b", "t", 8]}, "#
      + #""layers": [{"linear": {"prefix": "linear"}}]}"#
    try AtomicFile.write(text, to: "\(model)/model.json")
    return try ModelFile.load(path: model, options: NetworkOptions(allowedPaths: allowed))
  }

  @Test func `A folder stands for its model.json`() throws {
    let graph = try load("inside.safetensors")
    #expect(graph.nodes.map(\.name) == ["linear", "linear.add_bias"])
    #expect(graph.outputNames == ["output"])
  }

  @Test(arguments: [
    "../outside/w.safetensors", "file", "folder/w.safetensors", "./../outside/w.safetensors",
  ])
  func `Paths that lead out are refused unless their folder is allowed`(path: String) throws {
    let error = #expect(throws: FormatError.self) { try load(path) }
    #expect(error?.code == .notAllowed)
    #expect(
      error?.message
        == "\(model)/model.json: \"\(path)\" lies outside the folder of the model; "
        + "--allow-path allows another")
    #expect(try load(path, allowed: [folder("outside")]).nodes.count == 2)
    #expect(throws: FormatError.self) { try load(path, allowed: ["/usr"]) }
  }

  @Test func `Absolute paths are refused unless their folder is allowed`() throws {
    for path in ["/etc/passwd", folder("outside/w.safetensors"), "\(model)/inside.safetensors"] {
      #expect(throws: FormatError.self) { try load(path) }
    }
    let path = folder("outside/w.safetensors")
    #expect(try load(path, allowed: [folder("outside")]).nodes.count == 2)
  }

  @Test func `A folder whose name only begins alike is outside`() throws {
    try FileManager.default.createDirectory(
      atPath: folder("model-b"), withIntermediateDirectories: false)
    try AtomicFile.write(
      FixtureFiles.bytes("networks.safetensors"), to: folder("model-b/w.safetensors"))
    #expect(throws: FormatError.self) { try load("../model-b/w.safetensors", allowed: [model]) }
  }

  @Test func `Absent files are refused by name`() throws {
    let error = #expect(throws: FormatError.self) { try load("absent.safetensors") }
    #expect(
      error?.message
        == "\(model)/model.json: \"absent.safetensors\" cannot be opened: No such file or directory"
    )
  }

  @Test func `A folder without model.json is refused as one`() throws {
    let empty = folder("empty")
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
    let error = #expect(throws: FormatError.self) { try ModelFile.load(path: empty) }
    #expect(
      error?.message
        == "\(empty): expected a model file, or a folder with model.json; found a folder without")
  }
}

import FoundationEssentials
import SluiceFormats
import SluiceGraph
import Testing

/// Networks and operator cases that may lie in `shared` beside the package.
@Suite struct `ONNX files beside the package` {
  static let models = FixtureFiles.shared(".onnx")

  static let conformance = FixtureFiles.sharedModels.map { $0 + "/../conformance" }

  static let cases: [String] = {
    struct Case: Decodable { var path: String }
    guard let conformance,
      let index = try? FileContent.read(path: conformance + "/INDEX.json"),
      let cases = try? JSONDecoder().decode([Case].self, from: Data(index.bytes))
    else { return [] }
    return cases.map(\.path)
  }()

  /// Cases that lie outside of what is read, and why.
  static let refused = [
    "onnx/node/test_batchnorm_epsilon_training_mode": "training mode is not supported",
    "onnx/node/test_batchnorm_example_training_mode": "training mode is not supported",
    "onnx/node/test_identity_opt": "is an optional; only tensors are supported",
    "onnx/node/test_identity_sequence": "is a sequence; only tensors are supported",
    "onnx/node/test_loop11": "operators that are not supported: Loop",
    "onnx/node/test_scan9_multi_state": "operators that are not supported: Scan",
    "onnx/node/test_scan9_scalar": "operators that are not supported: Scan",
    "onnx/node/test_scan9_sum": "operators that are not supported: Scan",
    "onnx/node/test_scan_sum": "operators that are not supported: Scan",
  ]

  @Test(
    .enabled(if: FixtureFiles.sharedModels != nil, "skipped: ../shared/models is absent"),
    arguments: models)
  func `A trained network is read`(path: String) throws {
    let graph = try ONNXFile.load(path: path)
    #expect(!graph.nodes.isEmpty && !graph.outputs.isEmpty)
    #expect(graph.notes == [])
  }

  @Test(
    .enabled(if: !cases.isEmpty, "skipped: ../shared/conformance is absent"), arguments: cases)
  func `An operator case is read, or refused for the reason known`(name: String) throws {
    let path = try "\(#require(Self.conformance))/\(name)/model.onnx"
    let load = Result { () throws(FormatError) in try ONNXFile.load(path: path) }
    switch (load, Self.refused[name]) {
    case (.success(let graph), nil): #expect(!graph.outputs.isEmpty)
    case (.success, .some(let reason)): Issue.record("expected: \(reason)")
    case (.failure(let error), let reason):
      #expect(error.message.contains(try #require(reason, "\(error)")))
    }
  }
}

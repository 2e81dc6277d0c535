import FoundationEssentials
import SluiceBackends
import SluiceFormats
import SluiceGraph
import SluiceTestSupport
import Testing

/// Trained networks and operator cases, skipped where `shared` is absent.
@Suite struct `Networks beside the package` {
  static let models = files(in: "models", suffix: ".onnx")
  static let cases = files(in: "conformance", suffix: "model.onnx")

  /// Nodes that are left of each network once it is bound.
  static let nodeCounts = [
    "CRNN_M.onnx": 13, "CRNN_S.onnx": 13, "GRU_L.onnx": 4, "GRU_M.onnx": 4, "GRU_S.onnx": 4,
    "fastenhancer_b.spec.onnx": 142, "fastenhancer_t.spec.onnx": 117, "gru_model.onnx": 14,
    "gtcrn.onnx": 426, "gtcrn_simple.onnx": 415, "pose_gru_step.onnx": 15,
    "rnnoise_v1.onnx": 17, "rnnoise_v1_q8.onnx": 17,
  ]

  @Test(
    .enabled(if: !models.isEmpty, "skipped: ../shared/models is absent"), arguments: models)
  func `A trained network is analysed and bound`(name: String) throws {
    let file = try #require(name.split(separator: "/").last.map(String.init))
    let graph = try ONNXFile.load(path: Self.path(name))
    let evaluator = ReferenceEvaluator()
    let analysed = try graph.analysed(evaluator: evaluator)
    try analysed.validate()
    for node in analysed.nodes {
      for case let output? in node.outputs {
        let shape = try #require(analysed[output].type.shape, "\(node.name)")
        #expect(!shape.description.contains("?"), "\(node.name)")
      }
    }

    let sizes = Dictionary(
      uniqueKeysWithValues: analysed.unbound.dimensions.map { ($0.name, 50) })
    let bound = try graph.bound(dimensions: sizes, evaluator: evaluator)
    print("\(file): \(graph.nodes.count) nodes, \(bound.nodes.count) when bound")
    try bound.validate()
    #expect(bound.nodes.count == Self.nodeCounts[file])
    #expect(
      !bound.nodes.contains { $0.inputs.allSatisfy { $0 == nil || bound.constants[$0!] != nil } })
  }

  /// With every input bound, an operator case folds away: what is left are the expected types.
  @Test(
    .enabled(if: !cases.isEmpty, "skipped: ../shared/conformance is absent"), arguments: cases)
  func `An operator case folds to constants of the expected types`(name: String) throws {
    // Cases outside of what is read are the importer's to tell.
    guard let graph = try? ONNXFile.load(path: Self.path(name)) else { return }
    let evaluator = SmallEvaluator()
    try graph.analysed(evaluator: evaluator).validate()

    let folder = Self.path(String(name.dropLast("model.onnx".count))) + "test_data_set_0"
    var inputs: [String: Tensor] = [:]
    for (index, input) in graph.inputs.enumerated() {
      inputs[graph[input].name] = try tensor("\(folder)/input_\(index).pb")
    }
    let bound = try graph.bound(inputs: inputs, evaluator: evaluator)
    try bound.validate()
    #expect(bound.nodes.isEmpty && bound.inputs.isEmpty)
    for (index, output) in bound.outputs.enumerated() {
      let expected = try tensor("\(folder)/output_\(index).pb")
      #expect(
        bound[output].type == ValueType(expected.elementType, Shape(expected.shape)))
    }
  }

  /// Files below `subfolder` whose names end in `suffix`, relative to `shared`, sorted.
  private static func files(in subfolder: String, suffix: String) -> [String] {
    guard let folder = SharedFolder.file(subfolder) else { return [] }
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(suffix) }.sorted().map { "\(subfolder)/\($0)" }
  }

  private static func path(_ name: String) -> String { "\(SharedFolder.path ?? "")/\(name)" }

  private func tensor(_ path: String) throws -> Tensor {
    try ONNXFile.loadTensor(path: path).tensor
  }
}

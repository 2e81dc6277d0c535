import Sluice
import SluiceTestSupport
import Testing

@testable import SluiceFormats

/// The networks that `make_model_fixtures.py` described in `networks.jsonl`.
enum NetworkFixtures {
  /// Name and text of each description.
  static let all: [(name: String, text: String)] = {
    let bytes = (try? FixtureFiles.bytes("networks.jsonl")) ?? []
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
      let value = try? JSONParser.value(in: Array(line.utf8)[...], source: "line")
      return (value?["name"]?.string ?? "", String(line))
    }
  }()

  /// The graph of a description that lies among the fixtures.
  static func graph(_ text: String) throws -> Graph {
    let file = FileContent(
      path: FixtureFiles.path("network.json"), bytes: Array(text.utf8))
    return try ModelDescription(file).graph(options: NetworkOptions())
  }

  static let arrays: [String: Tensor] = {
    let entries = (try? NPZFile.read(path: FixtureFiles.path("networks.npz"))) ?? []
    return Dictionary(
      uniqueKeysWithValues: entries.map { ($0.name, $0.tensor ?? Tensor([Float]())) })
  }()
}

@Suite struct `Networks from model.json` {
  @Test func `The fixtures are there`() {
    #expect(NetworkFixtures.all.count == 47)
    #expect(NetworkFixtures.arrays.count == 2 * NetworkFixtures.all.count)
  }

  @Test(arguments: NetworkFixtures.all)
  func `Whole sequences give what the framework gives`(name: String, text: String) throws {
    let input = try #require(NetworkFixtures.arrays["\(name).x"])
    let expected = try #require(NetworkFixtures.arrays["\(name).y"])
    let model = Model(graph: try NetworkFixtures.graph(text))
    let result = try model.run(
      ["x": input], mode: .sequence, options: EngineOptions(backend: .reference))
    expectClose(
      try #require(result.outputs["y"]), expected, Tolerance(absolute: 2e-6, relative: 2e-6), name)
  }

  /// What has to see the end of a sequence first.
  static let notStreamable: Set = ["gru_both", "lstm_both", "keras_both"]

  @Test(arguments: NetworkFixtures.all.filter { !notStreamable.contains($0.name) })
  func `Frame by frame gives what the framework gives`(name: String, text: String) throws {
    let input = try #require(NetworkFixtures.arrays["\(name).x"])
    let expected = try #require(NetworkFixtures.arrays["\(name).y"])
    let sizes = name == "part_open" ? ["height": 6, "width": 6] : [:]
    let model = Model(
      graph: try NetworkFixtures.graph(text), options: NetworkOptions(dimensions: sizes))
    let result = try model.run(
      ["x": input], mode: .stream, options: EngineOptions(backend: .reference))
    expectClose(
      try #require(result.newest("y")), expected, Tolerance(absolute: 2e-6, relative: 2e-6), name)
  }
}

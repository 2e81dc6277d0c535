import FoundationEssentials
import SluiceFormats

/// The fixtures made by `make_file_fixtures.py` and `make_model_fixtures.py` in `Fixtures`, and the networks
/// that may lie in `shared` beside the package.
enum FixtureFiles {
  private static let here = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()

  static func path(_ name: String) -> String {
    here.appending(path: "Fixtures/Files").appending(path: name).path
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    try FileContent.read(path: path(name)).bytes
  }

  static func decoded<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(bytes(name)))
  }

  /// `../shared/models` of the checkout, or of any folder above it; nil if there is none.
  static let sharedModels: String? = {
    var folder = here
    while folder.path != "/" {
      folder = folder.deletingLastPathComponent()
      let models = folder.appending(path: "shared/models").path
      if FileManager.default.fileExists(atPath: models) { return models }
    }
    return nil
  }()

  /// Files below `sharedModels` whose names end in one of `suffixes`, sorted.
  static func shared(_ suffixes: String...) -> [String] {
    guard let sharedModels else { return [] }
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: sharedModels)) ?? []
    return names.filter { name in suffixes.contains { name.hasSuffix($0) } }.sorted()
      .map { "\(sharedModels)/\($0)" }
  }
}

/// A folder that goes when the value does.
final class TemporaryFolder {
  let path: String

  init() throws {
    let name = "sluice-tests-\(UInt64.random(in: 0 ... .max))"
    path = FileManager.default.temporaryDirectory.appending(path: name).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }
}

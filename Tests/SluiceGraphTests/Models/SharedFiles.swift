import FoundationEssentials

/// The networks and operator cases that may lie in `shared` beside the package, or beside any folder
/// above it.
enum SharedFiles {
  static let folder: String? = {
    var folder = URL(filePath: #filePath)
    while folder.path != "/" {
      folder = folder.deletingLastPathComponent()
      let shared = folder.appending(path: "shared").path
      if FileManager.default.fileExists(atPath: shared + "/models/README.md") { return shared }
    }
    return nil
  }()

  /// Files below `subfolder` whose names end in `suffix`, relative to `folder`, sorted.
  static func files(in subfolder: String, suffix: String) -> [String] {
    guard let folder else { return [] }
    let names = try? FileManager.default.subpathsOfDirectory(atPath: "\(folder)/\(subfolder)")
    return (names ?? []).filter { $0.hasSuffix(suffix) }.sorted().map { "\(subfolder)/\($0)" }
  }

  static func path(_ name: String) -> String { "\(folder ?? "")/\(name)" }
}

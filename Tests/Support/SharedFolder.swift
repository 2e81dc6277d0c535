import FoundationEssentials

/// The folder `shared` beside the package (or beside a folder above it): reference data too large to
/// ship. Tests that need it are skipped where it is absent.
public enum SharedFolder {
  /// The folder's path; nil where there is none.
  public static let path: String? = {
    var folder = PackageFolder.path
    while folder != "/" {
      folder = (folder + "/..").standardized
      if FileManager.default.fileExists(atPath: folder + "/shared/conformance/INDEX.json") {
        return folder + "/shared"
      }
    }
    return nil
  }()

  /// Whether the folder is there: for `.enabled(if:)`.
  public static var isPresent: Bool { path != nil }

  /// A file in the folder; nil where it or the folder is absent.
  public static func file(_ relativePath: String) -> String? {
    guard let path, FileManager.default.fileExists(atPath: path + "/" + relativePath) else {
      return nil
    }
    return path + "/" + relativePath
  }
}

/// The folder that holds `Package.swift`.
public enum PackageFolder {
  public static let path = (#filePath + "/../../..").standardized

  /// A file of the package, such as `Tests/SluiceTests/Fixtures/net.onnx`.
  public static func file(_ relativePath: String) -> String { path + "/" + relativePath }
}

extension String {
  /// The path without `.` and `..`.
  fileprivate var standardized: String {
    var parts: [Substring] = []
    for part in split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }
}

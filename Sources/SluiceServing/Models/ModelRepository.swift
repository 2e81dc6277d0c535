import FoundationEssentials
import Sluice

/// A folder of models:
///
///     REPOSITORY/NAME/VERSION/model.json        what else it names lies beside it
///     REPOSITORY/NAME/VERSION/network.onnx      or one model file, whatever its name
///     REPOSITORY/NAME/VERSION/labels.txt        if its outputs are classes: their names, one a line
///
/// Versions are whole numbers from 1. Names come from the listing of the folder: what a request names is
/// looked up there and never becomes a path.
public struct ModelRepository: Sendable {
  public let path: String
  /// What holds for every network in it.
  public let options: NetworkOptions

  public init(path: String, options: NetworkOptions = NetworkOptions()) {
    self.path = path
    self.options = options
  }

  /// The models' names, sorted. Folders whose name no model may have are left out.
  ///
  /// - Throws: `modelRefused` if the folder cannot be listed.
  public func names() throws(ServingError) -> [String] {
    try folders(in: path).filter(ModelRepository.isName).sorted()
  }

  /// The versions of a model, ascending.
  ///
  /// - Throws: `unknownModel`; `modelRefused` if the model's folder cannot be listed.
  public func versions(of name: String) throws(ServingError) -> [Int] {
    guard try names().contains(name) else {
      throw ServingError(.unknownModel, "the repository has no model '\(name)'")
    }
    return try folders(in: "\(path)/\(name)").compactMap(ModelRepository.version).sorted()
  }

  /// Reads a version of a model, the newest if none is named.
  ///
  /// - Throws: `unknownModel` naming the versions there are, `modelRefused` with what was expected.
  func model(
    _ name: String, version: Int? = nil
  ) throws(ServingError) -> (model: Model, version: Int, classNames: ClassNames) {
    let versions = try versions(of: name)
    guard let number = version ?? versions.last else {
      throw ServingError(
        .modelRefused,
        "'\(name)' has no version: expected a folder \(name)/1 with its files")
    }
    guard versions.contains(number) else {
      throw ServingError(
        .unknownModel, "'\(name)' has no version \(number); the repository has \(list(versions))")
    }
    let path = try file(of: "\(path)/\(name)/\(number)", "\(name)/\(number)")
    do {
      let model = try Model(path: path, options: options)
      return (model, number, ClassNames(besideModel: path))
    } catch {
      throw ServingError(.modelRefused, error.message, cause: error)
    }
  }

  /// What is to be read of a version's folder.
  private func file(of folder: String, _ name: String) throws(ServingError) -> String {
    let entries = try entries(of: folder)
    if entries.contains("model.json") { return folder }
    let files = entries.filter { entry in
      ModelRepository.fileEndings.contains { entry.hasSuffix($0) }
    }
    guard files.count == 1 else {
      throw ServingError(
        .modelRefused,
        "\(name): expected model.json or one model file (\(ModelRepository.fileEndings.joined(separator: ", "))); "
          + "found \(files.isEmpty ? "none" : files.sorted().joined(separator: ", "))")
    }
    return "\(folder)/\(files[0])"
  }

  private func entries(of folder: String) throws(ServingError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw ServingError(.modelRefused, "\(folder): cannot be listed", cause: error)
    }
  }

  private func folders(in folder: String) throws(ServingError) -> [String] {
    try entries(of: folder).filter { name in
      var isFolder = false
      return FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
        && isFolder
    }
  }

  private static let fileEndings = [".onnx", ".safetensors", ".pt", ".pth"]

  /// Whether a model may have that name: letters, digits, `.`, `_` and `-`, not a dot first, at most 128.
  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, first != UInt8(ascii: "."), text.utf8.count <= 128 else {
      return false
    }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "-"):
        true
      default: false
      }
    }
  }

  /// A folder's name as a version; nil unless it is a number from 1, without leading zeros.
  private static func version(_ text: String) -> Int? {
    guard let number = Int(text), number > 0, String(number) == text else { return nil }
    return number
  }
}

/// `1, 2 and 5`.
func list(_ numbers: [Int]) -> String {
  let texts = numbers.map(String.init)
  guard let last = texts.last else { return "none" }
  return texts.count == 1 ? last : texts.dropLast().joined(separator: ", ") + " and " + last
}

import FoundationEssentials
import Sluice

/// What the entries of an output stand for: the lines of the file `labels.txt`.
public struct ClassNames: Sendable, Hashable {
  /// Empty where nothing is known.
  public var names: [String]

  /// Of a longer file nothing is read.
  private static let maximumByteCount = 1 << 20

  public init(_ names: [String] = []) { self.names = names }

  /// - Parameter model: a model's file, beside which `labels.txt` lies, or its folder, in which it does. What
  ///   is not there, is too long or is not text names nothing: a model needs no names.
  public init(besideModel model: String) {
    names = []
    var isFolder = false
    let isThere = FileManager.default.fileExists(atPath: model, isDirectory: &isFolder)
    guard isThere else { return }
    let url = URL(filePath: model)
    let folder = isFolder ? url : url.deletingLastPathComponent()
    let path = folder.appending(path: "labels.txt").path
    guard let file = try? FileContent.read(path: path, limit: ClassNames.maximumByteCount),
      let text = String(validating: file.bytes, as: UTF8.self)
    else { return }
    names = text.split(whereSeparator: \.isNewline).map(String.init)
  }

  /// The names of an output's entries; empty if it has not as many of them as there are names.
  func names(of port: ModelDescription.Port) -> [String] {
    (port.shape ?? []).reduce(1, *) == names.count ? names : []
  }
}

import FoundationEssentials
import Sluice

/// A folder of models that goes with its last reference. Its networks are the shipped example in its two
/// forms: `onnx` for whole clips, and `described`, the same network by a `model.json`.
public final class TemporaryRepository: Sendable {
  public enum Form: Sendable { case onnx, described, broken, ambiguous }

  public let path: String

  public init() throws {
    path = FileManager.default.temporaryDirectory.path + "/sluice-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  public func put(_ form: Form, _ name: String, version: Int) throws {
    try makeFolder("\(name)/\(version)")
    switch form {
    case .onnx: try copy(["video-actions.onnx"], to: "\(name)/\(version)")
    case .described:
      try copy(["model.json", "cnn.onnx", "head.safetensors"], to: "\(name)/\(version)")
    case .broken: try AtomicFile.write("no model", to: "\(path)/\(name)/\(version)/net.onnx")
    case .ambiguous:
      try AtomicFile.write("", to: "\(path)/\(name)/\(version)/a.onnx")
      try AtomicFile.write("", to: "\(path)/\(name)/\(version)/b.pt")
    }
  }

  public func makeFolder(_ relativePath: String) throws {
    try FileManager.default.createDirectory(
      atPath: "\(path)/\(relativePath)", withIntermediateDirectories: true)
  }

  public func remove(_ relativePath: String) throws {
    try FileManager.default.removeItem(atPath: "\(path)/\(relativePath)")
  }

  private func copy(_ files: [String], to folder: String) throws {
    for file in files {
      try FileManager.default.copyItem(
        atPath: PackageFolder.file("Examples/video-actions/\(file)"),
        toPath: "\(path)/\(folder)/\(file)")
    }
  }
}

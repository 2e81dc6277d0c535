import FoundationEssentials
import SluiceBackends

/// Something found out about a device, kept as a JSON file in the program cache's folder, by platform,
/// name and driver.
///
/// A file that is not there, damaged or of another version is as good as none.
struct DeviceFile<Value: Codable & Sendable>: Sendable {
  /// Nil where nothing is kept.
  let path: String?
  private let device: [String]

  private struct Content: Codable {
    var version: Int
    var device: [String]
    var value: Value
  }

  private static var version: Int { 1 }

  /// - Parameter kind: such as `tuning`; part of the file's name.
  init(_ kind: String, for device: OpenCLDevice, in cache: ProgramCache) {
    self.device = [device.platform, device.name, device.driver]
    let key = ProgramKey(source: kind, options: "", device: device)
    path = cache.folder.map { "\($0)/\(key.name).\(kind).json" }
  }

  /// - Returns: what was kept; where that is unusable, why.
  func read() -> (value: Value?, problem: String?) {
    guard let path, FileManager.default.fileExists(atPath: path) else { return (nil, nil) }
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      return (nil, "\(path) cannot be read")
    }
    guard let content = try? JSONDecoder().decode(Content.self, from: data),
      content.version == Self.version, content.device == device
    else { return (nil, "\(path) is damaged or of another version") }
    return (content.value, nil)
  }

  /// Why nothing can be kept, in a sentence; nil if it can. Makes the folder.
  var obstacle: String? {
    guard let path else {
      return "\(ProgramCache.variable) is none, or there is no home folder: nothing is kept"
    }
    let folder = URL(filePath: path).deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let probe = folder.appending(path: ".writable-\(UUID().uuidString)")
      try Data().write(to: probe)
      try FileManager.default.removeItem(at: probe)
      return nil
    } catch {
      return "\(folder.path) cannot be written (\(ProgramCache.variable) names another folder)"
    }
  }

  /// Keeps it, whole or not at all.
  ///
  /// - Returns: a sentence on why it could not be kept; nil if it was.
  func write(_ value: Value) -> String? {
    guard let path, obstacle == nil else { return obstacle }
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      let content = Content(version: Self.version, device: device, value: value)
      try encoder.encode(content).write(to: URL(filePath: path), options: .atomic)
      return nil
    } catch {
      return "\(path) cannot be written"
    }
  }
}

import FoundationEssentials
import SluiceBackends

/// Where the tuning of a device is kept: a JSON file in the folder of `ProgramCache`, by platform, name and
/// driver. PoCL's is kept there as well, whose programs are not.
///
/// A file that is not there, damaged, of another version or of sizes that no kernel takes is as good as
/// none: the defaults of the device's class hold, and the next tuning replaces it.
public struct TuningFile: Sendable {
  /// Nil where nothing is kept.
  public let path: String?
  private let device: [String]

  private static let version = 1

  private struct Content: Codable {
    var version: Int
    var device: [String]
    var tuning: DeviceTuning
  }

  public init(for device: OpenCLDevice) {
    self.init(for: device, in: .named())
  }

  init(for device: OpenCLDevice, in cache: ProgramCache) {
    self.device = [device.platform, device.name, device.driver]
    let key = ProgramKey(source: "tuning", options: "", device: device)
    path = cache.folder.map { "\($0)/\(key.name).tuning.json" }
  }

  /// - Returns: what was kept; where that is unusable, a sentence on why.
  public func read() -> (tuning: DeviceTuning?, problem: String?) {
    guard let path, FileManager.default.fileExists(atPath: path) else { return (nil, nil) }
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      return (nil, "\(path) cannot be read: default sizes are used")
    }
    guard let content = try? JSONDecoder().decode(Content.self, from: data),
      content.version == Self.version, content.device == device, content.tuning.isSound
    else {
      return (nil, "\(path) is damaged or of another version: default sizes are used")
    }
    return (content.tuning, nil)
  }

  /// Why nothing can be kept, in a sentence; nil if it can. Makes the folder.
  public var obstacle: String? {
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
  public func write(_ tuning: DeviceTuning) -> String? {
    guard let path, obstacle == nil else { return obstacle }
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      let content = Content(version: Self.version, device: device, tuning: tuning)
      try encoder.encode(content).write(to: URL(filePath: path), options: .atomic)
      return nil
    } catch {
      return "\(path) cannot be written"
    }
  }
}

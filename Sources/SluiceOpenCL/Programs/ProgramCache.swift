import FoundationEssentials
import SluiceBackends

/// Built programs on disk, so that a compiler runs once for a device, its driver, a source and its
/// options.
///
/// A cache never stops anything: an entry that is not there, damaged or refused by the driver is
/// built again, and a folder that cannot be written keeps nothing.
public struct ProgramCache: Sendable, Hashable {
  /// Where entries lie, one file for each; nil where nothing is kept.
  public let folder: String?

  /// - Parameter folder: made when the first entry is kept.
  public init(folder: String) { self.folder = folder }

  private init() { folder = nil }

  /// Keeps nothing.
  public static let disabled = ProgramCache()

  /// The environment variable that sets the folder; `none` keeps nothing.
  public static let variable = "SLUICE_CACHE"

  /// The folder that `SLUICE_CACHE` names, else `sluice` in the user's cache folder:
  /// `XDG_CACHE_HOME`, or `.cache` in the home folder (XDG Base Directory Specification 0.8,
  /// section 3).
  ///
  /// For PoCL nothing is kept unless `SLUICE_CACHE` names a folder: PoCL keeps what it built
  /// itself, and compiles all kernels a second time before it gives a binary.
  public static func standard(for device: OpenCLDevice) -> ProgramCache {
    standard(platform: device.platform, environment)
  }

  static func standard(platform: String, _ variable: (String) -> String?) -> ProgramCache {
    let isUnsaid = variable(self.variable) == nil
    if isUnsaid, platform == "Portable Computing Language" { return .disabled }
    return named(by: variable)
  }

  /// The folder of the user, whatever the device.
  static func named(by variable: (String) -> String? = environment) -> ProgramCache {
    if let folder = variable(self.variable) {
      return folder == "none" ? .disabled : ProgramCache(folder: folder)
    }
    // The specification has relative paths ignored.
    if let folder = variable("XDG_CACHE_HOME"), folder.hasPrefix("/") {
      return ProgramCache(folder: folder + "/sluice")
    }
    guard let home = variable("HOME") else { return .disabled }
    return ProgramCache(folder: home + "/.cache/sluice")
  }

  /// What was kept for a key.
  func entry(for key: ProgramKey) -> Lookup {
    guard let path = path(of: key), FileManager.default.fileExists(atPath: path) else {
      return .absent
    }
    do {
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
      guard let entry = ProgramEntry(bytes: bytes, key: key) else {
        return .unusable("\(path) is damaged")
      }
      return .found(entry)
    } catch {
      return .unusable("\(path) cannot be read")
    }
  }

  /// Keeps a binary, whole or not at all.
  ///
  /// - Returns: a sentence on why it could not be kept; nil if it was, or if nothing is.
  func keep(_ entry: ProgramEntry) -> String? {
    guard let folder, let path = path(of: entry.key) else { return nil }
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data(entry.bytes).write(to: URL(filePath: path), options: .atomic)
      return nil
    } catch {
      return
        "\(folder) cannot be written (\(Self.variable) names another folder): programs are not kept"
    }
  }

  func path(of key: ProgramKey) -> String? { folder.map { "\($0)/\(key.name).program" } }

  /// What looking for an entry came to.
  enum Lookup {
    case found(ProgramEntry)
    case absent
    /// With a sentence.
    case unusable(String)
  }
}

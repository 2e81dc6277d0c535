import SluiceBackends
import Synchronization

/// Everything OpenCL offers on this machine, and what it lacks.
public struct OpenCLSurvey: Sendable {
  /// A driver, as the loader found it.
  public struct Platform: Sendable {
    public let name: String
    /// What it implements, such as `OpenCL 3.0 PoCL 3.1`.
    public let version: String
    public let devices: [OpenCLDevice]
  }

  /// What was opened; nil where there is no loader.
  public let library: String?
  public let platforms: [Platform]
  /// A sentence, without its full stop, for everything that is missing or does not answer.
  public let problems: [String]

  /// Of all platforms, in the order in which `--device` counts.
  public var devices: [OpenCLDevice] { platforms.flatMap(\.devices) }

  /// - Parameter path: as in `OpenCLLibrary.open`.
  public init(path: String? = nil) {
    do {
      self.init(try OpenCLLibrary.open(path))
    } catch {
      self.init(library: nil, platforms: [], problems: [error.message])
    }
  }

  private init(library: String?, platforms: [Platform], problems: [String]) {
    self.library = library
    self.platforms = platforms
    self.problems = problems
  }

  public init(_ library: OpenCLLibrary) {
    var platforms: [Platform] = []
    var problems: [String] = []
    do {
      platforms = try Self.listing.withLock { _ throws(BackendError) in
        try library.platforms().compactMap { Platform($0, in: library, problems: &problems) }
      }
      if platforms.isEmpty && problems.isEmpty {
        problems = [DriverFolder.current.absence(of: library.path)]
      }
    } catch {
      problems.append(error.message)
    }
    self.init(library: library.path, platforms: platforms, problems: problems)
  }

  /// One thread at a time: a driver prepares its devices when they are first listed, and PoCL 3.1 lists
  /// half of one meanwhile to others.
  private static let listing = Mutex(())
}

extension OpenCLSurvey.Platform {
  /// What fails is added to `problems`; nil if not even the name can be had.
  fileprivate init?(_ id: PlatformID, in library: OpenCLLibrary, problems: inout [String]) {
    do {
      name = try library.name(of: id)
      version = try library.version(of: id)
      var devices: [OpenCLDevice] = []
      let found = try library.devices(of: id, name: name)
      if found.isEmpty { problems.append("platform \(name) (\(version)) has no device") }
      for device in found {
        do {
          devices.append(try OpenCLDevice(device, platform: name, in: library))
        } catch {
          problems.append(error.message)
        }
      }
      self.devices = devices
    } catch {
      problems.append(error.message)
      return nil
    }
  }
}

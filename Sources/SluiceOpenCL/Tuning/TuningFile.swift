/// Where the tuning of a device is kept: a file in the folder of `ProgramCache`. PoCL's is kept there as
/// well, whose programs are not.
///
/// A file that is unusable, or of sizes that no kernel takes, is as good as none: the defaults of the
/// device's class hold, and the next tuning replaces it.
public struct TuningFile: Sendable {
  private let file: DeviceFile<DeviceTuning>

  public init(for device: OpenCLDevice) {
    self.init(for: device, in: .named())
  }

  init(for device: OpenCLDevice, in cache: ProgramCache) {
    file = DeviceFile("tuning", for: device, in: cache)
  }

  /// Nil where nothing is kept.
  public var path: String? { file.path }

  /// - Returns: what was kept; where that is unusable, a sentence on why.
  public func read() -> (tuning: DeviceTuning?, problem: String?) {
    let (tuning, problem) = file.read()
    if let problem { return (nil, "\(problem): default sizes are used") }
    guard let tuning, !tuning.isSound else { return (tuning, nil) }
    return (nil, "\(path ?? "") has sizes that no kernel takes: default sizes are used")
  }

  /// Why nothing can be kept, in a sentence; nil if it can. Makes the folder.
  public var obstacle: String? { file.obstacle }

  /// Keeps it, whole or not at all.
  ///
  /// - Returns: a sentence on why it could not be kept; nil if it was.
  public func write(_ tuning: DeviceTuning) -> String? { file.write(tuning) }
}

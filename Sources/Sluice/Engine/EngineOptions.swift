/// How an engine runs a network.
public struct EngineOptions: Sendable {
  public var backend: BackendSelection
  /// A device's number within its backend, or a part of its name; nil takes the first. Several run one
  /// executable each, among which streams are shared out: numbers with commas between, or `all`. A
  /// number that is there twice means two executables on that device.
  public var device: String?
  public var precision: Precision
  /// Threads that steps may use, libraries included: so many groups of streams step at the same time
  /// where the backend offers it. Callers bring these threads; the engine starts none for steps.
  public var threads: Int
  /// Sessions that may be open at once; each has a slot whose memory is laid out at the start.
  public var maximumStreams: Int
  /// How long a frame may wait for frames of other sessions, so that they step together.
  ///
  /// Zero, the default, adds no delay: a step begins as soon as a worker is free, with the streams
  /// whose frames are there; while it runs the next ones gather. Otherwise a step begins when every
  /// open session that is not in a step, nor in another call such as `reset`, has a frame that waits,
  /// or when the oldest frame has waited so long. Such an engine has one thread of its own that looks at
  /// the clock and runs the steps whose time has come.
  public var maximumDelay: Duration
  /// Bytes that the states and scratch of all slots may take; nil takes the model's limit.
  public var memoryLimit: Int?
  /// Frames after which each stream's states are copied to the host, so that it can go on from there if
  /// its device fails and no longer lets them be read; nil, the default, for never. A copy waits for the
  /// device between two steps. Backends whose failure is final (`cpu`, `reference`) take none.
  public var checkpointInterval: Int?
  /// Is told in one sentence what happens to devices; may be called from any thread.
  public var log: (@Sendable (String) -> Void)?

  public init(
    backend: BackendSelection = .auto, device: String? = nil, precision: Precision = .fp32,
    threads: Int = 1, maximumStreams: Int = 16, maximumDelay: Duration = .zero,
    memoryLimit: Int? = nil, checkpointInterval: Int? = nil,
    log: (@Sendable (String) -> Void)? = nil
  ) {
    self.backend = backend
    self.device = device
    self.precision = precision
    self.threads = threads
    self.maximumStreams = maximumStreams
    self.maximumDelay = maximumDelay
    self.memoryLimit = memoryLimit
    self.checkpointInterval = checkpointInterval
    self.log = log
  }

  /// - Throws: `limit` naming what is below its least.
  func check() throws(SluiceError) {
    guard maximumStreams > 0, threads > 0 else {
      throw SluiceError(
        .limit,
        "an engine has at least 1 stream and 1 thread; "
          + "found \(maximumStreams) and \(threads)")
    }
    if let checkpointInterval, checkpointInterval < 1 {
      throw SluiceError(
        .limit, "a checkpoint is taken after 1 frame at the soonest; found \(checkpointInterval)")
    }
  }
}

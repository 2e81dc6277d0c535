/// How an engine runs a network.
public struct EngineOptions: Sendable {
  public var backend: BackendSelection
  /// A device's number within its backend, or a part of its name; nil takes the first.
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

  public init(
    backend: BackendSelection = .auto, device: String? = nil, precision: Precision = .fp32,
    threads: Int = 1, maximumStreams: Int = 16, maximumDelay: Duration = .zero,
    memoryLimit: Int? = nil
  ) {
    self.backend = backend
    self.device = device
    self.precision = precision
    self.threads = threads
    self.maximumStreams = maximumStreams
    self.maximumDelay = maximumDelay
    self.memoryLimit = memoryLimit
  }
}

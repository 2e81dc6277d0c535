/// How an engine runs a network.
public struct EngineOptions: Sendable {
  public var backend: BackendSelection
  /// A device's number within its backend, or a part of its name; nil takes the first.
  public var device: String?
  public var precision: Precision
  /// Threads that a step may use, libraries included.
  public var threads: Int
  /// Sessions that may be open at once; each has a slot whose memory is laid out at the start.
  public var maximumStreams: Int
  /// Bytes that the states and scratch of all slots may take; nil takes the model's limit.
  public var memoryLimit: Int?

  public init(
    backend: BackendSelection = .auto, device: String? = nil, precision: Precision = .fp32,
    threads: Int = 1, maximumStreams: Int = 16, memoryLimit: Int? = nil
  ) {
    self.backend = backend
    self.device = device
    self.precision = precision
    self.threads = threads
    self.maximumStreams = maximumStreams
    self.memoryLimit = memoryLimit
  }
}

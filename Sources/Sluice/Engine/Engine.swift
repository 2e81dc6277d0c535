import Synchronization

/// Runs one network frame by frame for many streams on one backend.
///
///     let engine = try Engine(model)
///     let session = try engine.openSession()
///     let outputs = try session.step(frame)
///
/// It owns one executable and its slots: each open session holds one until it is closed. An engine
/// is safe to use from any thread; steps run one after another.
public final class Engine: Sendable {
  public let model: Model
  public let options: EngineOptions
  /// How steps relate to frames: inputs, outputs, frames per step, delay, warm-up.
  public let stepGraph: StepGraph
  /// Which backend runs and why.
  public let backendChoice: BackendDecision
  let executable: any Executable
  let frameInputs: [FramePort]
  private let slots: Mutex<SlotTable>
  /// Calls on the executable stand in this row: they never overlap.
  private let turn = Mutex(())

  /// Rewrites the network for streaming, plans it and prepares it on the backend chosen.
  ///
  /// - Throws: `SluiceError`: `notStreamable` with the node and the reason, `unbound`,
  ///   `backendUnavailable` with what was found, `unsupported`, `limit` before anything is allocated
  ///   beyond it.
  public convenience init(
    _ model: Model, _ options: EngineOptions = EngineOptions()
  ) throws(SluiceError) {
    let stepGraph = try model.stepGraph()
    let (entry, decision) = try BackendCatalogue.standard.choose(
      options.backend, device: options.device)
    try self.init(
      model, options, stepGraph: stepGraph, plan: try model.stepPlan(fusion: entry.fusion),
      backend: entry.backend, decision: decision)
  }

  init(
    _ model: Model, _ options: EngineOptions, stepGraph: StepGraph, plan: Plan,
    backend: any Backend, decision: BackendDecision
  ) throws(SluiceError) {
    guard options.maximumStreams > 0, options.threads > 0 else {
      throw SluiceError(
        .limit,
        "an engine has at least 1 stream and 1 thread; "
          + "found \(options.maximumStreams) and \(options.threads)")
    }
    self.model = model
    self.options = options
    self.stepGraph = stepGraph
    backendChoice = decision
    var inputs: [FramePort] = []
    for port in stepGraph.inputs {
      inputs.append(try FramePort(port, framesPerStep: stepGraph.framesPerStep))
    }
    frameInputs = inputs
    executable = try Engine.prepare(plan, on: backend, options, model)
    slots = Mutex(SlotTable(count: executable.slotCount))
  }

  static func prepare(
    _ plan: Plan, on backend: any Backend, _ options: EngineOptions, _ model: Model
  ) throws(SluiceError) -> any Executable {
    let executableOptions = ExecutableOptions(
      slots: options.maximumStreams, threads: options.threads, precision: options.precision,
      memoryLimit: options.memoryLimit ?? model.options.memoryLimit)
    do {
      return try backend.prepare(plan, options: executableOptions)
    } catch {
      throw SluiceError(error)
    }
  }

  /// Every backend and device that an engine can run on here.
  public static var devices: [DeviceDescription] { BackendCatalogue.standard.devices }

  /// What the backend decided, one line per operation.
  public var executableListing: [String] { executable.listing }

  /// Backend, kernel variant and tuning: engines with equal tags give equal bits. Snapshots carry it.
  public var numericsTag: String { executable.numericsTag }

  /// Sessions open now.
  public var openSessionCount: Int { slots.withLock { $0.takenCount } }

  /// Opens a fresh stream: initial states, no frame consumed.
  ///
  /// - Throws: `SessionError.full` if every slot is taken.
  public func openSession(
    _ options: SessionOptions = SessionOptions()
  ) throws(SessionError) -> Session {
    Session(engine: self, stream: try openStream(), options: options)
  }
}

/// Slots and turns.
extension Engine {
  func openStream() throws(SessionError) -> LiveStream {
    guard let slot = slots.withLock({ $0.take() }) else {
      throw SessionError(
        .full,
        "all \(executable.slotCount) streams of this engine are open; close one, "
          + "or make the engine with a larger maximumStreams")
    }
    withTurn { $0.reset(slot: slot) }
    let position = StreamPosition(
      framesPerStep: stepGraph.framesPerStep, warmUp: stepGraph.warmUp)
    return LiveStream(slot: slot, position: position, inputs: frameInputs)
  }

  func close(_ stream: LiveStream) {
    slots.withLock { $0.free(stream.slot) }
  }

  /// Calls `body` with the executable while nobody else has it.
  func withTurn<Value, Failure: Error>(
    _ body: (any Executable) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try turn.withLock { _ throws(Failure) in try body(executable) }
  }
}

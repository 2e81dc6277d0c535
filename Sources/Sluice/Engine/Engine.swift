import Synchronization

/// Runs one network frame by frame for many streams on one backend.
///
///     let engine = try Engine(model)
///     let session = try engine.openSession()
///     let outputs = try session.step(frame)
///
/// It owns one executable and its slots: each open session holds one until it is closed. An engine
/// is safe to use from any thread and any task. Sessions whose frames are there step together, up to
/// `EngineOptions.threads` groups of them at the same time. It has no threads of its own for that: the
/// calls of sessions bring theirs.
public final class Engine: Sendable {
  public let model: Model
  public let options: EngineOptions
  /// How steps relate to frames: inputs, outputs, frames per step, delay, warm-up.
  public let stepGraph: StepGraph
  /// Which backend runs and why.
  public let backendChoice: BackendDecision
  let executable: any Executable
  let frameInputs: [FramePort]
  /// Set where steps can run in the caller's own memory.
  let floatForm: FloatForm?
  /// The first step at which the first output is given.
  let firstStepOfOnlyOutput: Int
  /// Steps that run at the same time.
  let workerCount: Int
  /// Never locked while a kernel runs or a frame is copied.
  let state: Mutex<EngineState>
  /// Of an engine with a `maximumDelay`.
  let timer: BatchTimer?

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
    floatForm = FloatForm(inputs, stepGraph.outputs)
    firstStepOfOnlyOutput = stepGraph.outputs.first?.firstStep ?? 0
    workerCount = min(options.threads, executable.workerCount)
    state = Mutex(
      EngineState(
        Scheduler(
          slots: executable.slotCount, workers: workerCount,
          framesPerStep: stepGraph.framesPerStep, maximumDelay: options.maximumDelay)))
    timer = options.maximumDelay > .zero ? BatchTimer() : nil
    try timer?.start(self)
  }

  deinit { timer?.stop() }

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
  public var openSessionCount: Int { state.withLock { $0.scheduler.openCount } }

  /// Opens a fresh stream: initial states, no frame consumed.
  ///
  /// - Throws: `SessionError.full` if every slot is taken.
  public func openSession(
    _ options: SessionOptions = SessionOptions()
  ) throws(SessionError) -> Session {
    let stream = try openStream(maximumPendingFrames: options.maximumPendingFrames)
    release(stream)
    return Session(engine: self, stream: stream, options: options)
  }
}

/// Runs one network frame by frame for many streams on one backend.
///
///     let engine = try Engine(model)
///     let session = try engine.openSession()
///     let outputs = try session.step(frame)
///
/// It owns an executable on each of its devices, and their slots: each open session holds one until it is
/// closed. An engine
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
  let frameInputs: [FramePort]
  /// Set where steps can run in the caller's own memory.
  let floatForm: FloatForm?
  /// One for each device; never empty.
  let lanes: [Lane]
  private let journal: Journal

  /// Rewrites the network for streaming, plans it and prepares it on the backend chosen.
  ///
  /// - Throws: `SluiceError`: `notStreamable` with the node and the reason, `unbound`,
  ///   `backendUnavailable` with what was found, `unsupported`, `limit` before anything is allocated
  ///   beyond it.
  public convenience init(
    _ model: Model, _ options: EngineOptions = EngineOptions()
  ) throws(SluiceError) {
    let stepGraph = try model.stepGraph()
    let (entries, decision) = try BackendCatalogue.standard.chooseAll(
      options.backend, device: options.device,
      for: StepDemand(
        stepGraph.program, precision: options.precision, streams: options.maximumStreams,
        threads: options.threads))
    let plan = try model.stepPlan(fusion: entries[0].fusion)
    try self.init(
      model, options, stepGraph: stepGraph, plan: plan, backends: entries.map(\.backend),
      successor: entries[0].successor,
      alternative: options.backend.isAutomatic ? entries[0].successor : nil, decision: decision)
  }

  /// - Parameters:
  ///   - backends: one lane each, which share the slots evenly.
  ///   - successor: where streams go on whose device fails; nil where a failure is final.
  ///   - alternative: what takes the network where `backends` cannot be prepared; nil for an error.
  init(
    _ model: Model, _ options: EngineOptions, stepGraph: StepGraph, plan: Plan,
    backends: [any Backend], successor: (any Backend)? = nil,
    alternative: (any Backend)? = nil, decision: BackendDecision
  ) throws(SluiceError) {
    try options.check()
    self.model = model
    self.options = options
    self.stepGraph = stepGraph
    var inputs: [FramePort] = []
    for port in stepGraph.inputs {
      inputs.append(try FramePort(port, framesPerStep: stepGraph.framesPerStep))
    }
    frameInputs = inputs
    floatForm = FloatForm(inputs, stepGraph.outputs)
    let journal = Journal(log: options.log)
    self.journal = journal
    do {
      lanes = try Self.lanes(
        model, options, stepGraph, inputs, plan, on: backends, successor: successor, journal)
      backendChoice = decision
    } catch {
      guard let alternative else { throw error }
      lanes = try Self.lanes(
        model, options, stepGraph, inputs, plan, on: [alternative], successor: nil, journal)
      backendChoice = decision.replaced(by: alternative, after: error)
    }
  }

  /// A lane for each backend, as far as there are streams for them.
  private static func lanes(
    _ model: Model, _ options: EngineOptions, _ stepGraph: StepGraph, _ inputs: [FramePort],
    _ plan: Plan, on backends: [any Backend], successor: (any Backend)?, _ journal: Journal
  ) throws(SluiceError) -> [Lane] {
    var lanes: [Lane] = []
    let backends = backends.prefix(options.maximumStreams)
    for (index, backend) in backends.enumerated() {
      let slots = (options.maximumStreams + index) / backends.count
      let first = try Placement(plan, on: backend, slots: slots, options, model)
      let failover = successor.map { successor in
        Failover { () throws(SluiceError) in
          try Placement(plan, onSuccessor: successor, slots: slots, options, model)
        }
      }
      lanes.append(
        try Lane(stepGraph, inputs, options, on: first, failover: failover, journal: journal))
    }
    return lanes
  }

  /// Every backend and device that an engine can run on here.
  public static var devices: [DeviceDescription] { BackendCatalogue.standard.devices }

  /// What the backend decided, one line per operation.
  public var executableListing: [String] { lanes[0].first.executable.listing }

  /// What happened in preparation or in steps that a person should know, each sentence once.
  var executableNotes: [String] {
    var notes: [String] = []
    for note in lanes.flatMap(\.first.executable.notes) where !notes.contains(note) {
      notes.append(note)
    }
    return notes
  }

  /// Backend, kernel variant and tuning of the first device: engines with equal tags give equal bits.
  /// Snapshots carry that of the executable their stream runs on.
  public var numericsTag: String { lanes[0].first.executable.numericsTag }

  /// Sessions open now.
  public var openSessionCount: Int { lanes.reduce(0) { $0 + $1.openCount } }

  /// Sessions open now on each device, in the order of `EngineOptions.device`.
  public var openSessionCounts: [Int] { lanes.map(\.openCount) }

  /// What happened to its devices so far.
  public var counters: EngineCounters { journal.counters }

  /// Steps that its sessions and runs have had so far, also those whose frames were not taken.
  public var stepCounts: StepCounts { lanes.reduce(StepCounts()) { $0 + $1.stepCounts } }

  /// Streams whose frames wait for a step now: the depth of its queue.
  public var waitingFrameCount: Int { lanes.reduce(0) { $0 + $1.waitingCount } }

  /// Streams that it has slots for.
  var slotCount: Int { lanes.reduce(0) { $0 + $1.slotCount } }

  /// Opens a fresh stream: initial states, no frame consumed. It stays on the device that has the most
  /// room when it is opened; devices that failed, whose streams are on the CPU, come last.
  ///
  /// - Throws: `SessionError.full` if every slot is taken.
  public func openSession(
    _ options: SessionOptions = SessionOptions()
  ) throws(SessionError) -> Session {
    var failure = SessionError(.full, "this engine has no room for a stream")
    for lane in lanesByLoad {
      do {
        let stream = try lane.openStream(maximumPendingFrames: options.maximumPendingFrames)
        lane.release(stream)
        return Session(engine: self, lane: lane, stream: stream, options: options)
      } catch {
        failure = error.code == .full ? full : error
      }
    }
    throw failure
  }

  private var full: SessionError {
    SessionError(
      .full,
      "all \(slotCount) streams of this engine are open; close one, "
        + "or make the engine with a larger maximumStreams")
  }

  /// Lanes in the order in which a new stream is offered to them.
  private var lanesByLoad: [Lane] {
    guard lanes.count > 1 else { return lanes }
    let loads = lanes.map { lane in
      (
        lane: lane, hasFailed: lane.failover?.hasFailed ?? false,
        load: Double(lane.openCount) / Double(lane.slotCount)
      )
    }
    return loads.sorted { a, b in
      a.hasFailed == b.hasFailed ? a.load < b.load : !a.hasFailed
    }.map(\.lane)
  }
}

import Synchronization

/// One executable with the streams in its slots and the calls that wait for it. An engine has one lane
/// for each of its devices; a stream stays in its lane.
///
/// A lane whose device fails goes on on the CPU: its streams keep their slots' numbers and move one by
/// one, each when its owner next touches it (`Lane+Recovery`).
final class Lane: Sendable {
  let stepGraph: StepGraph
  let frameInputs: [FramePort]
  /// The first step at which the first output is given.
  let firstStepOfOnlyOutput: Int
  /// Frames after which a stream's states are copied to the host; nil for never.
  let checkpointInterval: Int?
  /// What was prepared at the start.
  let first: Placement
  /// What takes over; nil where a failure is final.
  let failover: Failover?
  let journal: Journal
  /// Never locked while a kernel runs or a frame is copied.
  let state: Mutex<LaneState>
  /// Of an engine with a `maximumDelay`.
  let timer: BatchTimer?

  /// - Parameter failover: makes what takes over from the device; nil where a failure is final.
  init(
    _ stepGraph: StepGraph, _ inputs: [FramePort], _ options: EngineOptions, on first: Placement,
    failover: Failover?, journal: Journal
  ) throws(SluiceError) {
    self.stepGraph = stepGraph
    frameInputs = inputs
    firstStepOfOnlyOutput = stepGraph.outputs.first?.firstStep ?? 0
    checkpointInterval = failover == nil ? nil : options.checkpointInterval
    self.first = first
    self.failover = failover
    self.journal = journal
    let executable = first.executable
    state = Mutex(
      LaneState(
        Scheduler(
          slots: executable.slotCount, workers: min(options.threads, executable.workerCount),
          framesPerStep: stepGraph.framesPerStep, maximumDelay: options.maximumDelay)))
    timer = options.maximumDelay > .zero ? BatchTimer() : nil
    try timer?.start(self)
  }

  deinit { timer?.stop() }

  var slotCount: Int { first.executable.slotCount }

  /// Steps that run at the same time.
  var workerCount: Int { state.withLock { $0.scheduler.workerCount } }

  /// Steps that are over.
  var stepCounts: StepCounts { state.withLock { $0.stepCounts } }

  /// Frames that wait for a step.
  var waitingCount: Int { state.withLock { $0.scheduler.ready.count } }

  /// Streams that are open now.
  var openCount: Int { state.withLock { $0.scheduler.openCount } }
}

/// Which stream steps when, with whom and on which worker: a pure value. It knows no thread and no
/// clock, and never looks into a `Call`.
///
///     push ─► queue of the stream ─► ready ─► take ─► batch of a worker ─► finish
///                  (in order)      (first come)          (kernels run)
///
/// Its owner puts events in, under a lock, and does what they answer, without the lock: `take` gives
/// work to the thread that asks, `notices` name the calls whose threads or tasks are to be woken. No
/// thread belongs to the scheduler: who comes with a frame and finds work takes it, for all streams
/// that are ready; who leaves, or has to wait, lets `hand` wake others for what is left.
///
/// Time is a duration since any fixed moment; without `maximumDelay` it is never looked at.
///
/// Why nobody waits for ever: a thread blocks only while there is no work that it could take, so all
/// work is in the hands of threads that run. Where work appears, `hand` prefers a thread that blocks to
/// a suspended task, which might find no thread to run on while all of them block here.
struct Scheduler<Call> {
  /// Work for the thread that asked.
  enum Work: Sendable, Hashable {
    /// Put the frame of the slot's first call to those of its unfinished step.
    case gather(slot: Int)
    /// Step the slots of `batches[worker]`.
    case step(worker: Int)
  }

  /// A call whose thread or task has to hear something.
  enum Notice {
    /// Its frame was taken, or refused by the device: wake it.
    case finished(Call)
    /// It has the slot for itself. Wake it if it waits.
    case granted(Call, isWaiting: Bool)
    /// Its stream was closed before its turn came. Wake it if it waits.
    case dropped(Call, isWaiting: Bool)
    /// Wake it to take work.
    case needed(Call)
  }

  let maximumDelay: Duration
  /// Frames that make one step.
  let framesPerStep: Int
  var slots: SlotTable
  /// By slot.
  var queues: [StreamQueue<Call>]
  /// Slots whose first frame completes a step, first come first.
  var ready: [Int] = []
  /// Of them, how many from the front have waited for others long enough.
  var released = 0
  /// Slots whose first frame is to be gathered.
  var gathering: [Int] = []
  var freeWorkers: [Int]
  /// By worker, the slots that it steps; none for a free one.
  var batches: [[Int]]
  /// Open streams without a call.
  var idleCount = 0
  var callers = Callers()
  /// To be performed and emptied by the owner after each event.
  var notices: [Notice] = []

  /// How many calls that are not being worked on wait, or were woken for work and are on their way.
  struct Callers: Sendable, Hashable {
    var parkedThreads = 0
    var parkedTasks = 0
    var calledThreads = 0
    var calledTasks = 0
  }

  init(slots: Int, workers: Int, framesPerStep: Int = 1, maximumDelay: Duration = .zero) {
    self.maximumDelay = maximumDelay
    self.framesPerStep = max(1, framesPerStep)
    self.slots = SlotTable(count: slots)
    queues = Array(repeating: StreamQueue(), count: self.slots.count)
    let workerCount = max(1, workers)
    freeWorkers = (0..<workerCount).reversed()
    batches = Array(repeating: [], count: workerCount)
    ready.reserveCapacity(self.slots.count)
    gathering.reserveCapacity(self.slots.count)
    for worker in batches.indices { batches[worker].reserveCapacity(self.slots.count) }
  }

  var workerCount: Int { batches.count }
  /// Streams that were opened and not closed.
  var openCount: Int { queues.count { $0.phase != .free && !$0.isClosing } }

  /// Whether the stream was opened and not closed; a later stream of its slot is another one.
  func isOpen(_ id: StreamID) -> Bool {
    queues[id.slot].generation == id.generation && queues[id.slot].phase != .free
      && !queues[id.slot].isClosing
  }

  /// One more step may run at the same time.
  mutating func addWorker() {
    freeWorkers.append(batches.count)
    batches.append([])
    batches[batches.count - 1].reserveCapacity(slots.count)
  }

  mutating func setPhase(_ slot: Int, _ phase: StreamQueue<Call>.Phase) {
    if queues[slot].phase == .idle { idleCount -= 1 }
    if phase == .idle { idleCount += 1 }
    queues[slot].phase = phase
  }
}

/// Streams come and go.
extension Scheduler {
  /// Takes a slot for a new stream. Its opener has it for himself until `release`.
  ///
  /// - Returns: nil if every slot is taken.
  mutating func open(maximumFrames: Int) -> StreamID? {
    guard let slot = slots.take() else { return nil }
    queues[slot].open(maximumFrames: maximumFrames)
    return StreamID(slot: slot, generation: queues[slot].generation)
  }

  /// Ends a stream: what waits is dropped; what is being worked on, a frame or a turn, is finished
  /// first, and then the slot is free. Closing a closed stream changes nothing.
  mutating func close(_ id: StreamID) {
    guard isOpen(id) else { return }
    let slot = id.slot
    queues[slot].isClosing = true
    let wasInTurn = queues[slot].entries.first?.kind == .frameInTurn
    drop(slot)
    switch queues[slot].phase {
    case .free, .taken, .alone, .held: return
    case .ready: unready(slot)
    case .gathering: gathering.removeAll { $0 == slot }
    case .idle: break
    }
    if wasInTurn { setPhase(slot, .held) } else { free(slot) }
  }

  /// Takes every call out that is not being worked on.
  private mutating func drop(_ slot: Int) {
    let kept = queues[slot].phase == .taken ? 1 : 0
    while queues[slot].entries.count > kept {
      let entry = queues[slot].entries.remove(at: kept)
      if entry.kind == .frame { queues[slot].frameCount -= 1 }
      forget(entry, wasTaken: false)
      notices.append(.dropped(entry.call, isWaiting: entry.waiting == .parked))
    }
  }

  private mutating func unready(_ slot: Int) {
    guard let index = ready.firstIndex(of: slot) else { return }
    ready.remove(at: index)
    if index < released { released -= 1 }
  }

  mutating func free(_ slot: Int) {
    setPhase(slot, .free)
    slots.free(slot)
  }

  /// Decides what comes next in a slot that nobody has any more.
  mutating func settle(_ slot: Int) {
    guard !queues[slot].isClosing else { return free(slot) }
    guard let first = queues[slot].entries.first else { return setPhase(slot, .idle) }
    guard first.kind != .turn else {
      setPhase(slot, .held)
      let entry = queues[slot].removeFirst()
      forget(entry, wasTaken: false)
      return notices.append(.granted(entry.call, isWaiting: entry.waiting == .parked))
    }
    if queues[slot].gathered + 1 == framesPerStep {
      setPhase(slot, .ready)
      ready.append(slot)
    } else {
      setPhase(slot, .gathering)
      gathering.append(slot)
    }
  }
}

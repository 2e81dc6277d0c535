/// What a lane guards with its one lock.
struct LaneState {
  var scheduler: Scheduler<Call>
  /// Steps that are over.
  var stepCounts: StepCounts
  /// By slot; nil where none is open.
  private var streams: [LiveStream?]
  /// By worker; each belongs to who has the worker.
  private var batches: [Batch]
  /// Calls to be woken once the lock is free, linked by `Call.next`.
  private var woken: Call?

  init(_ scheduler: Scheduler<Call>) {
    self.scheduler = scheduler
    stepCounts = StepCounts(streams: scheduler.queues.count)
    streams = Array(repeating: nil, count: scheduler.queues.count)
    batches = (0..<scheduler.workerCount).map {
      Batch(worker: $0, slotCount: scheduler.queues.count)
    }
  }

  /// From now on so many steps run at the same time, if they were fewer.
  mutating func addWorkers(upTo count: Int) {
    for worker in scheduler.workerCount..<max(scheduler.workerCount, count) {
      batches.append(Batch(worker: worker, slotCount: scheduler.queues.count))
      scheduler.addWorker()
    }
  }

  mutating func place(_ stream: LiveStream) { streams[stream.slot] = stream }

  /// What the caller of a call does next.
  mutating func next(for pending: Pending, now: Duration) -> Move {
    settleNotices()
    if pending.call.isComplete { return .leave }
    if let job = takeJob(now: now) { return .work(job) }
    if pending.isThread, !scheduler.park(pending.ticket, now: now) {
      preconditionFailure("a call without work or place is not complete")
    }
    return .wait
  }

  /// Takes work, if there is any.
  mutating func takeJob(now: Duration) -> Job? {
    switch scheduler.take(now: now) {
    case nil: return nil
    case .gather(let slot):
      guard let stream = streams[slot] else { preconditionFailure("slot \(slot) has no stream") }
      return .gather(stream, scheduler.queues[slot].entries[0].call)
    case .step(let worker):
      let batch = batches[worker]
      for slot in scheduler.batches[worker] {
        guard let stream = streams[slot] else { preconditionFailure("slot \(slot) has no stream") }
        batch.append(stream, scheduler.queues[slot].entries[0].call)
      }
      return .step(batch)
    }
  }

  mutating func finish(_ job: Job) {
    switch job {
    case .gather(let stream, let call):
      call.isComplete = true
      scheduler.finish(gathering: stream.slot, isTaken: call.error == nil)
    case .step(let batch):
      stepCounts.count(batch.calls.count)
      for call in batch.calls { call.isComplete = true }
      for call in batch.late { call.isComplete = true }
      for slot in batch.rewound { scheduler.forgetGathered(slot) }
      scheduler.finish(worker: batch.worker, failed: batch.failed)
      batch.removeAll()
    }
  }

  /// Does what the notices say but for waking.
  private mutating func settleNotices() {
    guard !scheduler.notices.isEmpty else { return }
    for notice in scheduler.notices {
      let (call, isWaiting) = settle(notice)
      guard isWaiting else { continue }
      call.next = woken
      woken = call
    }
    scheduler.notices.removeAll(keepingCapacity: true)
  }

  /// Calls that the events so far wake.
  mutating func takeWoken() -> Call? {
    settleNotices()
    let calls = woken
    woken = nil
    return calls
  }

  private func settle(_ notice: Scheduler<Call>.Notice) -> (Call, isWaiting: Bool) {
    switch notice {
    case .finished(let call), .needed(let call): return (call, true)
    case .granted(let call, let isWaiting):
      call.isComplete = true
      return (call, isWaiting)
    case .dropped(let call, let isWaiting):
      call.isComplete = true
      call.error = SessionError.closed
      return (call, isWaiting)
    }
  }
}

/// A call in its stream's queue.
struct Pending: Sendable {
  let call: Call
  let ticket: Ticket
  /// Whether its caller blocks when it waits, else its task is suspended.
  let isThread: Bool
}

/// Work that a thread has taken.
enum Job: Sendable {
  case gather(LiveStream, Call)
  case step(Batch)
}

/// What a caller does next.
enum Move: Sendable {
  case leave
  case work(Job)
  case wait
}

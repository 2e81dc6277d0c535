/// Work is taken and finished: the batching policy.
///
/// A step begins as soon as a worker is free and a stream is ready, with the streams that are ready
/// then; while it runs the next ones gather. With `maximumDelay` it begins when every open stream that
/// is in no step, and that nobody has for himself, is ready, or when the oldest frame that waits has
/// waited so long.
///
/// Where several workers are free, the streams that are ready are shared out evenly among as many of
/// them as there are callers to lead a step.
extension Scheduler {
  /// Work for the caller; nil if there is none now.
  mutating func take(now: Duration = .zero) -> Work? {
    if let slot = gathering.first {
      gathering.removeFirst()
      begin(slot)
      return .gather(slot: slot)
    }
    guard let worker = freeWorkers.last, releaseDue(now: now) > 0 else { return nil }
    freeWorkers.removeLast()
    let due = due
    let count = share(among: freeWorkers.count + 1)
    if count < due { begin(count, of: due, worker) } else { begin(due, worker) }
    released = max(0, released - count)
    return .step(worker: worker)
  }

  /// Whether `take` would give something.
  mutating func hasWork(now: Duration = .zero) -> Bool {
    !gathering.isEmpty || (!freeWorkers.isEmpty && releaseDue(now: now) > 0)
  }

  /// Callers that could take work now.
  mutating func leadsNeeded(now: Duration) -> Int {
    let steps = freeWorkers.isEmpty ? 0 : min(freeWorkers.count, releaseDue(now: now))
    return gathering.isEmpty ? steps : max(1, steps)
  }

  /// When the next step is to begin whoever else comes; nil if none waits for that alone.
  var deadline: Duration? {
    guard maximumDelay > .zero, released == 0, !freeWorkers.isEmpty else { return nil }
    return ready.map { queues[$0].entries[0].arrival }.min().map { $0 + maximumDelay }
  }

  /// A step is over.
  ///
  /// - Parameter failed: slots whose frame was not taken.
  mutating func finish(worker: Int, failed: [Int] = []) {
    for index in batches[worker].indices {
      let slot = batches[worker][index]
      end(slot, isTaken: !failed.contains(slot))
    }
    batches[worker].removeAll(keepingCapacity: true)
    freeWorkers.append(worker)
  }

  /// The unfinished step of a stream that is being worked on loses its frames.
  mutating func forgetGathered(_ slot: Int) { queues[slot].gathered = 0 }

  /// A frame was gathered, or refused.
  mutating func finish(gathering slot: Int, isTaken: Bool = true) { end(slot, isTaken: isTaken) }

  /// Streams that may step now, marked so that they go even if others come meanwhile.
  private mutating func releaseDue(now: Duration) -> Int {
    guard maximumDelay > .zero else { return ready.count }
    guard released == 0, !ready.isEmpty else { return released }
    if idleCount == 0 {
      released = ready.count
    } else if let deadline, deadline <= now {
      released = ready.count
    }
    return released
  }

  /// Streams that may step now.
  private var due: Int { maximumDelay > .zero ? released : ready.count }

  /// How many streams the next step takes.
  private func share(among workers: Int) -> Int {
    guard workers > 1, due > 1 else { return due }
    var others = 0
    for slot in ready[..<due] where queues[slot].entries[0].waiting != .active { others += 1 }
    let leads = min(workers, others + 1)
    return (due + leads - 1) / leads
  }

  /// The first streams that are ready go to a worker.
  private mutating func begin(_ count: Int, _ worker: Int) {
    for index in 0..<count {
      begin(ready[index])
      batches[worker].append(ready[index])
    }
    ready.removeFirst(count)
  }

  /// Some of the first streams that are ready go to a worker: those last whose callers were woken and
  /// will lead the rest, those first whose callers do not wait and so cannot be woken for it.
  private mutating func begin(_ count: Int, of due: Int, _ worker: Int) {
    var (left, due) = (count, due)
    for waiting in [StreamQueue<Call>.Waiting.active, .parked, .called] {
      var index = 0
      while left > 0, index < due {
        let slot = ready[index]
        guard queues[slot].entries[0].waiting == waiting else {
          index += 1
          continue
        }
        ready.remove(at: index)
        begin(slot)
        batches[worker].append(slot)
        (left, due) = (left - 1, due - 1)
      }
    }
  }

  private mutating func begin(_ slot: Int) {
    if queues[slot].entries[0].waiting == .parked { tally(queues[slot].entries[0], parked: -1) }
    setPhase(slot, .taken)
  }

  private mutating func end(_ slot: Int, isTaken: Bool) {
    let entry = queues[slot].removeFirst()
    forget(entry, wasTaken: true)
    if entry.waiting == .parked { notices.append(.finished(entry.call)) }
    if isTaken { queues[slot].gathered = (queues[slot].gathered + 1) % framesPerStep }
    if entry.kind == .frameInTurn { setPhase(slot, .held) } else { settle(slot) }
  }
}

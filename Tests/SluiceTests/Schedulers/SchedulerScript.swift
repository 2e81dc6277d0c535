import Testing

@testable import Sluice

/// A scheduler whose calls are names, with its answers in words, and its invariants checked after each
/// event.
struct SchedulerScript {
  var scheduler: Scheduler<String>

  init(slots: Int, workers: Int = 1, framesPerStep: Int = 1, maximumDelay: Duration = .zero) {
    scheduler = Scheduler(
      slots: slots, workers: workers, framesPerStep: framesPerStep, maximumDelay: maximumDelay)
  }

  /// So many streams, open and idle.
  mutating func streams(_ count: Int, maximumFrames: Int = 4) -> [StreamID] {
    (0..<count).compactMap { _ in
      let id = scheduler.open(maximumFrames: maximumFrames)
      if let id { scheduler.release(id) }
      return id
    }
  }

  /// A frame comes, finds no work for its caller, and waits.
  mutating func park(
    _ call: String, _ id: StreamID, isThread: Bool = false, at now: Duration = .zero,
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> Ticket {
    let ticket = push(call, id, isThread: isThread, at: now, sourceLocation: sourceLocation)
    let waits = scheduler.park(ticket, now: now)
    #expect(waits, "\(call) finds work", sourceLocation: sourceLocation)
    return ticket
  }

  mutating func push(
    _ call: String, _ id: StreamID, isThread: Bool = false, at now: Duration = .zero,
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> Ticket {
    let admission = scheduler.push(call, to: id, isThread: isThread, now: now)
    guard case .queued(let ticket) = admission else {
      Issue.record("\(call) is \(admission)", sourceLocation: sourceLocation)
      return Ticket(stream: id, number: -1)
    }
    return ticket
  }

  mutating func beginAlone(_ id: StreamID) -> Int? { scheduler.beginAlone(id) }

  /// Takes work: `gather a`, `worker 0: a b`, or nil.
  mutating func take(at now: Duration = .zero) -> String? {
    switch scheduler.take(now: now) {
    case .gather(let slot): "gather \(scheduler.queues[slot].entries[0].call)"
    case .step(let worker):
      "worker \(worker): "
        + scheduler.batches[worker].map { scheduler.queues[$0].entries[0].call }
        .joined(separator: " ")
    case nil: nil
    }
  }

  /// What callers hear after the events so far, in their order; then it is forgotten.
  mutating func told(
    at now: Duration = .zero, sourceLocation: SourceLocation = #_sourceLocation
  ) -> [String] {
    scheduler.hand(now: now)
    let broken = scheduler._checkInvariants()
    #expect(broken.isEmpty, sourceLocation: sourceLocation)
    defer { scheduler.notices = [] }
    return scheduler.notices.map { notice in
      switch notice {
      case .finished(let call): "\(call) finished"
      case .granted(let call, let isWaiting): "\(call) granted" + (isWaiting ? ", wake" : "")
      case .dropped(let call, let isWaiting): "\(call) dropped" + (isWaiting ? ", wake" : "")
      case .needed(let call): "\(call) needed"
      }
    }
  }
}

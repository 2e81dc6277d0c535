import Testing

@testable import Sluice

/// Callers that come, work, wait and go in an order that a seed decides, over one scheduler.
///
/// Each caller does what the engine's do: it looks for work until its call is complete, and waits if
/// there is none. Work takes as long as the walk likes.
struct SchedulerWalk {
  enum Doing: Hashable {
    case looking
    case working(Scheduler<Int>.Work)
    /// Steps its stream alone.
    case alone(worker: Int)
    case waiting
    /// Woken, and not back yet.
    case called
    /// Has its slot for itself.
    case holding
    case gone
  }

  struct Caller {
    let stream: StreamID
    let isThread: Bool
    let isTurn: Bool
    var ticket: Ticket?
    var doing = Doing.looking
    var isComplete = false
    var isRefused = false
  }

  var scheduler: Scheduler<Int>
  var generator: any RandomNumberGenerator
  var callers: [Caller] = []
  var streams: [StreamID] = []
  /// By stream, calls whose frame was taken, in order.
  var taken: [StreamID: [Int]] = [:]
  /// What went wrong.
  var broken: [String] = []
  private var stepping: Set<Int> = []

  init(_ scheduler: Scheduler<Int>, generator: any RandomNumberGenerator) {
    self.scheduler = scheduler
    self.generator = generator
  }

  mutating func random(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }

  /// One random event.
  mutating func advance() {
    switch random(10) {
    case 0: openOrClose()
    case 1...3: call()
    default:
      let movable = callers.indices.filter { canMove($0) }
      if !movable.isEmpty { move(movable[random(movable.count)]) }
    }
  }

  /// Whether a caller goes on by itself.
  func canMove(_ index: Int) -> Bool {
    switch callers[index].doing {
    case .looking, .working, .alone, .called, .holding: true
    case .waiting, .gone: false
    }
  }

  private mutating func openOrClose() {
    if random(2) == 0, let id = scheduler.open(maximumFrames: 1 + random(4)) {
      streams.append(id)
      scheduler.release(id)
    } else if streams.count > 1, random(4) == 0 {
      scheduler.close(streams.remove(at: random(streams.count)))
    }
    settle()
  }

  /// A new caller with a frame, or one that wants a slot for itself.
  private mutating func call() {
    guard !streams.isEmpty else { return }
    let stream = streams[random(streams.count)]
    let isTurn = random(6) == 0
    let isThread = isTurn || random(2) == 0
    let index = callers.count
    callers.append(Caller(stream: stream, isThread: isThread, isTurn: isTurn))
    if !isTurn, random(2) == 0, let worker = scheduler.beginAlone(stream) {
      callers[index].doing = .alone(worker: worker)
      begin(.step(worker: worker))
      return settle()
    }
    let admission =
      isTurn
      ? scheduler.hold(index, stream, isThread: true)
      : scheduler.push(index, to: stream, isThread: isThread)
    switch admission {
    case .queued(let ticket):
      callers[index].ticket = ticket
      look(index)
    case .granted: callers[index].doing = .holding
    case .closed, .overloaded: callers[index].doing = .gone
    }
    settle()
  }

  /// The caller's next event.
  mutating func move(_ index: Int) {
    switch callers[index].doing {
    case .working(let work):
      finish(work)
      look(index)
    case .called:
      if let ticket = callers[index].ticket { scheduler.unpark(ticket) }
      look(index)
    case .alone(let worker):
      take(index)
      scheduler.finishAlone(callers[index].stream, worker: worker)
      callers[index].doing = .gone
    case .holding:
      scheduler.release(callers[index].stream)
      callers[index].doing = .gone
    case .looking: look(index)
    case .waiting, .gone: break
    }
    settle()
  }

  /// Under the lock: leave, take work, or wait.
  private mutating func look(_ index: Int) {
    tell()
    guard !callers[index].isComplete else {
      let isHolding = callers[index].isTurn && !callers[index].isRefused
      callers[index].doing = isHolding ? .holding : .gone
      return
    }
    if let work = scheduler.take() {
      begin(work)
      callers[index].doing = .working(work)
    } else if let ticket = callers[index].ticket, scheduler.park(ticket) {
      callers[index].doing = .waiting
    } else {
      broken.append("call \(index) has neither work nor a place to wait")
    }
  }

  private func slots(_ work: Scheduler<Int>.Work) -> [Int] {
    switch work {
    case .gather(let slot): [slot]
    case .step(let worker): scheduler.batches[worker]
    }
  }

  private mutating func begin(_ work: Scheduler<Int>.Work) {
    for slot in slots(work) where !stepping.insert(slot).inserted {
      broken.append("slot \(slot) is in two steps")
    }
  }

  private mutating func finish(_ work: Scheduler<Int>.Work) {
    for slot in slots(work) {
      take(scheduler.queues[slot].entries[0].call)
    }
    switch work {
    case .gather(let slot): scheduler.finish(gathering: slot)
    case .step(let worker): scheduler.finish(worker: worker)
    }
  }

  /// The call's frame was in a step.
  private mutating func take(_ call: Int) {
    if callers[call].isComplete { broken.append("call \(call) is taken twice") }
    callers[call].isComplete = true
    taken[callers[call].stream, default: []].append(call)
    stepping.remove(callers[call].stream.slot)
  }

  /// The end of an event: wakes whom it concerns, and looks whether all is well.
  private mutating func settle() {
    scheduler.hand()
    tell()
    broken += scheduler._checkInvariants()
    if scheduler.hasWork(), !callers.contains(where: { isAwake($0.doing) }) {
      broken.append("work is ready and nobody comes for it")
    }
  }

  private func isAwake(_ doing: Doing) -> Bool {
    switch doing {
    case .looking, .called, .working, .alone: true
    case .waiting, .holding, .gone: false
    }
  }

  private mutating func tell() {
    for notice in scheduler.notices {
      switch notice {
      case .finished(let call), .needed(let call): wake(call)
      case .granted(let call, let isWaiting):
        callers[call].isComplete = true
        if isWaiting { wake(call) }
      case .dropped(let call, let isWaiting):
        callers[call].isComplete = true
        callers[call].isRefused = true
        if isWaiting { wake(call) }
      }
    }
    scheduler.notices = []
  }

  private mutating func wake(_ call: Int) {
    if callers[call].doing != .waiting { broken.append("call \(call) is woken and does not wait") }
    callers[call].doing = .called
  }
}

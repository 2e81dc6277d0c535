/// Calls come in, and their threads and tasks wait.
extension Scheduler {
  /// What came of a call that was put in.
  enum Admission: Sendable, Hashable {
    case queued(Ticket)
    /// It has the slot for itself at once.
    case granted
    case closed
    /// The stream's frames are at their bound.
    case overloaded
  }

  /// Puts a frame into its stream's queue.
  ///
  /// - Parameters:
  ///   - isThread: whether the caller blocks its thread when it waits, else it suspends its task.
  ///   - now: when it came.
  mutating func push(
    _ call: Call, to id: StreamID, isThread: Bool, now: Duration = .zero
  ) -> Admission {
    guard isOpen(id) else { return .closed }
    guard queues[id.slot].frameCount < queues[id.slot].maximumFrames else { return .overloaded }
    return queue(call, .frame, id, isThread: isThread, now: now)
  }

  /// Puts a frame before all others of its stream; for who has the slot for himself. He has it again
  /// when the frame is finished.
  ///
  /// - Parameter gathered: frames of the unfinished step before it.
  mutating func pushInTurn(
    _ call: Call, to id: StreamID, gathered: Int = 0, isThread: Bool, now: Duration = .zero
  ) -> Admission {
    guard isOpen(id) else { return .closed }
    precondition(queues[id.slot].phase == .held, "a frame in a turn of somebody else")
    queues[id.slot].gathered = gathered
    let number = queues[id.slot].append(call, .frameInTurn, isThread: isThread, arrival: now)
    settle(id.slot)
    return .queued(Ticket(stream: id, number: number))
  }

  /// Asks for the slot, after all calls before.
  mutating func hold(_ call: Call, _ id: StreamID, isThread: Bool) -> Admission {
    guard isOpen(id) else { return .closed }
    if queues[id.slot].phase == .idle {
      setPhase(id.slot, .held)
      return .granted
    }
    return queue(call, .turn, id, isThread: isThread, now: .zero)
  }

  /// Gives the slot back.
  ///
  /// - Parameter gathered: frames of an unfinished step, if that was changed.
  mutating func release(_ id: StreamID, gathered: Int? = nil) {
    guard queues[id.slot].generation == id.generation, queues[id.slot].phase == .held
    else { return }
    if let gathered { queues[id.slot].gathered = gathered }
    settle(id.slot)
  }

  private mutating func queue(
    _ call: Call, _ kind: StreamQueue<Call>.Kind, _ id: StreamID, isThread: Bool, now: Duration
  ) -> Admission {
    let number = queues[id.slot].append(call, kind, isThread: isThread, arrival: now)
    if queues[id.slot].phase == .idle { settle(id.slot) }
    return .queued(Ticket(stream: id, number: number))
  }
}

/// Who waits.
extension Scheduler {
  /// The call's thread or task is about to wait for a notice.
  ///
  /// - Returns: false if it must not: its call is done, or there is work for it.
  mutating func park(_ ticket: Ticket, now: Duration = .zero) -> Bool {
    guard let index = index(of: ticket), !hasWork(now: now) else { return false }
    let slot = ticket.stream.slot
    queues[slot].entries[index].waiting = .parked
    if !queues[slot].isTaken(index) { tally(queues[slot].entries[index], parked: 1) }
    return true
  }

  /// The call's thread or task is back.
  mutating func unpark(_ ticket: Ticket) {
    guard let index = index(of: ticket) else { return }
    let slot = ticket.stream.slot
    forget(queues[slot].entries[index], wasTaken: queues[slot].isTaken(index))
    queues[slot].entries[index].waiting = .active
  }

  /// Wakes as many callers as could take the work that there is.
  mutating func hand(now: Duration = .zero) {
    let needed = leadsNeeded(now: now)
    while callers.calledThreads < needed, callers.parkedThreads > 0, call(isThread: true) {}
    while callers.calledThreads + callers.calledTasks < needed, callers.parkedTasks > 0,
      call(isThread: false)
    {}
  }

  /// Wakes one caller that waits; if it can, one whose own frame is ready.
  private mutating func call(isThread: Bool) -> Bool {
    for slot in ready where wake(slot, 0, isThread) { return true }
    for slot in queues.indices {
      for index in queues[slot].entries.indices where wake(slot, index, isThread) { return true }
    }
    return false
  }

  private mutating func wake(_ slot: Int, _ index: Int, _ isThread: Bool) -> Bool {
    let entry = queues[slot].entries[index]
    guard entry.waiting == .parked, entry.isThread == isThread, !queues[slot].isTaken(index)
    else { return false }
    tally(entry, parked: -1)
    if isThread { callers.calledThreads += 1 } else { callers.calledTasks += 1 }
    queues[slot].entries[index].waiting = .called
    notices.append(.needed(entry.call))
    return true
  }

  /// An entry goes, or is waited for no longer.
  mutating func forget(_ entry: StreamQueue<Call>.Entry, wasTaken: Bool) {
    switch entry.waiting {
    case .active: break
    case .parked: if !wasTaken { tally(entry, parked: -1) }
    case .called:
      if entry.isThread { callers.calledThreads -= 1 } else { callers.calledTasks -= 1 }
    }
  }

  mutating func tally(_ entry: StreamQueue<Call>.Entry, parked: Int) {
    if entry.isThread { callers.parkedThreads += parked } else { callers.parkedTasks += parked }
  }

  private func index(of ticket: Ticket) -> Int? {
    guard queues[ticket.stream.slot].generation == ticket.stream.generation else { return nil }
    return queues[ticket.stream.slot].index(of: ticket.number)
  }
}

import Synchronization

/// Calls go through the scheduler: whoever comes takes the work there is, and waits only if there is
/// none. The lock is not held while frames are copied or kernels run; a call that finds the engine idle
/// takes it twice.
extension Lane {
  /// Calls `body` under the lock, then wakes whom its events concern.
  @inline(__always)
  func locked<Value: Sendable>(_ body: (inout LaneState, Duration) -> Value) -> Value {
    let now = timer?.now ?? .zero
    var woken: Call?
    var deadline: Duration?
    let value = state.withLock { state in
      let value = body(&state, now)
      state.scheduler.hand(now: now)
      woken = state.takeWoken()
      if timer != nil { deadline = state.scheduler.deadline }
      return value
    }
    while let call = woken {
      woken = call.next
      call.next = nil
      call.wake()
    }
    if let deadline { timer?.expect(deadline) }
    return value
  }

  /// How a call began; one that has the slot at once is not queued either.
  enum Start: Sendable {
    case queued(Pending, Move)
    case refused(Scheduler<Call>.Admission)
  }

  /// Queues a frame.
  ///
  /// - Parameters:
  ///   - isThread: whether the caller blocks when it waits.
  ///   - fill: moves the frame, and room for what comes out, into the call. Under the lock.
  /// - Throws: `closed`, `overloaded`.
  @inline(__always)
  func queue(
    _ stream: LiveStream, isThread: Bool, fill: (Call) -> Void
  ) throws(SessionError) -> (Pending, Move) {
    let start = locked { (state, now) -> Start in
      let call = stream.takeCall()
      let admission = state.scheduler.push(call, to: stream.id, isThread: isThread, now: now)
      guard case .queued(let ticket) = admission else {
        call.free()
        return .refused(admission)
      }
      fill(call)
      let pending = Pending(call: call, ticket: ticket, isThread: isThread)
      return .queued(pending, state.next(for: pending, now: now))
    }
    switch start {
    case .queued(let pending, let move): return (pending, move)
    case .refused(let admission): throw SessionError(admission, stream)
    }
  }

  /// Works, for whoever needs it, until a call is complete.
  ///
  /// - Returns: false if there is nothing to do and the caller's task has to be suspended.
  func serve(_ pending: Pending, _ first: Move) -> Bool {
    var move = first
    while true {
      switch move {
      case .leave: return true
      case .work(let job):
        perform(job)
        move = locked { state, now in
          state.finish(job)
          return state.next(for: pending, now: now)
        }
      case .wait:
        guard pending.isThread else { return false }
        pending.call.gate.wait()
        move = next(for: pending)
      }
    }
  }

  /// The caller is back, or has not begun.
  func next(for pending: Pending) -> Move {
    locked { state, now in
      state.scheduler.unpark(pending.ticket)
      return state.next(for: pending, now: now)
    }
  }

  /// Runs what is due; for the timer, whose frames nobody else steps.
  func stepDue() {
    var next = locked { state, now in state.takeJob(now: now) }
    while let job = next {
      perform(job)
      next = locked { state, now in
        state.finish(job)
        return state.takeJob(now: now)
      }
    }
  }

  /// Suspends the task until its call is complete. Cancelling the task closes the stream; a step that
  /// has the frame is finished first.
  nonisolated(nonsending) func wait(for pending: Pending) async {
    var isComplete = false
    while !isComplete {
      await withTaskCancellationHandler {
        await unsafe withUnsafeContinuation { continuation in
          unsafe park(pending, continuation)
        }
      } onCancel: {
        close(pending.ticket.stream)
      }
      isComplete = serve(pending, next(for: pending))
    }
  }

  private func park(_ pending: Pending, _ continuation: UnsafeContinuation<Void, Never>) {
    let isParked = locked { state, now in
      let isParked = state.scheduler.park(pending.ticket, now: now)
      if isParked { unsafe pending.call.continuation = continuation }
      return isParked
    }
    if !isParked { unsafe continuation.resume() }
  }
}

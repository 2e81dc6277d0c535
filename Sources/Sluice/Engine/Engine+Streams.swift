/// Streams and their slots.
extension Engine {
  /// Opens a fresh stream; the caller has its slot for himself until `release`.
  ///
  /// - Throws: `full`.
  func openStream(maximumPendingFrames: Int = 1) throws(SessionError) -> LiveStream {
    let id = locked { state, _ in state.scheduler.open(maximumFrames: maximumPendingFrames) }
    guard let id else {
      throw SessionError(
        .full,
        "all \(executable.slotCount) streams of this engine are open; close one, "
          + "or make the engine with a larger maximumStreams")
    }
    let position = StreamPosition(
      framesPerStep: stepGraph.framesPerStep, warmUp: stepGraph.warmUp)
    let stream = LiveStream(
      id, position: position, inputs: frameInputs, maximumCalls: maximumPendingFrames)
    executable.reset(slot: id.slot)
    locked { state, _ in state.place(stream) }
    return stream
  }

  /// Ends a stream. What waits in its queue is refused; what is being worked on is finished, and then
  /// the slot is free.
  func close(_ id: StreamID) {
    locked { state, _ in state.scheduler.close(id) }
  }

  func isOpen(_ id: StreamID) -> Bool {
    state.withLock { $0.scheduler.isOpen(id) }
  }

  /// Waits until all calls before are done and nothing else touches the stream.
  ///
  /// - Throws: `closed`.
  func hold(_ stream: LiveStream) throws(SessionError) {
    let start = locked { (state, now) -> Start in
      let call = stream.takeCall()
      let admission = state.scheduler.hold(call, stream.id, isThread: true)
      guard case .queued(let ticket) = admission else {
        call.free()
        return .refused(admission)
      }
      let pending = Pending(call: call, ticket: ticket, isThread: true)
      return .queued(pending, state.next(for: pending, now: now))
    }
    switch start {
    case .refused(.granted): return
    case .refused(let admission): throw SessionError(admission, stream)
    case .queued(let pending, let move):
      _ = serve(pending, move)
      try pending.call.finish()
    }
  }

  /// Gives the slot back.
  func release(_ stream: LiveStream) {
    locked { state, _ in
      state.scheduler.release(stream.id, gathered: stream.position.pending)
    }
  }
}

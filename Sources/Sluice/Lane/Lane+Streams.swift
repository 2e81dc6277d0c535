/// Streams and their slots.
extension Lane {
  /// Opens a fresh stream; the caller has its slot for himself until `release`.
  ///
  /// - Throws: `full`; `deviceFailed` if the device fails and nothing takes over.
  func openStream(maximumPendingFrames: Int = 1) throws(SessionError) -> LiveStream {
    let id = locked { state, _ in state.scheduler.open(maximumFrames: maximumPendingFrames) }
    guard let id else {
      throw SessionError(
        .full,
        "all \(slotCount) streams of this engine are open; close one, "
          + "or make the engine with a larger maximumStreams")
    }
    do {
      let stream = LiveStream(
        id,
        position: StreamPosition(
          framesPerStep: stepGraph.framesPerStep, warmUp: stepGraph.warmUp),
        inputs: frameInputs, maximumCalls: maximumPendingFrames, on: try placementOfFreshStreams())
      try reset(stream)
      locked { state, _ in state.place(stream) }
      return stream
    } catch {
      locked { state, _ in
        state.scheduler.close(id)
        state.scheduler.release(id)
      }
      throw error
    }
  }

  /// Back to the initial states and no frame consumed; for who has the slot.
  func reset(_ stream: LiveStream) throws(SessionError) {
    let before = (stream.position, stream.checkpoint)
    stream.position.reset()
    stream.checkpoint = .beginning
    do {
      try withExecutable(of: stream) { executable throws(BackendError) in
        try executable.reset(slot: stream.slot)
      }
    } catch {
      (stream.position, stream.checkpoint) = before
      throw error
    }
  }

  /// Replaces some states; for who has the slot.
  func setStates(
    of stream: LiveStream, _ values: [(index: Int, value: Tensor)]
  ) throws(SessionError) {
    try withExecutable(of: stream) { executable throws(BackendError) in
      for (index, value) in values {
        try executable.setState(index, slot: stream.slot, to: value)
      }
    }
    stream.checkpoint = nil
  }

  /// One state as the last step left it; for who has the slot.
  func state(_ index: Int, of stream: LiveStream) throws(SessionError) -> Tensor {
    try withExecutable(of: stream) { executable throws(BackendError) in
      try executable.state(index, slot: stream.slot)
    }
  }

  /// Every state, in the network's order; for who has the slot.
  func states(of stream: LiveStream) throws(SessionError) -> NamedTensors {
    let values = try withExecutable(of: stream) { executable throws(BackendError) in
      try self.states(of: stream, executable)
    }
    var states = NamedTensors()
    for (variable, value) in zip(stepGraph.program.states, values) {
      states[variable.name] = value
    }
    return states
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

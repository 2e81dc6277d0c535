/// A device fails: its streams go on on the CPU.
///
/// Whoever finds the failure marks the lane. From then on each stream moves when its owner next touches
/// it, whatever for: then nobody else has its slot, so nothing has to stop. What it goes on from:
///
///     the host's copy, if the stream has run no step since    nothing is lost
///     its states, if the device still gives them              nothing is lost: a step that throws
///                                                             leaves every state as it was
///     the last checkpoint                                     the stream goes back: `rewound`
///     nothing                                                 every call throws `deviceFailed`
extension Lane {
  /// Does something with a stream's slot; if the device fails at it, once more on the CPU.
  ///
  /// For who has the slot. `body` is to leave the states as they were where it throws, or to do the same
  /// whatever they are.
  ///
  /// - Throws: what `body` throws if that is no failure of the device; `rewound` and `deviceFailed`
  ///   where `body` was not done.
  @inline(__always)
  func withExecutable<Value>(
    of stream: LiveStream, _ body: (any Executable) throws(BackendError) -> Value
  ) throws(SessionError) -> Value {
    try settle(stream)
    let failure: BackendError
    do throws(BackendError) { return try body(stream.placement.executable) } catch {
      failure = error
    }
    guard isFinal(failure, at: stream.placement) else {
      fail(failure)
      try move(stream)
      do throws(BackendError) { return try body(stream.placement.executable) } catch {
        throw SessionError(error)
      }
    }
    throw SessionError(failure)
  }

  /// Moves the stream if its device has failed since it was last touched.
  @inline(__always)
  func settle(_ stream: LiveStream) throws(SessionError) {
    guard let failover, failover.hasFailed, stream.placement === first else { return }
    try move(stream)
  }

  /// Whether nothing takes over after an error.
  func isFinal(_ error: BackendError, at placement: Placement) -> Bool {
    failover == nil || placement !== first || error.code != .deviceFailed
  }

  /// Marks the device as failed.
  func fail(_ error: BackendError) {
    guard let failover, failover.fail(error) else { return }
    journal.count { $0.deviceFailures += 1 }
    journal.say("\(first) failed: \(error.message); its streams go on on the CPU")
  }

  /// Whether a call's frame was given before its stream went back to an earlier one.
  func isStale(_ call: Call, _ stream: LiveStream) -> Bool {
    call.rewinds != stream.rewinds.load(ordering: .acquiring)
  }

  /// Why such a frame is not taken.
  func staleError(_ stream: LiveStream) -> SessionError {
    let recovery = stream.recovery.map { "\($0)" } ?? "went back"
    return SessionError(.rewound, "the stream \(recovery); this frame was given before that")
  }

  /// Keeps a copy of the stream's states on the host, where one is due before the next step.
  func takeCheckpoint(
    _ stream: LiveStream, _ executable: any Executable
  ) throws(BackendError) {
    guard let checkpointInterval, stream.placement === first else { return }
    if let last = stream.checkpoint {
      let steps = stream.position.steps - last.steps
      guard steps * stepGraph.framesPerStep >= checkpointInterval else { return }
    }
    stream.checkpoint = Checkpoint(
      steps: stream.position.steps, states: try states(of: stream, executable))
    journal.count { $0.checkpoints += 1 }
  }

  /// The stream has run a step: without an interval the host knows its states no longer.
  @inline(__always)
  func countStep(_ stream: LiveStream) {
    stream.position.takeFrame()
    if checkpointInterval == nil { stream.checkpoint = nil }
  }

  /// In the network's order.
  func states(
    of stream: LiveStream, _ executable: any Executable
  ) throws(BackendError) -> [Tensor] {
    var states: [Tensor] = []
    for index in stepGraph.program.states.indices {
      states.append(try executable.state(index, slot: stream.slot))
    }
    return states
  }
}

extension Lane {
  /// Where a stream that begins now runs.
  func placementOfFreshStreams() throws(SessionError) -> Placement {
    guard let failover, failover.hasFailed else { return first }
    do {
      return try failover.placement { takeOver($0) }
    } catch {
      throw SessionError(
        .deviceFailed,
        "\(first) failed (\(failover.failure?.message ?? "")), and the CPU cannot take over: "
          + error.message, cause: error)
    }
  }

  /// - Throws: `rewound` if the stream went back; `deviceFailed` if it cannot go on.
  private func move(_ stream: LiveStream) throws(SessionError) {
    guard let failover, let failure = failover.failure else { return }
    let successor: Placement
    do {
      successor = try failover.placement { takeOver($0) }
    } catch {
      throw lost(stream, failure, "the CPU cannot take over: \(error.message)", cause: error)
    }
    let (checkpoint, source) = try found(for: stream, failure)
    do {
      try put(checkpoint, of: stream, into: successor.executable)
    } catch {
      throw lost(stream, failure, "\(successor) failed as well: \(error.message)", cause: error)
    }
    stream.placement = successor
    stream.isLost = false
    let given = stream.position.framesConsumed + stream.position.pending
    if checkpoint.steps != stream.position.steps {
      _ = stream.position.move(toSteps: checkpoint.steps, pending: 0)
    }
    stream.checkpoint = nil
    let recovery = Recovery(
      failed: "\(first)", successor: "\(successor)", reason: failure.message, source: source,
      frame: stream.position.framesConsumed,
      framesLost: given - stream.position.framesConsumed - stream.position.pending)
    stream.recovery = recovery
    if recovery.framesLost > 0 { stream.rewinds.add(1, ordering: .releasing) }
    try report(recovery, of: stream, failure)
  }

  private func report(
    _ recovery: Recovery, of stream: LiveStream, _ failure: BackendError
  ) throws(SessionError) {
    let isBehind = recovery.framesLost > 0
    journal.count { counters in
      if isBehind { counters.streamsRewound += 1 } else { counters.streamsResumed += 1 }
    }
    journal.say("the stream in slot \(stream.slot) \(recovery)")
    if isBehind { throw SessionError(.rewound, "the stream \(recovery)", cause: failure) }
  }

  /// The CPU is ready: as many steps run at the same time as it offers.
  private func takeOver(_ placement: Placement) {
    journal.say("\(placement) takes over from \(first)")
    let workers = placement.executable.workerCount
    locked { state, _ in state.addWorkers(upTo: workers) }
  }

  /// What the stream goes on from.
  private func found(
    for stream: LiveStream, _ failure: BackendError
  ) throws(SessionError) -> (Checkpoint, Recovery.Source) {
    let steps = stream.position.steps
    if let checkpoint = stream.checkpoint, checkpoint.steps == steps {
      return (checkpoint, checkpoint.source)
    }
    do {
      return (Checkpoint(steps: steps, states: try states(of: stream, first.executable)), .state)
    } catch {
      if let checkpoint = stream.checkpoint { return (checkpoint, checkpoint.source) }
      throw lost(
        stream, failure,
        "its states cannot be read (\(error.message)) and it has no checkpoint: "
          + "reset the session, or restore a snapshot", cause: error)
    }
  }

  private func put(
    _ checkpoint: Checkpoint, of stream: LiveStream, into executable: any Executable
  ) throws(BackendError) {
    try executable.reset(slot: stream.slot)
    for (index, state) in (checkpoint.states ?? []).enumerated() {
      try executable.setState(index, slot: stream.slot, to: state)
    }
    executable.setStepCount(checkpoint.steps, slot: stream.slot)
  }

  /// The stream cannot go on; the next call tries again.
  private func lost(
    _ stream: LiveStream, _ failure: BackendError, _ why: String, cause: any Error
  ) -> SessionError {
    let sentence =
      "\(first) failed (\(failure.message)), and the stream cannot go on from frame "
      + "\(stream.position.framesConsumed): \(why)"
    if !stream.isLost {
      stream.isLost = true
      journal.count { $0.streamsLost += 1 }
      journal.say("slot \(stream.slot): \(sentence)")
    }
    return SessionError(.deviceFailed, sentence, cause: cause)
  }
}

/// Where a stream goes on when its device has failed, and from what: see `Lane+Recovery.swift`.
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

  /// Moves a stream whose device has failed.
  ///
  /// - Throws: `rewound` if the stream went back; `deviceFailed` if it cannot go on.
  func move(_ stream: LiveStream) throws(SessionError) {
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

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

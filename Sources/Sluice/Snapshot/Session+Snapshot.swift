extension Session {
  /// The stream as it stands, to go on from here later or elsewhere. The stream itself goes on too.
  /// Waits for the calls before.
  public func snapshot() throws(SessionError) -> Snapshot {
    try withStream { (stream) throws(SessionError) in
      let states = try lane.states(of: stream)
      let position = stream.position
      var pending = NamedTensors()
      if position.pending > 0 {
        for (input, bytes) in zip(engine.frameInputs, stream.gathered) {
          pending[input.port.name] = input.unfinished(bytes, frames: position.pending)
        }
      }
      return Snapshot(
        digest: engine.model.digest, precision: stream.placement.precision,
        numericsTag: stream.placement.executable.numericsTag, steps: position.steps,
        framesConsumed: position.framesConsumed, warmUpLeft: position.warmUpLeft,
        states: states, framesPending: position.pending, pendingFrames: pending)
    }
  }

  /// Puts the stream where a snapshot was taken; what it was before is gone.
  ///
  /// - Returns: whether it continues bit for bit, which it does on an engine with the snapshot's
  ///   numerics tag and precision; otherwise within the precision's bound.
  /// - Throws: `snapshotMismatch` if the snapshot is of another network or other bindings, naming
  ///   both digests; `snapshotMalformed` if its parts contradict each other. The stream is then as it
  ///   was.
  @discardableResult
  public func restore(_ snapshot: Snapshot) throws(SessionError) -> RestoreReport {
    try engine.check(snapshot)
    var position = StreamPosition(
      framesPerStep: engine.stepGraph.framesPerStep, warmUp: engine.stepGraph.warmUp)
    guard position.move(toSteps: snapshot.steps, pending: snapshot.framesPending),
      position.framesConsumed == snapshot.framesConsumed
    else {
      throw SnapshotReader.malformed(
        "\(snapshot.framesConsumed) frames consumed in \(snapshot.steps) steps "
          + "of \(engine.stepGraph.framesPerStep), \(snapshot.framesPending) pending")
    }
    let place = position
    return try withStream { (stream) throws(SessionError) in
      try lane.restore(stream, to: snapshot, at: place)
      for (index, input) in engine.frameInputs.enumerated() where place.pending > 0 {
        stream.gathered[index] = snapshot.pendingFrames[input.port.name]?.bytes ?? []
      }
      return RestoreReport(snapshot, continuedOn: stream.placement)
    }
  }
}

extension Engine {
  /// Whether a stream of this engine can stand where the snapshot was taken.
  fileprivate func check(_ snapshot: Snapshot) throws(SessionError) {
    guard snapshot.digest == model.digest else {
      throw SessionError(
        .snapshotMismatch,
        "the snapshot is of network \(snapshot.digest); this engine runs \(model.digest)")
    }
    let names = stepGraph.program.states.map(\.name)
    guard snapshot.states.names == names else {
      throw SessionError(
        .snapshotMismatch,
        "the snapshot has the states \(quoted(snapshot.states.names)); "
          + "this engine has \(quoted(names))")
    }
    for (index, entry) in snapshot.states.enumerated() {
      let expected = stepGraph.program.states[index].initial
      try check(entry, shape: expected.shape, elementType: expected.elementType)
    }
    guard snapshot.framesPending > 0 else { return }
    for input in frameInputs {
      guard let frame = snapshot.pendingFrames[input.port.name] else {
        throw SnapshotReader.malformed("pending frame '\(input.port.name)' is missing")
      }
      try check(
        (input.port.name, frame), shape: input.port.shape, elementType: input.port.elementType)
    }
  }

  private func check(
    _ entry: (name: String, tensor: Tensor), shape: [Int], elementType: ElementType
  ) throws(SessionError) {
    guard entry.tensor.shape == shape, entry.tensor.elementType == elementType else {
      throw SessionError(
        .snapshotMismatch,
        "'\(entry.name)' of the snapshot is \(entry.tensor.elementType)\(entry.tensor.shape); "
          + "expected \(elementType)\(shape)")
    }
  }
}

extension Lane {
  /// Puts a stream where a snapshot was taken; for who has the slot.
  fileprivate func restore(
    _ stream: LiveStream, to snapshot: Snapshot, at place: StreamPosition
  ) throws(SessionError) {
    let before = (stream.position, stream.checkpoint)
    let states = snapshot.states.map(\.tensor)
    stream.position = place
    stream.checkpoint = Checkpoint(steps: place.steps, states: states)
    do {
      try withExecutable(of: stream) { executable throws(BackendError) in
        try executable.reset(slot: stream.slot)
        for (index, state) in states.enumerated() {
          try executable.setState(index, slot: stream.slot, to: state)
        }
        executable.setStepCount(snapshot.steps, slot: stream.slot)
      }
    } catch {
      (stream.position, stream.checkpoint) = before
      throw error
    }
  }
}

extension RestoreReport {
  fileprivate init(_ snapshot: Snapshot, continuedOn placement: Placement) {
    let (tag, precision) = (placement.executable.numericsTag, placement.precision)
    let same = snapshot.numericsTag == tag && snapshot.precision == precision
    let made = "\(snapshot.numericsTag) at \(snapshot.precision)"
    self.init(
      isBitIdentical: same,
      note: same
        ? "Continues bit for bit: made and continued by \(made)."
        : "Continues within the bound of \(precision), not bit for bit: made by \(made), "
          + "continued by \(tag) at \(precision).")
  }
}

extension FramePort {
  /// The gathered value of an unfinished step with zeros where frames are missing, so that equal
  /// streams have equal snapshots whatever lay in the buffer.
  fileprivate func unfinished(_ gathered: [UInt8], frames: Int) -> Tensor {
    let zeros = Tensor(zeros: port.elementType, shape: port.shape)
    let whole = Tensor(elementType: port.elementType, shape: port.shape, bytes: gathered) ?? zeros
    guard let axis = port.timeAxis else { return whole }
    let filled = whole.entries(0..<(frames * entriesPerFrame), along: axis)
    let missing = zeros.entries(0..<(port.shape[axis] - filled.shape[axis]), along: axis)
    return Tensor.concatenated([filled, missing], along: axis) ?? whole
  }
}

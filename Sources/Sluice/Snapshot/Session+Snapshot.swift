extension Session {
  /// The stream as it stands, to go on from here later or elsewhere. The stream itself goes on too.
  /// Waits for the calls before.
  public func snapshot() throws(SessionError) -> Snapshot {
    try withStream { stream in
      let position = stream.position
      var pending = NamedTensors()
      if position.pending > 0 {
        for (input, bytes) in zip(engine.frameInputs, stream.gathered) {
          pending[input.port.name] = input.unfinished(bytes, frames: position.pending)
        }
      }
      return Snapshot(
        digest: engine.model.digest, precision: engine.options.precision,
        numericsTag: engine.numericsTag, steps: position.steps,
        framesConsumed: position.framesConsumed, warmUpLeft: position.warmUpLeft,
        states: engine.states(of: stream), framesPending: position.pending, pendingFrames: pending)
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
    try withStream { stream in
      stream.position = place
      for (index, input) in engine.frameInputs.enumerated() where place.pending > 0 {
        stream.gathered[index] = snapshot.pendingFrames[input.port.name]?.bytes ?? []
      }
      engine.setStates(of: stream, to: snapshot)
    }
    return engine.report(on: snapshot)
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

  fileprivate func setStates(of stream: LiveStream, to snapshot: Snapshot) {
    executable.reset(slot: stream.slot)
    for (index, entry) in snapshot.states.enumerated() {
      executable.setState(index, slot: stream.slot, to: entry.tensor)
    }
    executable.setStepCount(snapshot.steps, slot: stream.slot)
  }

  fileprivate func report(on snapshot: Snapshot) -> RestoreReport {
    let same = snapshot.numericsTag == numericsTag && snapshot.precision == options.precision
    let made = "\(snapshot.numericsTag) at \(snapshot.precision)"
    return RestoreReport(
      isBitIdentical: same,
      note: same
        ? "Continues bit for bit: made and continued by \(made)."
        : "Continues within the bound of \(options.precision), not bit for bit: made by \(made), "
          + "continued by \(numericsTag) at \(options.precision).")
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

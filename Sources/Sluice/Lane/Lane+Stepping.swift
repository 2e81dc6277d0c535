/// What the one who has taken work does, without the lock.
extension Lane {
  func perform(_ job: Job) {
    switch job {
    case .gather(let stream, let call):
      guard !isStale(call, stream) else {
        call.error = staleError(stream)
        return
      }
      if let deadline = call.deadline, deadline <= .now {
        call.error = .late(by: deadline.duration(to: .now))
        return
      }
      for input in frameInputs.indices { gather(call, input, stream) }
      stream.position.takeFrame()
    case .step(let batch): step(batch)
    }
  }

  /// Steps a stream at once, if the lane is idle.
  ///
  /// - Parameters:
  ///   - write: puts the frame into the executable.
  ///   - read: takes out what is due, before the frame is counted.
  /// - Returns: nil if the frame has to be queued.
  @inline(__always)
  func stepAlone<Value>(
    _ stream: LiveStream, write: (any Executable) -> Void, read: (any Executable) -> Value
  ) throws(SessionError) -> Value? {
    guard let worker = state.withLock({ $0.scheduler.beginAlone(stream.id) }) else { return nil }
    defer {
      locked { state, _ in
        state.stepCounts.count(1)
        state.scheduler.finishAlone(stream.id, worker: worker)
      }
    }
    try withExecutable(of: stream) { executable throws(BackendError) in
      try takeCheckpoint(stream, executable)
      write(executable)
      try executable.step(stream.slots, worker: worker)
    }
    let value = read(stream.placement.executable)
    countStep(stream)
    return value
  }

  /// Likewise in the caller's memory.
  ///
  /// - Returns: whether the output was due; nil if the frame has to be queued.
  func stepAlone(
    _ stream: LiveStream, _ frame: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
  ) throws(SessionError) -> Bool? {
    try stepAlone(stream) { executable in
      unsafe executable.write(input: 0, slot: stream.slot, from: frame)
    } read: { executable in
      guard stream.position.steps >= firstStepOfOnlyOutput else { return false }
      unsafe executable.read(output: 0, slot: stream.slot, into: output)
      return true
    }
  }

  /// Likewise with tensors, one per input.
  func stepAlone(
    _ stream: LiveStream, _ frame: [Tensor]
  ) throws(SessionError) -> NamedTensors? {
    try stepAlone(stream) { executable in
      for input in frame.indices {
        unsafe frame[input].withUnsafeBytes {
          unsafe executable.write(input: input, slot: stream.slot, from: $0)
        }
      }
    } read: { _ in
      outputs(of: stream)
    }
  }

  /// Frames in, one step of all streams, outputs out.
  private func step(_ batch: Batch) {
    batch.dropLate()
    guard let executable = batch.streams.first?.placement.executable, isTogether(batch) else {
      return stepApart(batch)
    }
    do {
      for stream in batch.streams { try takeCheckpoint(stream, executable) }
      for index in batch.slots.indices {
        write(batch.calls[index], batch.streams[index], executable)
      }
      try executable.step(batch.slots, worker: batch.worker)
      for index in batch.slots.indices { read(batch.calls[index], batch.streams[index]) }
    } catch {
      let isFinal = isFinal(error, at: batch.streams[0].placement)
      if isFinal, batch.slots.count == 1 { return fail(0, of: batch, SessionError(error)) }
      if !isFinal { fail(error) }
      stepApart(batch)
    }
  }

  /// Whether the streams of a batch are on one executable, which has not failed, with frames that follow
  /// what the streams have seen.
  @inline(__always)
  private func isTogether(_ batch: Batch) -> Bool {
    guard let failover, failover.hasFailed else { return true }
    return zip(batch.streams, batch.calls).allSatisfy { stream, call in
      stream.placement !== first && stream.placement === batch.streams[0].placement
        && !isStale(call, stream)
    }
  }

  /// Steps the streams of a batch one after another, where they failed together or are to be moved, so
  /// that only those fail that do so alone: a step that throws leaves every state as it was.
  private func stepApart(_ batch: Batch) {
    for index in batch.slots.indices {
      let (stream, call) = (batch.streams[index], batch.calls[index])
      guard !isStale(call, stream) else {
        call.error = staleError(stream)
        batch.failed.append(batch.slots[index])
        continue
      }
      do {
        try withExecutable(of: stream) { executable throws(BackendError) in
          try takeCheckpoint(stream, executable)
          write(call, stream, executable)
          try executable.step(stream.slots, worker: batch.worker)
        }
        read(call, stream)
      } catch {
        fail(index, of: batch, error)
      }
    }
  }

  private func fail(_ index: Int, of batch: Batch, _ error: SessionError) {
    batch.calls[index].error = error
    batch.failed.append(batch.slots[index])
    if error.code == .rewound { batch.rewound.append(batch.slots[index]) }
  }

  private func gather(_ call: Call, _ input: Int, _ stream: LiveStream) {
    unsafe call.withFrame(input) { frame in
      let position = stream.position.pending
      unsafe frameInputs[input].place(frame, at: position, in: &stream.gathered[input])
    }
  }

  private func write(_ call: Call, _ stream: LiveStream, _ executable: any Executable) {
    for input in frameInputs.indices {
      guard !stream.gathered.isEmpty else {
        unsafe call.withFrame(input) {
          unsafe executable.write(input: input, slot: stream.slot, from: $0)
        }
        continue
      }
      gather(call, input, stream)
      unsafe stream.gathered[input].withUnsafeBytes {
        unsafe executable.write(input: input, slot: stream.slot, from: $0)
      }
    }
  }

  /// Takes out what is due at the step that the stream has just run, and counts its frame.
  private func read(_ call: Call, _ stream: LiveStream) {
    if case .tensors = call.output {
      call.output = .tensors(outputs(of: stream))
    } else if stream.position.steps >= firstStepOfOnlyOutput {
      call.isDue = true
      let executable = stream.placement.executable
      unsafe call.withOutput { unsafe executable.read(output: 0, slot: stream.slot, into: $0) }
    }
    countStep(stream)
  }

  private func outputs(of stream: LiveStream) -> NamedTensors {
    var outputs = NamedTensors()
    for (index, port) in stepGraph.outputs.enumerated()
    where stream.position.steps >= port.firstStep {
      outputs[port.name] = stream.placement.executable.tensor(
        output: index, slot: stream.slot, elementType: port.elementType, shape: port.shape)
    }
    return outputs
  }
}

extension Executable {
  /// A copy of an output of the slot's last step.
  func tensor(output: Int, slot: Int, elementType: ElementType, shape: [Int]) -> Tensor {
    let count = shape.reduce(1, *)
    if elementType == .float32 {
      var values = [Float](repeating: 0, count: count)
      unsafe values.withUnsafeMutableBytes { unsafe read(output: output, slot: slot, into: $0) }
      return Tensor(values, shape: shape)
    }
    var bytes = [UInt8](repeating: 0, count: count * elementType.byteCount)
    unsafe bytes.withUnsafeMutableBytes { unsafe read(output: output, slot: slot, into: $0) }
    return Tensor(elementType: elementType, shape: shape, bytes: bytes)
      ?? Tensor(zeros: elementType, shape: shape)
  }
}

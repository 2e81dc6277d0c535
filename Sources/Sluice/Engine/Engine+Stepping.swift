/// What the one who has taken work does, without the lock.
extension Engine {
  func perform(_ job: Job) {
    switch job {
    case .gather(let stream, let call):
      for input in frameInputs.indices { gather(call, input, stream) }
      stream.position.takeFrame()
    case .step(let batch): step(batch)
    }
  }

  /// Steps a stream at once, if the engine is idle.
  ///
  /// - Parameters:
  ///   - write: puts the frame into the executable.
  ///   - read: takes out what is due, before the frame is counted.
  /// - Returns: nil if the frame has to be queued.
  @inline(__always)
  func stepAlone<Value>(
    _ stream: LiveStream, write: () -> Void, read: () -> Value
  ) throws(SessionError) -> Value? {
    guard let worker = state.withLock({ $0.scheduler.beginAlone(stream.id) }) else { return nil }
    defer { locked { state, _ in state.scheduler.finishAlone(stream.id, worker: worker) } }
    write()
    do { try executable.step(stream.slots, worker: worker) } catch { throw SessionError(error) }
    let value = read()
    stream.position.takeFrame()
    return value
  }

  /// Likewise in the caller's memory.
  ///
  /// - Returns: whether the output was due; nil if the frame has to be queued.
  func stepAlone(
    _ stream: LiveStream, _ frame: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
  ) throws(SessionError) -> Bool? {
    try stepAlone(stream) {
      unsafe executable.write(input: 0, slot: stream.slot, from: frame)
    } read: {
      guard stream.position.steps >= firstStepOfOnlyOutput else { return false }
      unsafe executable.read(output: 0, slot: stream.slot, into: output)
      return true
    }
  }

  /// Likewise with tensors, one per input.
  func stepAlone(
    _ stream: LiveStream, _ frame: [Tensor]
  ) throws(SessionError) -> NamedTensors? {
    try stepAlone(stream) {
      for input in frame.indices {
        unsafe frame[input].withUnsafeBytes {
          unsafe executable.write(input: input, slot: stream.slot, from: $0)
        }
      }
    } read: {
      outputs(of: stream)
    }
  }

  /// Frames in, one step of all streams, outputs out.
  private func step(_ batch: Batch) {
    for index in batch.slots.indices { write(batch.calls[index], batch.streams[index]) }
    do {
      try executable.step(batch.slots, worker: batch.worker)
      for index in batch.slots.indices { read(batch.calls[index], batch.streams[index]) }
    } catch {
      guard batch.slots.count > 1 else { return fail(0, of: batch, error) }
      stepApart(batch)
    }
  }

  /// Steps the streams of a batch that failed one after another, so that only those fail that do so
  /// alone: a step that throws leaves every state as it was.
  private func stepApart(_ batch: Batch) {
    for index in batch.slots.indices {
      write(batch.calls[index], batch.streams[index])
      do {
        try executable.step([batch.slots[index]], worker: batch.worker)
        read(batch.calls[index], batch.streams[index])
      } catch {
        fail(index, of: batch, error)
      }
    }
  }

  private func fail(_ index: Int, of batch: Batch, _ error: BackendError) {
    batch.calls[index].error = SessionError(error)
    batch.failed.append(batch.slots[index])
  }

  private func gather(_ call: Call, _ input: Int, _ stream: LiveStream) {
    unsafe call.withFrame(input) { frame in
      let position = stream.position.pending
      unsafe frameInputs[input].place(frame, at: position, in: &stream.gathered[input])
    }
  }

  private func write(_ call: Call, _ stream: LiveStream) {
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
      unsafe call.withOutput { unsafe executable.read(output: 0, slot: stream.slot, into: $0) }
    }
    stream.position.takeFrame()
  }

  private func outputs(of stream: LiveStream) -> NamedTensors {
    var outputs = NamedTensors()
    for (index, port) in stepGraph.outputs.enumerated()
    where stream.position.steps >= port.firstStep {
      outputs[port.name] = executable.tensor(
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

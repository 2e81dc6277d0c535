/// Frames in, a step, outputs out.
extension Engine {
  /// What came of a frame.
  struct Advance: Sendable {
    /// Per stream; without entries where no step was due.
    var outputs: [NamedTensors]
    /// From frames in to outputs out; nil if no step was due.
    var duration: Duration?
  }

  /// Gives each stream one frame and runs the step that it completes, for all streams at once.
  ///
  /// - Parameters:
  ///   - streams: all with the same number of frames pending.
  ///   - frames: per stream, one checked frame per input, in the order of `frameInputs`.
  /// - Throws: `deviceFailed` or `frameRefused`; every stream is then as it was.
  func advance(
    _ streams: inout [LiveStream], with frames: [[Tensor]]
  ) throws(SessionError) -> Advance {
    if stepGraph.framesPerStep > 1 {
      for index in streams.indices { gather(frames[index], in: &streams[index]) }
    }
    var advance = Advance(
      outputs: Array(repeating: NamedTensors(), count: streams.count), duration: nil)
    if streams.first?.position.isStepNext == true {
      let ready = streams
      advance = try withTurn { executable throws(SessionError) in
        try step(ready, frames, on: executable)
      }
    }
    for index in streams.indices { streams[index].position.takeFrame() }
    return advance
  }

  private func gather(_ frame: [Tensor], in stream: inout LiveStream) {
    for (index, tensor) in frame.enumerated() {
      let position = stream.position.pending
      unsafe tensor.withUnsafeBytes {
        unsafe frameInputs[index].place($0, at: position, in: &stream.gathered[index])
      }
    }
  }

  private func step(
    _ streams: [LiveStream], _ frames: [[Tensor]], on executable: any Executable
  ) throws(SessionError) -> Advance {
    let start = ContinuousClock.now
    for (stream, frame) in zip(streams, frames) { write(frame, of: stream, to: executable) }
    try step(streams.map(\.slot), on: executable)
    let outputs = streams.map { read(outputsOf: $0, from: executable) }
    return Advance(outputs: outputs, duration: ContinuousClock.now - start)
  }

  func step(_ slots: [Int], on executable: any Executable) throws(SessionError) {
    do { try executable.step(slots) } catch { throw SessionError(error) }
  }

  private func write(_ frame: [Tensor], of stream: LiveStream, to executable: any Executable) {
    for input in frameInputs.indices {
      if stream.gathered.isEmpty {
        unsafe frame[input].withUnsafeBytes {
          unsafe executable.write(input: input, slot: stream.slot, from: $0)
        }
      } else {
        unsafe stream.gathered[input].withUnsafeBytes {
          unsafe executable.write(input: input, slot: stream.slot, from: $0)
        }
      }
    }
  }

  /// The outputs that are due at the step that `stream` has just run; its position still stands
  /// before that step.
  private func read(
    outputsOf stream: LiveStream, from executable: any Executable
  ) -> NamedTensors {
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

/// One frame at a time in the caller's own memory.
extension Session {
  /// Takes one frame of a network with one `float32` input and one `float32` output, and writes what
  /// comes out into `output`.
  ///
  /// - Parameters:
  ///   - frame: the elements of one frame in row-major order.
  ///   - output: room for exactly one step's output; untouched where none is due.
  /// - Returns: whether the output was due.
  /// - Throws: `unsupported` if the network has another form, `frameRefused` naming the counts
  ///   expected and found, `notANumber`, `closed`, `deviceFailed`. The stream is then as it was.
  @discardableResult
  public func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>
  ) throws(SessionError) -> Bool {
    let input = try engine.onlyFloatInput()
    let port = try engine.onlyFloatOutput()
    let outputCount = port.shape.reduce(1, *)
    guard frame.count * MemoryLayout<Float>.size == input.frameByteCount,
      output.count == outputCount
    else {
      throw SessionError(
        .frameRefused,
        "a frame of '\(input.port.name)' has \(input.frameByteCount / MemoryLayout<Float>.size) "
          + "elements and a step of '\(port.name)' \(outputCount); "
          + "found room for \(frame.count) and \(output.count)")
    }
    if options.nanPolicy == .reject {
      for index in frame.indices where frame[index].isNaN {
        throw SessionError(.notANumber, "a frame of '\(input.port.name)' holds NaN")
      }
    }
    return try unsafe frame.withUnsafeBytes { (source) throws(SessionError) in
      try unsafe output.withUnsafeMutableBytes { (target) throws(SessionError) in
        try withStream { (stream) throws(SessionError) in
          try unsafe engine.advance(&stream, from: source, into: target)
        }
      }
    }
  }
}

extension Engine {
  fileprivate func onlyFloatInput() throws(SessionError) -> FramePort {
    guard let input = frameInputs.first, frameInputs.count == 1,
      input.port.elementType == .float32
    else {
      throw SessionError(
        .unsupported,
        "step(_:into:) is for one float32 input; found "
          + frameInputs.map { "\($0.port.name) \($0.port.elementType)" }.joined(separator: ", "))
    }
    return input
  }

  fileprivate func onlyFloatOutput() throws(SessionError) -> StreamPort {
    guard let output = stepGraph.outputs.first, stepGraph.outputs.count == 1,
      output.elementType == .float32
    else {
      throw SessionError(
        .unsupported,
        "step(_:into:) is for one float32 output; found "
          + stepGraph.outputs.map { "\($0.name) \($0.elementType)" }.joined(separator: ", "))
    }
    return output
  }

  /// One frame of the only input, from and to the caller's memory.
  fileprivate func advance(
    _ stream: inout LiveStream, from source: UnsafeRawBufferPointer,
    into target: UnsafeMutableRawBufferPointer
  ) throws(SessionError) -> Bool {
    let position = stream.position
    if position.framesPerStep > 1 {
      unsafe frameInputs[0].place(source, at: position.pending, in: &stream.gathered[0])
    }
    let isDue = position.isStepNext && position.steps >= stepGraph.outputs[0].firstStep
    if position.isStepNext {
      let ready = stream
      try withTurn { executable throws(SessionError) in
        if ready.gathered.isEmpty {
          unsafe executable.write(input: 0, slot: ready.slot, from: source)
        } else {
          unsafe ready.gathered[0].withUnsafeBytes {
            unsafe executable.write(input: 0, slot: ready.slot, from: $0)
          }
        }
        try step([ready.slot], on: executable)
        if isDue { unsafe executable.read(output: 0, slot: ready.slot, into: target) }
      }
    }
    stream.position.takeFrame()
    return isDue
  }
}

/// One frame at a time in the caller's own memory.
extension Session {
  /// Takes one frame of a network with one `float32` input and one `float32` output, and writes what
  /// comes out into `output`. Allocates nothing.
  ///
  /// - Parameters:
  ///   - frame: the elements of one frame in row-major order.
  ///   - output: room for exactly one step's output; untouched where none is due.
  /// - Returns: whether the output was due.
  /// - Throws: `unsupported` if the network has another form, `frameRefused` naming the counts
  ///   expected and found, else as `step` of tensors. The stream is then as it was.
  @discardableResult
  public func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>
  ) throws(SessionError) -> Bool {
    try engine.checkFloats(frame: frame.count, output: output.count)
    if options.nanPolicy == .reject {
      for index in frame.indices where frame[index].isNaN { throw engine.notANumber() }
    }
    return try unsafe frame.withUnsafeBytes { (source) throws(SessionError) in
      try unsafe output.withUnsafeMutableBytes { (target) throws(SessionError) in
        if let isDue = try unsafe lane.stepAlone(stream, source, target) { return isDue }
        let (pending, move) = try lane.queue(stream, isThread: true) { call in
          unsafe call.frame = .memory(source)
          unsafe call.output = .memory(target)
        }
        _ = lane.serve(pending, move)
        return try pending.call.finish()
      }
    }
  }

  /// Likewise with arrays: `try session.step(frame, into: &output)`.
  @discardableResult
  public func step(
    _ frame: [Float], into output: inout [Float]
  ) throws(SessionError) -> Bool {
    var room = output.mutableSpan
    return try step(frame.span, into: &room)
  }

  /// Likewise, and waits without blocking its thread: `try await session.step(frame, into: &output)`.
  ///
  /// If the engine is idle the step runs here and now; a call that has to wait suspends its task. The
  /// arrays are not copied. Cancelling the task closes the session: see `step(_:)`.
  @discardableResult
  nonisolated(nonsending) public func step(
    _ frame: [Float], into output: inout [Float]
  ) async throws(SessionError) -> Bool {
    try engine.checkFloats(frame: frame.count, output: output.count)
    if options.nanPolicy == .reject, frame.contains(where: \.isNaN) { throw engine.notANumber() }
    try checkCancellation()
    if let isDue = try stepAlone(frame, into: &output) {
      try checkCancellation()
      return isDue
    }
    let (pending, move) = try lane.queue(stream, isThread: false) { call in
      call.frame = .floats(frame)
      call.output = .floats(output)
      output = []
    }
    if !lane.serve(pending, move) { await lane.wait(for: pending) }
    if case .floats(let values) = pending.call.output { output = values }
    try checkCancellation(of: pending.call)
    return try pending.call.finish()
  }

  private func stepAlone(
    _ frame: [Float], into output: inout [Float]
  ) throws(SessionError) -> Bool? {
    var room = output.mutableSpan
    return try unsafe frame.span.withUnsafeBytes { (source) throws(SessionError) in
      try unsafe room.withUnsafeMutableBytes { (target) throws(SessionError) in
        try unsafe lane.stepAlone(stream, source, target)
      }
    }
  }
}

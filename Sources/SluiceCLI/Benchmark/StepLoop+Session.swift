import Sluice

extension StepLoop {
  /// Steps of one session, as a program that embeds Sluice calls them: `step(_:into:)` where the
  /// network has one float32 input and output, else `step(_:)` with tensors.
  ///
  /// - Returns: nil for networks that take several frames a step.
  func run(
    _ session: Session, _ patterns: FramePatterns
  ) throws(SessionError) -> (call: String, latencies: LatencyHistogram)? {
    let step = session.engine.stepGraph
    guard step.framesPerStep == 1 else { return nil }
    guard step.inputs.count == 1, step.outputs.count == 1,
      step.inputs[0].elementType == .float32, step.outputs[0].elementType == .float32
    else {
      let names = step.inputs.map(\.name)
      let frames = (0..<patterns.length).map { index in
        Dictionary(uniqueKeysWithValues: zip(names, patterns.frame(index, stream: 0)))
      }
      let latencies = try run { (number) throws(SessionError) in
        _ = try session.step(frames[number % frames.count])
      }
      return ("step(_:)", latencies)
    }
    let frames = (0..<patterns.length).map { patterns.frame($0, stream: 0)[0].floats() }
    var output = [Float](repeating: 0, count: step.outputs[0].shape.reduce(1, *))
    let latencies = try run { (number) throws(SessionError) in
      let frame = frames[number % frames.count]
      var target = output.mutableSpan
      _ = try session.step(frame.span, into: &target)
    }
    return ("step(_:into:)", latencies)
  }
}

/// Many frames in one call.
extension Session {
  /// Takes many frames, as if `step` were called with each, and joins what comes out; `step` and `run`
  /// may follow each other in any order. Calls of others on this session come before or after all of them.
  ///
  /// - Parameter sequence: one tensor per input, by name, with batch 1: of the input's rank with any
  ///   number of frames along the time axis; for a network of one frame, the frames along one more
  ///   leading axis. An input without a time axis, or without that leading axis, holds for all frames.
  /// - Returns: each output that was due, joined along its time axis; an output without one gets one
  ///   where the input has it (in networks of one frame, the leading axis), with one entry per step.
  /// - Throws: as `step`. What does not fit is found before the first frame is taken; when a device
  ///   fails and nothing takes over, the frames before stay taken. A stream that goes back to a checkpoint
  ///   is given the frames since then again; `rewound` if some came before this call.
  @discardableResult
  public func run(_ sequence: [String: Tensor]) throws(SessionError) -> NamedTensors {
    try engine.checkNames(of: sequence)
    let layout = try RunLayout(engine.frameInputs, arrays: sequence)
    try check(layout)
    return try withStream { (stream) throws(SessionError) in
      var collector = OutputCollector(engine.stepGraph.outputs, timeAxis: layout.timeAxis, rows: 1)
      for call in 0..<(layout.calls ?? 1) {
        collector.beginCall(row: 0)
        for time in call * layout.framesPerCall..<(call + 1) * layout.framesPerCall {
          let taken = lane.step([stream], [layout.frame(time)])[0]
          let outputs = try lane.caughtUp(stream, at: time, taken) { layout.frame($0) }
          collector.add(outputs, row: 0)
        }
      }
      return collector.joined(hasCalls: layout.calls != nil)
    }
  }

  /// Likewise for a network with one input.
  @discardableResult
  public func run(_ sequence: Tensor) throws(SessionError) -> NamedTensors {
    try run([engine.onlyInput().port.name: sequence])
  }

  private func check(_ layout: RunLayout) throws(SessionError) {
    guard layout.rows == 1 else {
      throw SessionError(
        .frameRefused, "a session is one stream; found \(layout.rows) rows of a batch")
    }
    guard layout.timeAxis == nil || layout.calls == nil else {
      throw SessionError(
        .frameRefused,
        "a session takes one sequence in a call; found \(layout.calls ?? 0) along a leading axis")
    }
    for (port, array) in zip(layout.ports, layout.arrays)
    where options.nanPolicy == .reject && array.containsNaN {
      throw SessionError(.notANumber, "'\(port.port.name)' holds NaN")
    }
  }
}

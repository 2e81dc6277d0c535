/// The caller's handle on one stream: frames go in, outputs come out, states stay.
///
///     let session = try engine.openSession()
///     for frame in clip {
///       let outputs = try session.step(["keypoints": frame])
///       if let p = outputs["probabilities"] { print(p.floats()) }
///     }
///
/// A session holds one slot of its engine until `close()` or until nobody refers to it any more.
/// It may be used from any thread and any task; calls are taken in the order in which they are made.
///
/// The call that finds the engine idle runs the step on its own thread; calls of other sessions that
/// come meanwhile go into the next step together, which one of them runs for all. A call that has to
/// wait blocks its thread or, where it is written with `await`, suspends its task.
public final class Session: Sendable {
  public let engine: Engine
  public let options: SessionOptions
  let lane: Lane
  let stream: LiveStream

  init(engine: Engine, lane: Lane, stream: LiveStream, options: SessionOptions) {
    self.engine = engine
    self.lane = lane
    self.options = options
    self.stream = stream
  }

  deinit { close() }

  /// Ends the stream and frees its slot. Every later call but this one throws `SessionError.closed`, and
  /// so do those that wait. A step that has the session's frame is finished first, and then the slot is
  /// free.
  public func close() { lane.close(stream.id) }

  public var isClosed: Bool { !lane.isOpen(stream.id) }

  /// Back to the initial states, as if just opened. Waits for the calls before.
  public func reset() throws(SessionError) {
    try withStream { (stream) throws(SessionError) in try lane.reset(stream) }
  }

  /// Calls `body` when all calls before are done, while nothing else touches the stream.
  func withStream<Value>(
    _ body: (LiveStream) throws(SessionError) -> Value
  ) throws(SessionError) -> Value {
    try lane.hold(stream)
    defer { lane.release(stream) }
    return try body(stream)
  }
}

/// One frame at a time.
extension Session {
  /// Takes one frame and runs the step it completes.
  ///
  /// - Parameters:
  ///   - frame: one tensor per input, by name. Its shape is the input's with 1 along the batch
  ///     axis and one frame along the time axis; either axis may be left out where its size is 1.
  ///     A `float64` tensor is taken for a `float32` input and the other way round, whole numbers
  ///     likewise where they fit.
  ///   - deadline: when a step that has not begun with the frame is of no more use; nil for never.
  /// - Returns: the outputs in the network's order, with batch 1 and a step's entries along their time
  ///   axis. Absent are those not due: all while a step gathers its frames, each during its warm-up.
  /// - Throws: `SessionError`: `frameRefused` (names, shape or type, expected and found),
  ///   `notANumber`, `overloaded`, `closed`, `deviceFailed`. The stream is then as it was. `rewound` if
  ///   the device failed and the stream goes on on the CPU from an earlier frame: the frame was not
  ///   taken, nor are those that waited behind it; `framesConsumed` says which one comes next. `late` if
  ///   no step began with the frame before its deadline; then none takes it.
  @discardableResult
  public func step(
    _ frame: [String: Tensor], by deadline: ContinuousClock.Instant? = nil
  ) throws(SessionError) -> NamedTensors {
    try step(tensors: engine.frames(from: frame, nanPolicy: options.nanPolicy), by: deadline)
  }

  /// Likewise for a network with one input.
  @discardableResult
  public func step(
    _ frame: Tensor, by deadline: ContinuousClock.Instant? = nil
  ) throws(SessionError) -> NamedTensors {
    try step(tensors: engine.frame(from: frame, nanPolicy: options.nanPolicy), by: deadline)
  }

  private func step(
    tensors: [Tensor], by deadline: ContinuousClock.Instant?
  ) throws(SessionError) -> NamedTensors {
    try check(deadline)
    if let outputs = try lane.stepAlone(stream, tensors) { return outputs }
    let (pending, move) = try lane.queue(stream, isThread: true) {
      $0.fill(tensors, by: deadline)
    }
    _ = lane.serve(pending, move)
    return try pending.call.finishTensors()
  }

  /// - Throws: `late` if the deadline has passed.
  func check(_ deadline: ContinuousClock.Instant?) throws(SessionError) {
    guard let deadline else { return }
    let now = ContinuousClock.now
    guard now < deadline else { throw .late(by: deadline.duration(to: now)) }
  }

  /// Frames that steps have consumed since the stream began. Those of an unfinished step do not count.
  public var framesConsumed: Int {
    get throws(SessionError) { try withStream { $0.position.framesConsumed } }
  }

  /// Frames that wait for the rest of their step; fewer than `framesPerStep`.
  public var framesPending: Int {
    get throws(SessionError) { try withStream { $0.position.pending } }
  }

  /// How the stream went on after its device had failed; nil if that did not happen. A stream that lost
  /// no frame says so here only: its calls do not fail.
  public var recovery: Recovery? {
    get throws(SessionError) { try withStream { $0.recovery } }
  }

  /// Frames still to come before the step from which every output is given.
  public var warmUpLeft: Int {
    get throws(SessionError) { try withStream { $0.position.warmUpLeft } }
  }
}

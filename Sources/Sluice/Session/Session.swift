import Synchronization

/// The caller's handle on one stream: frames go in, outputs come out, states stay.
///
///     let session = try engine.openSession()
///     for frame in clip {
///       let outputs = try session.step(["keypoints": frame])
///       if let p = outputs["probabilities"] { print(p.floats()) }
///     }
///
/// A session holds one slot of its engine until `close()` or until nobody refers to it any more.
/// It may be used from any thread; calls run one after another.
public final class Session: Sendable {
  public let engine: Engine
  public let options: SessionOptions
  /// nil once closed.
  private let stream: Mutex<LiveStream?>

  init(engine: Engine, stream: LiveStream, options: SessionOptions) {
    self.engine = engine
    self.options = options
    self.stream = Mutex(stream)
  }

  deinit { close() }

  /// Ends the stream and frees its slot. Every later call but this one throws `SessionError.closed`.
  public func close() {
    stream.withLock { stream in
      if let open = stream { engine.close(open) }
      stream = nil
    }
  }

  public var isClosed: Bool { stream.withLock { $0 == nil } }

  /// Back to the initial states, as if just opened.
  public func reset() throws(SessionError) {
    try withStream { stream in
      let slot = stream.slot
      engine.withTurn { $0.reset(slot: slot) }
      stream.position.reset()
    }
  }

  /// Calls `body` with the stream if it is open.
  func withStream<Value: Sendable>(
    _ body: (inout LiveStream) throws(SessionError) -> Value
  ) throws(SessionError) -> Value {
    try stream.withLock { (stream) throws(SessionError) in
      // Taken out meanwhile, so that buffers of pending frames are changed where they are.
      guard var open = stream.take() else { throw SessionError(.closed, "the session is closed") }
      defer { stream = open }
      return try body(&open)
    }
  }
}

/// One frame at a time.
extension Session {
  /// Takes one frame and runs the step it completes.
  ///
  /// - Parameter frame: one tensor per input, by name. Its shape is the input's with 1 along the batch
  ///   axis and one frame along the time axis; either axis may be left out where its size is 1.
  ///   A `float64` tensor is taken for a `float32` input and the other way round, whole numbers
  ///   likewise where they fit.
  /// - Returns: the outputs in the network's order, with batch 1 and a step's entries along their time
  ///   axis. Absent are those not due: all while a step gathers its frames, each during its warm-up.
  /// - Throws: `SessionError`: `frameRefused` (names, shape or type, expected and found),
  ///   `notANumber`, `closed`, `deviceFailed`. The stream is then as it was.
  @discardableResult
  public func step(_ frame: [String: Tensor]) throws(SessionError) -> NamedTensors {
    let frames = try engine.frames(from: frame, nanPolicy: options.nanPolicy)
    return try withStream { (stream) throws(SessionError) in
      var one = [stream]
      defer { stream = one[0] }
      return try engine.advance(&one, with: [frames]).outputs[0]
    }
  }

  /// Likewise for a network with one input.
  @discardableResult
  public func step(_ frame: Tensor) throws(SessionError) -> NamedTensors {
    try step([engine.onlyInput().port.name: frame])
  }

  /// Frames that steps have consumed since the stream began. Those of an unfinished step do not count.
  public var framesConsumed: Int {
    get throws(SessionError) { try withStream { $0.position.framesConsumed } }
  }

  /// Frames that wait for the rest of their step; fewer than `framesPerStep`.
  public var framesPending: Int {
    get throws(SessionError) { try withStream { $0.position.pending } }
  }

  /// Frames still to come before the step from which every output is given.
  public var warmUpLeft: Int {
    get throws(SessionError) { try withStream { $0.position.warmUpLeft } }
  }
}

import Synchronization

/// One call of a session on its way: the frame, room for what comes out, and how to wake the caller.
///
/// Unchecked, because it changes hands: it belongs to its caller until it is queued, then to who took
/// its frame from the scheduler, and again to its caller once it is complete. `isComplete`,
/// `continuation` and `next` are the engine's, under its lock. The lock, the gate and the continuation
/// order all of it.
@safe final class Call: @unchecked Sendable {
  /// What the caller hands in.
  @safe enum Frame {
    case none
    /// The only input's; the caller's memory, which stays while its thread waits.
    case memory(UnsafeRawBufferPointer)
    /// The only input's.
    case floats([Float])
    /// One per input, checked.
    case tensors([Tensor])
  }

  /// Where the outputs go.
  @safe enum Output {
    case none
    /// The only output's; the caller's memory, which stays while its thread waits.
    case memory(UnsafeMutableRawBufferPointer)
    /// The only output's, of its length.
    case floats([Float])
    case tensors(NamedTensors)
  }

  var frame = Frame.none
  var output = Output.none
  /// Whether the first output was due at the step.
  var isDue = false
  /// After it no step is to take the frame; nil for never.
  var deadline: ContinuousClock.Instant?
  /// `LiveStream.rewinds` when it was queued.
  var rewinds = 0
  /// Why the frame was not taken.
  var error: SessionError?

  var isComplete = false
  /// Of a task that waits; a thread waits at the gate.
  var continuation: UnsafeContinuation<Void, Never>?
  /// The next one to be woken.
  var next: Call?
  let gate = ThreadGate()

  /// Whether the caller is through with it, so that the next one may have it.
  private let isFree = Atomic(true)

  /// Takes a call that is free.
  func take() -> Bool {
    guard isFree.load(ordering: .acquiring) else { return false }
    isFree.store(false, ordering: .relaxed)
    return true
  }

  /// The caller has what came of it: gives the call back.
  ///
  /// - Returns: whether the first output was due.
  @discardableResult
  func finish() throws(SessionError) -> Bool {
    let (isDue, error) = (isDue, error)
    free()
    if let error { throw error }
    return isDue
  }

  /// Likewise.
  ///
  /// - Returns: what was due.
  func finishTensors() throws(SessionError) -> NamedTensors {
    var outputs = NamedTensors()
    if case .tensors(let due) = output { outputs = due }
    try finish()
    return outputs
  }

  /// Puts in a frame of tensors.
  func fill(_ tensors: [Tensor], by deadline: ContinuousClock.Instant? = nil) {
    frame = .tensors(tensors)
    self.deadline = deadline
    output = .tensors(NamedTensors())
  }

  func free() {
    frame = .none
    output = .none
    isDue = false
    deadline = nil
    error = nil
    isComplete = false
    isFree.store(true, ordering: .releasing)
  }

  /// Calls `body` with the bytes of one input's frame.
  func withFrame(_ input: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    switch frame {
    case .none: preconditionFailure("a call without a frame was queued")
    case .memory(let bytes): unsafe body(bytes)
    case .floats(let values): unsafe values.withUnsafeBytes { unsafe body($0) }
    case .tensors(let tensors): unsafe tensors[input].withUnsafeBytes { unsafe body($0) }
    }
  }

  /// Calls `body` with room for the only output.
  func withOutput(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
    switch output {
    case .none, .tensors: preconditionFailure("a call without room for its output was queued")
    case .memory(let bytes): unsafe body(bytes)
    case .floats(var values):
      // Taken out meanwhile, so that the array is changed where it is.
      output = .none
      unsafe values.withUnsafeMutableBytes { unsafe body($0) }
      output = .floats(values)
    }
  }

  /// Wakes the caller. It waits, so nobody else looks at the call now.
  func wake() {
    guard let waiting = unsafe continuation else { return gate.open() }
    unsafe continuation = nil
    unsafe waiting.resume()
  }
}

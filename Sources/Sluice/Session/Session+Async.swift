/// Likewise from tasks. In asynchronous code these are the ones that `step` means, written with `await`.
extension Session {
  /// Takes one frame and runs the step it completes, without blocking the thread.
  ///
  /// If the engine is idle the step runs here and now, on the caller's thread and actor, without
  /// suspension. Otherwise the task is suspended until a step has taken the frame; it may be resumed
  /// to run that step for all sessions that wait.
  ///
  /// Cancelling the task while it waits or is in this call closes the session, frees its slot and throws
  /// `cancelled`; other calls that wait on the session throw `closed`. A step that already has the frame
  /// is finished first.
  ///
  /// - Parameters: as for the synchronous `step`.
  /// - Returns: likewise.
  /// - Throws: likewise, and `cancelled`.
  @discardableResult
  nonisolated(nonsending) public func step(
    _ frame: [String: Tensor], by deadline: ContinuousClock.Instant? = nil
  ) async throws(SessionError) -> NamedTensors {
    try await step(
      tensors: engine.frames(from: frame, nanPolicy: options.nanPolicy), by: deadline)
  }

  /// Likewise for a network with one input.
  @discardableResult
  nonisolated(nonsending) public func step(
    _ frame: Tensor, by deadline: ContinuousClock.Instant? = nil
  ) async throws(SessionError) -> NamedTensors {
    try await step(
      tensors: engine.frame(from: frame, nanPolicy: options.nanPolicy), by: deadline)
  }

  nonisolated(nonsending) private func step(
    tensors: [Tensor], by deadline: ContinuousClock.Instant?
  ) async throws(SessionError) -> NamedTensors {
    try checkCancellation()
    try check(deadline)
    if let outputs = try lane.stepAlone(stream, tensors) {
      try checkCancellation()
      return outputs
    }
    let (pending, move) = try lane.queue(stream, isThread: false) {
      $0.fill(tensors, by: deadline)
    }
    if !lane.serve(pending, move) { await lane.wait(for: pending) }
    try checkCancellation(of: pending.call)
    return try pending.call.finishTensors()
  }

  /// Closes the session if the task is cancelled.
  ///
  /// - Parameter call: given back then.
  /// - Throws: `cancelled`.
  func checkCancellation(of call: Call? = nil) throws(SessionError) {
    guard Task.isCancelled else { return }
    close()
    call?.free()
    throw SessionError(.cancelled, "the task was cancelled, which closed the session")
  }
}

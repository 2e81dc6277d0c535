import Sluice

/// Rows of frames: one request, many steps.
extension ServedModel {
  /// Runs a row on one of the service's threads for rows: it may take long, and blocks.
  ///
  /// - Throws: `overloaded` if as many rows wait as may, and `late`: nothing was computed then; what
  ///   `Session.run` throws.
  nonisolated(nonsending) func row(
    _ arrays: [String: Tensor], by deadline: Duration?, of session: Session,
    _ possession: inout Possession
  ) async throws(ServingError) -> NamedTensors {
    let clock = context.clock
    let outcome = await context.rows.value { () -> RowOutcome in
      if let deadline, deadline <= clock.now { return .late(by: clock.now - deadline) }
      return .ran(Result { () throws(SessionError) in try session.run(arrays) })
    }
    switch outcome {
    case nil:
      throw ServingError(
        .overloaded, "\(context.rows.waitingCount) rows of frames wait, which is the limit",
        retryAfter: context.options.retryAfter)
    case .late(let delay):
      throw ServingError(
        .late, "the deadline passed \(delay) before a thread was free; nothing was computed")
    case .ran(let result):
      possession.isStored = false
      do throws(SessionError) {
        let outputs = try result.get()
        possession.framesTaken = try session.framesConsumed + session.framesPending
        return outputs
      } catch {
        throw failure(error, of: session, &possession)
      }
    }
  }
}

/// What came of a row that had its turn.
private enum RowOutcome: Sendable {
  case late(by: Duration)
  case ran(Result<NamedTensors, SessionError>)
}

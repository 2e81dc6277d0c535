/// Steps of streams whose slots the caller has for himself: between two of them nobody else's frame or
/// call comes in.
extension Engine {
  /// Gives each stream one frame and runs the steps they complete, together where they can.
  ///
  /// - Parameters:
  ///   - streams: held by the caller, and held again afterwards.
  ///   - frames: per stream, one checked frame per input, in the order of `frameInputs`.
  /// - Returns: what was due, per stream.
  /// - Throws: `deviceFailed`, `frameRefused`, `closed`, of the first stream that failed; the others have
  ///   taken their frame.
  func step(
    _ streams: [LiveStream], _ frames: [[Tensor]]
  ) throws(SessionError) -> [NamedTensors] {
    let calls = queueInTurn(streams, frames)
    for case .queued(let pending, _) in calls { _ = serve(pending, next(for: pending)) }
    var outputs: [NamedTensors] = []
    var failure: SessionError?
    for (stream, start) in zip(streams, calls) {
      do {
        outputs.append(try finish(start, stream))
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
    return outputs
  }

  private func queueInTurn(_ streams: [LiveStream], _ frames: [[Tensor]]) -> [Start] {
    locked { state, now in
      zip(streams, frames).map { stream, frame in
        let call = stream.takeCall()
        call.fill(frame)
        let admission = state.scheduler.pushInTurn(
          call, to: stream.id, gathered: stream.position.pending, isThread: true, now: now)
        guard case .queued(let ticket) = admission else {
          call.free()
          return .refused(admission)
        }
        return .queued(Pending(call: call, ticket: ticket, isThread: true), .wait)
      }
    }
  }

  private func finish(_ start: Start, _ stream: LiveStream) throws(SessionError) -> NamedTensors {
    switch start {
    case .queued(let pending, _): try pending.call.finishTensors()
    case .refused(let admission): throw SessionError(admission, stream)
    }
  }
}

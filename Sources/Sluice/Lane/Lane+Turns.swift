/// Steps of streams whose slots the caller has for himself: between two of them nobody else's frame or
/// call comes in.
extension Lane {
  /// Gives each stream one frame and runs the steps they complete, together where they can.
  ///
  /// - Parameters:
  ///   - streams: held by the caller, and held again afterwards.
  ///   - frames: per stream, one checked frame per input, in the order of `frameInputs`.
  /// - Returns: per stream what was due, or why it has not taken its frame: `deviceFailed`, `rewound`,
  ///   `frameRefused`, `closed`.
  func step(
    _ streams: [LiveStream], _ frames: [[Tensor]]
  ) -> [Result<NamedTensors, SessionError>] {
    let calls = queueInTurn(streams, frames)
    for case .queued(let pending, _) in calls { _ = serve(pending, next(for: pending)) }
    return zip(streams, calls).map { stream, start in
      Result { () throws(SessionError) in try finish(start, stream) }
    }
  }

  /// After a stream went back to a checkpoint, gives it the frames since then once more; what comes out
  /// was taken before.
  ///
  /// - Parameters:
  ///   - error: what its last call threw.
  ///   - time: frames of the row that it had been given.
  ///   - frame: one tensor per input of a time of the row.
  /// - Throws: `error` if that was something else, or if the checkpoint lies before the row.
  func catchUp(
    _ stream: LiveStream, after error: SessionError, at time: Int, frame: (Int) -> [Tensor]
  ) throws(SessionError) {
    guard error.code == .rewound, let lost = stream.recovery?.framesLost, lost <= time else {
      throw error
    }
    for earlier in time - lost..<time { _ = try step([stream], [frame(earlier)])[0].get() }
  }

  /// Gives a stream frame `time` of a row of frames, as far as it has not had it.
  ///
  /// - Parameter taken: what came of giving it the frame together with others.
  func caughtUp(
    _ stream: LiveStream, at time: Int, _ taken: Result<NamedTensors, SessionError>,
    frame: (Int) -> [Tensor]
  ) throws(SessionError) -> NamedTensors {
    do {
      return try taken.get()
    } catch {
      try catchUp(stream, after: error, at: time, frame: frame)
      return try step([stream], [frame(time)])[0].get()
    }
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

import Sluice

/// What the owner of a stream does.
extension ServedModel {
  /// Serves what waits, until nothing does, and gives the stream back.
  ///
  /// - Parameters:
  ///   - possession: taken out of the stream by who made the caller its owner.
  ///   - leavesSlot: whether the stream gives its slot back if nothing waits; it is stored then.
  nonisolated(nonsending) func serve(
    _ stream: ServedStream, _ possession: Possession, leavesSlot: Bool = false
  ) async {
    var possession = possession
    var leavesSlot = leavesSlot
    var answer: (@Sendable () -> Void)?
    var served = 0
    while true {
      if let work = stream.next() {
        answer?()
        leavesSlot = false
        // A stream whose queue is never empty leaves the thread to others now and then.
        served += 1
        if served.isMultiple(of: ServedStream.requestsInARow) { await Task.yield() }
        let result = await perform(work, stream, &possession)
        answer = { [tell = work.answer] in tell(result) }
        // Who is told that his stream ended may count on its slot being free.
        guard possession.isLive else { continue }
        answer?()
        answer = nil
        continue
      }
      switch giveBack(possession, of: stream, leavesSlot: leavesSlot) {
      case .isWanted: continue
      case .isToBeStored: leavesSlot = await store(stream, &possession)
      case .isDone(let whenQuiet):
        possession.seat = nil
        answer?()
        for call in whenQuiet { call() }
        return
      }
    }
  }

  nonisolated(nonsending) private func perform(
    _ work: StreamWork, _ stream: ServedStream, _ possession: inout Possession
  ) async -> Result<StreamAnswer, ServingError> {
    let begin = context.clock.now
    var result: Result<StreamAnswer, ServingError>
    do throws(ServingError) {
      result = .success(try await answer(to: work, at: begin, stream, &possession))
    } catch {
      result = .failure(error)
    }
    let computed = context.clock.now
    let step = result.part
    var store = RequestTraces.Part.absent
    if work.request.ends {
      await end(stream, &possession)
    } else if possession.isLive {
      do throws(ServingError) {
        if try await commit(stream, &possession) { store = .done }
      } catch {
        result = .failure(error)
        store = .failed
      }
    }
    context.free(work.request.byteCount)
    let latencies = Latencies(
      queue: begin - work.arrival, step: computed - begin,
      total: context.clock.now - work.arrival)
    statistics.count(result, work, latencies)
    context.traces?.record(
      work.request, result, version: possession.version.number, latencies, step: step, store: store)
    return result
  }

  /// Does what a request asks. Where it is to start the stream and fails, there is none afterwards.
  nonisolated(nonsending) private func answer(
    to work: StreamWork, at now: Duration, _ stream: ServedStream, _ possession: inout Possession
  ) async throws(ServingError) -> StreamAnswer {
    let request = work.request
    if request.begins { await leave(stream, &possession) }
    if let lease = work.lease {
      possession.version = lease.version
      possession.seat = Possession.Seat(lease: lease)
    }
    guard request.begins || possession.isLive else {
      throw ServingError(
        .unknownStream,
        "stream \(stream.identifier) of '\(name)' is not there, since the request that was to start "
          + "it failed: start it first")
    }
    if let deadline = request.deadline, deadline <= now {
      throw ServingError(
        .late,
        "the deadline passed \(now - deadline) before the request's turn came; it was not computed")
    }
    var answer = StreamAnswer(version: possession.version.number)
    let session = try await session(
      of: stream, &possession, begins: request.begins, wasHibernated: &answer.wasHibernated)
    try await act(request, session, &possession, &answer)
    if request.begins {
      possession.isLive = true
      possession.lastPut = now
      statistics.count(.started)
    }
    answer.framesTaken = possession.framesTaken
    return answer
  }

  nonisolated(nonsending) private func act(
    _ request: StreamRequest, _ session: Session, _ possession: inout Possession,
    _ answer: inout StreamAnswer
  ) async throws(ServingError) {
    if case .frames(let arrays) = request.action, !session.engine.isFrame(arrays) {
      answer.outputs = try await row(arrays, by: request.deadline, of: session, &possession)
      return
    }
    do throws(SessionError) {
      switch request.action {
      case .none: break
      case .snapshot: answer.snapshot = try session.snapshot()
      case .restore(let snapshot):
        answer.restoration = try session.restore(snapshot)
        possession.isStored = false
        possession.framesTaken = snapshot.framesConsumed + snapshot.framesPending
      case .frames(let arrays):
        answer.outputs = try await session.step(
          arrays, by: context.moment(of: request.deadline))
        possession.isStored = false
        possession.framesTaken += 1
      }
    } catch {
      throw failure(error, of: session, &possession)
    }
  }

  /// The session's error under this target's codes; what the owner has is as the session is after it.
  func failure(
    _ error: SessionError, of session: Session, _ possession: inout Possession
  ) -> ServingError {
    if [.rewound, .deviceFailed].contains(error.code) {
      possession.isStored = false
      possession.framesTaken = (try? session.framesConsumed) ?? possession.framesTaken
    }
    return ServingError(error)
  }

  /// The session of the stream's slot: opened, started afresh or brought back as the request needs it.
  nonisolated(nonsending) private func session(
    of stream: ServedStream, _ possession: inout Possession, begins: Bool,
    wasHibernated: inout Bool
  ) async throws(ServingError) -> Session {
    guard let seat = possession.seat, let engine = possession.version.engine else {
      throw ServingError(.full, "stream \(stream.identifier) of '\(name)' has no slot")
    }
    let session: Session
    do throws(SessionError) {
      if let open = seat.session {
        if begins { try open.reset() }
        return open
      }
      session = try engine.openSession(SessionOptions(maximumPendingFrames: 1))
    } catch {
      throw ServingError(error)
    }
    if !begins {
      try await bringBack(stream, session, &possession)
      wasHibernated = true
    }
    possession.seat?.session = session
    return session
  }
}

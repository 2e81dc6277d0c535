import Sluice

/// Whole sequences: requests that no stream outlives.
extension ServedModel {
  /// - Parameter answer: called once, from any thread, also before this returns.
  func submit(
    _ request: SequenceRequest, on threads: BlockingCalls,
    answer: @escaping @Sendable (Result<SequenceAnswer, ServingError>) -> Void
  ) {
    let arrival = context.clock.now
    let finish: @Sendable (Result<SequenceAnswer, ServingError>) -> Void = { [self] result in
      if case .failure(let error) = result { statistics.countRefusal(error.code) }
      answer(result)
    }
    do throws(ServingError) {
      let version = try version(request.version)
      try begin(request)
      let isTaken = threads.submit { [self] in
        let begin = context.clock.now
        let result = Result { () throws(ServingError) in
          try run(request, on: version, arrival, begin)
        }
        context.free(request.byteCount)
        trace(request, result, on: version, arrival, begin)
        finish(result)
        end()
      }
      if isTaken { return }
      context.free(request.byteCount)
      end()
      throw ServingError(
        .overloaded, "\(threads.waitingCount) whole sequences wait, which is the limit",
        retryAfter: context.options.retryAfter)
    } catch {
      context.traces?.record(refusal: error, of: request)
      finish(.failure(error))
    }
  }

  private func trace(
    _ request: SequenceRequest, _ result: Result<SequenceAnswer, ServingError>,
    on version: ModelVersion, _ arrival: Duration, _ begin: Duration
  ) {
    guard let traces = context.traces else { return }
    let end = context.clock.now
    traces.record(
      request, result, version: version.number,
      Latencies(queue: begin - arrival, step: end - begin, total: end - arrival))
  }

  /// Counts a whole sequence and its bytes.
  ///
  /// - Throws: `draining`, `overloaded`.
  private func begin(_ request: SequenceRequest) throws(ServingError) {
    guard context.reserve(request.byteCount) else {
      throw context.tooManyBytes(request.byteCount)
    }
    let isTaken = state.withLock { state in
      guard state.phase == .open else { return false }
      state.activeCount += 1
      state.sequenceCount += 1
      return true
    }
    guard isTaken else {
      context.free(request.byteCount)
      throw ServingError(
        .draining, "the server is ending and takes nothing new",
        retryAfter: context.options.retryAfter)
    }
  }

  private func end() {
    let calls = state.withLock { state in
      state.activeCount -= 1
      state.sequenceCount -= 1
      return state.takeQuietCalls()
    }
    for call in calls { call() }
  }

  private func run(
    _ request: SequenceRequest, on version: ModelVersion, _ arrival: Duration, _ begin: Duration
  ) throws(ServingError) -> SequenceAnswer {
    if let deadline = request.deadline, deadline <= begin {
      throw ServingError(
        .late,
        "the deadline passed \(begin - deadline) before a thread was free; nothing was computed")
    }
    let outputs = try outputs(request.arrays, of: version)
    let end = context.clock.now
    let answer = SequenceAnswer(version: version.number, outputs: outputs)
    statistics.count(
      answer, bytesIn: request.byteCount,
      Latencies(queue: begin - arrival, step: end - begin, total: end - arrival))
    return answer
  }

  /// Runs arrays in as many slots as are free, or in one call where the network does not stream.
  private func outputs(
    _ arrays: [String: Tensor], of version: ModelVersion
  ) throws(ServingError) -> NamedTensors {
    guard let engine = version.engine else {
      return try told { () throws(SluiceError) in
        try version.model.run(arrays, options: version.options).results
      }
    }
    let rows = try told { () throws(SluiceError) in try engine.streamCount(of: arrays) }
    let leases = version.lease(atMost: rows)
    guard !leases.isEmpty else {
      throw ServingError(
        .full, "all \(version.slotCount) streams of \(version) are open; try again later",
        retryAfter: state.withLock { $0.retryAfter })
    }
    return try withExtendedLifetime(leases) { () throws(ServingError) in
      try told { () throws(SluiceError) in try engine.run(arrays, atOnce: leases.count).results }
    }
  }

  /// The library's errors under this target's codes.
  private func told<Value>(
    _ body: () throws(SluiceError) -> Value
  ) throws(ServingError) -> Value {
    do { return try body() } catch { throw ServingError(error) }
  }
}

import Sluice

/// A request comes: at once, and before anything else of the stream's, it has its place in the queue or
/// is refused.
extension ServedModel {
  fileprivate enum Admission: Sendable {
    case refused(ServingError)
    /// The stream's owner will come to it.
    case queued
    /// The stream was nobody's: the caller has to see to it that somebody serves it.
    case owned(ServedStream, Possession)
  }

  /// Takes a request. Requests of one stream are served in the order of these calls.
  ///
  /// - Parameters:
  ///   - servesHere: whether the caller's thread may run the step.
  ///   - answer: called once, from any thread, also before this returns.
  func submit(
    _ request: StreamRequest, servesHere: Bool,
    answer: @escaping @Sendable (Result<StreamAnswer, ServingError>) -> Void
  ) {
    let bytes = request.byteCount
    guard context.reserve(bytes) else {
      return refuse(context.tooManyBytes(bytes), request, answer)
    }
    let now = context.clock.now
    switch state.withLock({ $0.admit(request, now, answer, name, context) }) {
    case .refused(let error):
      context.free(bytes)
      refuse(error, request, answer)
    case .queued: break
    case .owned(let stream, let possession):
      if servesHere {
        Task.immediateDetached { await self.serve(stream, possession) }
      } else {
        Task.detached { await self.serve(stream, possession) }
      }
    }
  }

  private func refuse(
    _ error: ServingError, _ request: StreamRequest,
    _ answer: (Result<StreamAnswer, ServingError>) -> Void
  ) {
    statistics.countRefusal(error.code)
    context.traces?.record(refusal: error, of: request)
    answer(.failure(error))
  }
}

extension ServedModel.State {
  /// What a request needs of its stream.
  private struct Place {
    let version: ModelVersion
    /// nil where the stream has a slot of that version, or will have.
    let lease: SlotLease?
  }

  fileprivate mutating func admit(
    _ request: StreamRequest, _ now: Duration,
    _ answer: @escaping @Sendable (Result<StreamAnswer, ServingError>) -> Void, _ name: String,
    _ context: ServingContext
  ) -> ServedModel.Admission {
    let known = streams[request.stream]
    do throws(ServingError) {
      try known?.checkQueue(request, limit: context.options.maximumQueuedRequests)
      let place = try place(for: request, known, name, context.options)
      let stream = known ?? ServedStream(request.stream, now: now)
      let work = StreamWork(request: request, arrival: now, lease: place.lease, answer: answer)
      if known == nil {
        streams[request.stream] = stream
        ended.remove(request.stream)
        activeCount += 1
      }
      return enqueue(work, place, stream, isNew: known == nil, now)
    } catch {
      return .refused(error)
    }
  }

  private mutating func enqueue(
    _ work: StreamWork, _ place: Place, _ stream: ServedStream, isNew: Bool, _ now: Duration
  ) -> ServedModel.Admission {
    let possession = stream.state.withLock { state -> Possession? in
      state.waiting.append(work)
      state.lastUsed = now
      state.tail = work.request.ends ? nil : place.version
      state.leased = place.version
      defer { state.possession = nil }
      return state.possession
    }
    if let possession {
      // It lay in the store.
      if possession.seat == nil { activeCount += 1 }
      return .owned(stream, possession)
    }
    guard isNew else { return .queued }
    return .owned(stream, Possession(version: place.version, lastPut: now))
  }

  /// Which version serves the request, with a slot of it if the stream has none.
  ///
  /// - Throws: `unknownStream`, `draining`, `full`, `refused`, …
  private func place(
    for request: StreamRequest, _ known: ServedStream?, _ name: String, _ options: ServingOptions
  ) throws(ServingError) -> Place {
    let (tail, leased) = known?.state.withLock { ($0.tail, $0.leased) } ?? (nil, nil)
    let version = try target(for: request, tail, name, options)
    guard leased !== version else { return Place(version: version, lease: nil) }
    guard let lease = version.lease() else {
      throw ServingError(
        .full,
        "all \(version.slotCount) streams of \(version) are open; try again later, or end one",
        retryAfter: retryAfter)
    }
    return Place(version: version, lease: lease)
  }

  private func target(
    for request: StreamRequest, _ tail: ModelVersion?, _ name: String, _ options: ServingOptions
  ) throws(ServingError) -> ModelVersion {
    if phase == .closing || (phase == .draining && tail == nil) {
      throw ServingError(
        .draining, "the server is ending and takes no new streams", retryAfter: options.retryAfter)
    }
    guard request.begins else {
      guard let tail else { throw unknownStream(request.stream, name) }
      guard request.version == nil || request.version == tail.number else {
        throw ServingError(
          .refused,
          "stream \(request.stream) of '\(name)' runs version \(tail.number); "
            + "the request names \(request.version ?? 0)")
      }
      return tail
    }
    return try versionForNewStream(request, name)
  }

  private func versionForNewStream(
    _ request: StreamRequest, _ name: String
  ) throws(ServingError) -> ModelVersion {
    guard let current else {
      throw ServingError(.modelUnavailable, "'\(name)' \(refusal)")
    }
    if let number = request.version, number != current.number {
      throw ServingError(
        .unknownModel,
        "new streams of '\(name)' run version \(current.number); the request names \(number)")
    }
    if let refusal = current.refusalOfStreams {
      throw ServingError(
        .refused, "'\(name)' takes whole sequences only, without an identifier: \(refusal)")
    }
    if case .restore(let snapshot) = request.action, snapshot.digest != current.model.digest {
      throw ServingError(
        .snapshotRefused,
        "the snapshot is of network \(snapshot.digest); \(current) is \(current.model.digest)")
    }
    return current
  }

  private func unknownStream(_ stream: StreamIdentifier, _ name: String) -> ServingError {
    let end = ended[stream].map { "stream \(stream) of '\(name)' \($0)" }
    return ServingError(
      .unknownStream,
      "\(end ?? "'\(name)' has no stream \(stream)"): start it first")
  }
}

extension ServedStream {
  /// - Throws: `overloaded`.
  fileprivate func checkQueue(_ request: StreamRequest, limit: Int) throws(ServingError) {
    let count = state.withLock { $0.waiting.count + $0.working }
    guard count < limit else {
      throw ServingError(
        .overloaded,
        "\(count) requests of stream \(request.stream) of '\(request.model)' wait, which is the limit",
        retryAfter: .zero)
    }
  }
}

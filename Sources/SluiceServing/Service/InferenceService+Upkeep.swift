/// What nobody asks for: streams that are idle, streams that lie in the store, the end.
extension InferenceService {
  /// Moves streams that are idle into the store and ends those that expired; unloads versions that
  /// nothing runs on any more. Returns when all of it is done.
  public func sweep() async {
    let now = context.clock.now
    await withTaskGroup { group in
      for model in allModels {
        let (chores, unused) = model.state.withLock { state in
          (state.takeChores(now: now, context.options), state.takeUnused())
        }
        model.report(unused)
        for chore in chores { group.addTask { await model.perform(chore) } }
      }
    }
  }

  /// Sweeps for ever, until the task is cancelled: often enough for the shortest timeout to be kept to a
  /// tenth, but not more often than each 50 ms and at least each second.
  public func run() async {
    while !Task.isCancelled {
      do {
        try await context.clock.sleep(until: context.clock.now + sweepInterval)
      } catch {
        return
      }
      await sweep()
    }
  }

  private var sweepInterval: Duration {
    var shortest = Duration.seconds(10)
    let options = context.options
    for timeout in [options.idleTimeout, options.expiry] {
      shortest = min(shortest, timeout ?? shortest)
    }
    if case .interval(let interval) = options.durability { shortest = min(shortest, interval) }
    return max(shortest / 10, .milliseconds(50))
  }

  /// Takes up the streams that an earlier service left in the store: each goes on with its next request.
  /// For the beginning, when models are loaded and no request has come yet.
  ///
  /// - Returns: how many were taken up. Those that no version can take stay in the store, with an event
  ///   each.
  @discardableResult
  public func takeUpStoredStreams() async throws(ServingError) -> Int {
    var versions: [String: [Int: Result<ModelVersion, ServingError>]] = [:]
    var count = 0
    for (address, number) in try await context.store.streams() {
      let known = versions[address.model]?[number]
      let version = known == nil ? await storedVersion(number, of: address.model) : known
      versions[address.model, default: [:]][number] = version
      switch version {
      case .success(let version):
        served(address.model).takeUp(address.stream, version)
        count += 1
      case .failure(let error):
        context.report(
          .streamLeftBehind(
            model: address.model, stream: address.stream, reason: error.message))
      case nil: break
      }
    }
    return count
  }

  /// A version for streams in the store: one that is loaded, or an older one from the repository.
  private func storedVersion(
    _ number: Int, of name: String
  ) async -> Result<ModelVersion, ServingError> {
    if let loaded = try? version(number, of: name), loaded.number == number {
      return .success(loaded)
    }
    let found = await onOwnThread { [self] in
      Result { () throws(ServingError) in try read(name, version: number) }
    }
    if case .success(let version) = found { served(name).addRetiring(version) }
    return found
  }

  /// Ends the service: no new streams from now on; those that are there may end for most of `timeout`;
  /// what is left then goes into the store. Returns when nothing is left, or after `timeout`.
  ///
  /// - Returns: streams that were still being worked on then; their last state is not in the store.
  @discardableResult
  public func drain(timeout: Duration) async -> Int {
    let begin = context.clock.now
    enter(.draining)
    context.report(.drainBegan)
    await quiet(until: begin + timeout - min(timeout / 4, .seconds(5)))
    enter(.closing)
    for model in allModels {
      for chore in model.state.withLock({ $0.takeSeated() }) {
        // Not awaited: a store that hangs does not hold the end up.
        Task.detached { await model.perform(chore) }
      }
    }
    await quiet(until: begin + timeout)
    let left = allModels.reduce(0) { $0 + $1.state.withLock { $0.activeCount } }
    context.report(.drainEnded(streamsLeft: left))
    return left
  }

  private func enter(_ phase: ServedModel.Phase) {
    let models = state.withLock { state in
      state.phase = phase
      return Array(state.models.values)
    }
    for model in models { model.state.withLock { $0.phase = phase } }
  }

  /// Returns when no stream is active, or at a time.
  private func quiet(until time: Duration) async {
    await withTaskGroup { group in
      for model in allModels { group.addTask { await model.quiet(until: time) } }
    }
  }

  private var allModels: [ServedModel] { state.withLock { Array($0.models.values) } }
}

extension ServedModel {
  /// A stream lies in the store and has no other owner.
  fileprivate func takeUp(_ identifier: StreamIdentifier, _ version: ModelVersion) {
    let now = context.clock.now
    var possession = Possession(version: version, lastPut: now)
    (possession.isLive, possession.isStored, possession.hasRecord) = (true, true, true)
    let stream = ServedStream(identifier, stored: possession, now: now)
    state.withLock { state in
      guard state.streams[identifier] == nil else { return }
      state.streams[identifier] = stream
    }
  }

  /// Returns when no stream is active, or at a time.
  fileprivate func quiet(until time: Duration) async {
    let pause = Pause()
    let timer = Task {
      try? await context.clock.sleep(until: time)
      pause.end()
    }
    let isQuiet = state.withLock { state in
      if state.activeCount > 0 { state.whenQuiet.append { pause.end() } }
      return state.activeCount == 0
    }
    if isQuiet { pause.end() }
    await pause.ended()
    timer.cancel()
  }
}

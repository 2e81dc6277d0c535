/// Streams are taken by owners and given back.
extension ServedModel {
  enum Return: Sendable {
    /// Nobody owns the stream any more. To be called then: who waited for the last active stream.
    case isDone(whenQuiet: [@Sendable () -> Void])
    /// A request came meanwhile.
    case isWanted
    /// The service ends: the state is to be put into the store first.
    case isToBeStored
  }

  /// Gives a stream back, unless something waits. One that is not live is gone then.
  ///
  /// - Parameter leavesSlot: whether the state lies in the store and the slot is wanted no more.
  func giveBack(
    _ possession: Possession, of stream: ServedStream, leavesSlot: Bool
  ) -> Return {
    state.withLock { state in
      guard stream.state.withLock({ $0.waiting.isEmpty }) else { return .isWanted }
      let hasSession = possession.seat?.session != nil
      if possession.isLive, hasSession, !leavesSlot, state.phase == .closing {
        return .isToBeStored
      }
      var kept = possession
      if !hasSession || leavesSlot { kept.seat = nil }
      if possession.isLive {
        stream.giveBack(kept)
      } else {
        state.streams[stream.identifier] = nil
      }
      if !possession.isLive || kept.seat == nil { state.activeCount -= 1 }
      return .isDone(whenQuiet: state.takeQuietCalls())
    }
  }

  /// What is to be done with a stream that nobody asks anything of.
  enum Upkeep: Sendable {
    case expire(idle: Duration)
    case hibernate
    case commit
  }

  /// A stream, taken for its upkeep.
  struct Chore: Sendable {
    let upkeep: Upkeep
    let stream: ServedStream
    let possession: Possession
  }

  /// Does an upkeep, as the stream's owner. What came meanwhile is served by somebody else, so that this
  /// returns however busy the stream is.
  func perform(_ chore: Chore) async {
    let stream = chore.stream
    var possession = chore.possession
    var leavesSlot = false
    switch chore.upkeep {
    case .expire(let idle):
      statistics.count(.expired)
      context.report(.streamExpired(model: name, stream: stream.identifier, idle: idle))
      await leave(stream, &possession)
    case .hibernate: leavesSlot = await store(stream, &possession)
    case .commit: _ = await save(stream, &possession)
    }
    while true {
      switch giveBack(possession, of: stream, leavesSlot: leavesSlot) {
      case .isWanted:
        Task.detached { [possession, leavesSlot] in
          await self.serve(stream, possession, leavesSlot: leavesSlot)
        }
        return
      case .isToBeStored: leavesSlot = await store(stream, &possession)
      case .isDone(let whenQuiet):
        possession.seat = nil
        for call in whenQuiet { call() }
        return
      }
    }
  }
}

extension ServedModel.State {
  /// Takes the streams whose time has come, of those that nobody owns.
  mutating func takeChores(now: Duration, _ options: ServingOptions) -> [ServedModel.Chore] {
    var chores: [ServedModel.Chore] = []
    var nextIdle: Duration?
    for stream in streams.values {
      guard let (upkeep, possession) = stream.takeForUpkeep(now: now, options, &nextIdle) else {
        continue
      }
      if case .expire(let idle) = upkeep {
        ended.add(stream.identifier, "expired after \(idle) without a request")
        if possession.seat == nil { activeCount += 1 }
      }
      chores.append(ServedModel.Chore(upkeep: upkeep, stream: stream, possession: possession))
    }
    retryAfter = max(options.retryAfter, nextIdle ?? .zero)
    return chores
  }

  /// Takes every stream that has a slot and that nobody owns, to be put into the store.
  mutating func takeSeated() -> [ServedModel.Chore] {
    streams.values.compactMap { stream in
      stream.state.withLock { state in
        guard let possession = state.possession, possession.seat != nil else { return nil }
        state.possession = nil
        return ServedModel.Chore(upkeep: .hibernate, stream: stream, possession: possession)
      }
    }
  }

  /// What is to be called now that no stream is active; nothing if one is.
  mutating func takeQuietCalls() -> [@Sendable () -> Void] {
    guard activeCount == 0 else { return [] }
    defer { whenQuiet = [] }
    return whenQuiet
  }
}

extension ServedStream {
  fileprivate func giveBack(_ possession: Possession) {
    state.withLock { state in
      state.possession = possession
      state.tail = possession.version
      state.leased = possession.seat == nil ? nil : possession.version
    }
  }

  /// Takes the stream out of nobody's hands if its time has come.
  ///
  /// - Parameter nextIdle: shortened to the time after which the stream would leave its slot.
  fileprivate func takeForUpkeep(
    now: Duration, _ options: ServingOptions, _ nextIdle: inout Duration?
  ) -> (ServedModel.Upkeep, Possession)? {
    state.withLock { state in
      guard let possession = state.possession,
        let upkeep = state.upkeep(of: possession, now: now, options, &nextIdle)
      else { return nil }
      state.possession = nil
      if case .expire = upkeep { state.tail = nil }
      return (upkeep, possession)
    }
  }
}

extension ServedStream.State {
  fileprivate func upkeep(
    of possession: Possession, now: Duration, _ options: ServingOptions,
    _ nextIdle: inout Duration?
  ) -> ServedModel.Upkeep? {
    let idle = now - lastUsed
    if let expiry = options.expiry, idle >= expiry { return .expire(idle: idle) }
    guard possession.seat != nil else { return nil }
    if let timeout = options.idleTimeout {
      guard idle < timeout else { return .hibernate }
      nextIdle = min(nextIdle ?? timeout, timeout - idle)
    }
    if case .interval(let interval) = options.durability, !possession.isStored,
      now - possession.lastPut >= interval
    {
      return .commit
    }
    return nil
  }
}

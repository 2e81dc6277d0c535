import Sluice

/// States go into the store and come back. All of it for the owner of the stream.
extension ServedModel {
  /// Puts the state into the store, so that the slot can be given back.
  ///
  /// - Returns: whether it can. If not, the stream stays where it is; when the service ends, it is lost.
  func store(_ stream: ServedStream, _ possession: inout Possession) async -> Bool {
    guard possession.isLive else { return false }
    guard await save(stream, &possession) else {
      if state.withLock({ $0.phase == .closing }) {
        statistics.count(.lost)
        await leave(stream, &possession)
      }
      return false
    }
    statistics.count(.hibernated)
    context.report(.streamHibernated(model: name, stream: stream.identifier))
    return true
  }

  /// Puts the state into the store where it is not there already; a failure is reported.
  ///
  /// - Returns: whether it is there.
  func save(_ stream: ServedStream, _ possession: inout Possession) async -> Bool {
    do throws(ServingError) {
      if !possession.isStored { try await put(stream, &possession) }
      return true
    } catch {
      context.report(
        .storeFailed(model: name, stream: stream.identifier, reason: error.message))
      return false
    }
  }

  /// Puts the state into the store if the service's durability asks for it now.
  ///
  /// - Returns: whether it did.
  /// - Throws: `storeFailed`, `deviceFailed`.
  func commit(
    _ stream: ServedStream, _ possession: inout Possession
  ) async throws(ServingError) -> Bool {
    guard !possession.isStored else { return false }
    switch context.options.durability {
    case .hibernation: return false
    case .everyFrame: break
    case .interval(let interval):
      guard context.clock.now - possession.lastPut >= interval else { return false }
    }
    do throws(ServingError) {
      try await put(stream, &possession)
      return true
    } catch {
      throw ServingError(
        error.code,
        "frame \(possession.framesTaken) of stream \(stream.identifier) was taken, and its state could "
          + "not be stored: \(error.message)", cause: error)
    }
  }

  /// Brings the state back into a session.
  func bringBack(
    _ stream: ServedStream, _ session: Session, _ possession: inout Possession
  ) async throws(ServingError) {
    let address = address(of: stream)
    guard let stored = try await context.store.stream(address) else {
      possession.isLive = false
      throw ServingError(
        .storeFailed, "the store has lost stream \(stream.identifier) of '\(name)': start it again")
    }
    do throws(SessionError) {
      let snapshot = try Snapshot(bytes: stored.snapshot)
      try session.restore(snapshot)
      possession.framesTaken = snapshot.framesConsumed + snapshot.framesPending
    } catch {
      throw ServingError(error)
    }
    possession.isStored = false
    statistics.count(.restored)
    context.report(.streamRestored(model: name, stream: stream.identifier))
    if !context.store.survivesRestart { await forget(stream, &possession) }
  }

  /// Ends the stream.
  func end(_ stream: ServedStream, _ possession: inout Possession) async {
    if possession.isLive { statistics.count(.ended) }
    await leave(stream, &possession)
  }

  /// There is no stream any more in what the owner has, nor in the store; its slot stays until it is given
  /// back.
  func leave(_ stream: ServedStream, _ possession: inout Possession) async {
    possession.isLive = false
    possession.isStored = false
    possession.framesTaken = 0
    await forget(stream, &possession)
  }

  /// Takes the stream's state out of the store.
  private func forget(_ stream: ServedStream, _ possession: inout Possession) async {
    guard possession.hasRecord else { return }
    do throws(ServingError) {
      try await context.store.remove(address(of: stream))
      possession.hasRecord = false
    } catch {
      context.report(
        .storeFailed(model: name, stream: stream.identifier, reason: error.message))
    }
  }

  private func put(
    _ stream: ServedStream, _ possession: inout Possession
  ) async throws(ServingError) {
    guard let session = possession.seat?.session else { return }
    let snapshot: Snapshot
    do { snapshot = try session.snapshot() } catch { throw ServingError(error) }
    try await context.store.put(
      StoredStream(
        address: address(of: stream), version: possession.version.number,
        snapshot: snapshot.bytes))
    possession.isStored = true
    possession.hasRecord = true
    possession.lastPut = context.clock.now
  }

  private func address(of stream: ServedStream) -> StreamAddress {
    StreamAddress(model: name, stream: stream.identifier)
  }
}

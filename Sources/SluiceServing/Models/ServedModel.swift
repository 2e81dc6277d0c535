import Synchronization

/// A model under its name: the version that new streams run, those that older streams finish on, and the
/// streams.
final class ServedModel: Sendable {
  struct State: Sendable {
    /// The version that new streams run; nil if none is loaded.
    var current: ModelVersion?
    /// Why there is none.
    var refusal = "is not loaded"
    /// Versions that take no new streams, until a sweep finds that no stream runs on them any more.
    var retiring: [ModelVersion] = []
    var streams: [StreamIdentifier: ServedStream] = [:]
    /// Of them, those that are not lying in the store, and whole sequences that wait or run.
    var activeCount = 0
    /// Whole sequences that wait or run.
    var sequenceCount = 0
    var ended = EndedStreams()
    var phase: Phase
    /// Called once no stream is active.
    var whenQuiet: [@Sendable () -> Void] = []
    /// When a slot may be free again, if nobody gives one back earlier.
    var retryAfter: Duration
  }

  /// How the service ends.
  enum Phase: Sendable {
    case open
    /// No stream begins.
    case draining
    /// Nothing is taken any more, and what is live goes into the store.
    case closing
  }

  let name: String
  let context: ServingContext
  let statistics: ModelStatistics
  let state: Mutex<State>

  init(_ name: String, _ context: ServingContext, phase: Phase) {
    self.name = name
    self.context = context
    statistics = ModelStatistics(clock: context.clock)
    state = Mutex(State(phase: phase, retryAfter: context.options.retryAfter))
  }

  /// Makes a version the one that new streams run; the one before retires. A version that computes the
  /// same under the same number stays.
  ///
  /// - Returns: whether anything changed.
  func makeCurrent(_ version: ModelVersion) -> Bool {
    let (changed, gone) = state.withLock { state -> (Bool, [ModelVersion]) in
      if let current = state.current, current.number == version.number,
        current.model.digest == version.model.digest
      {
        return (false, [])
      }
      if let current = state.current { state.retiring.append(current) }
      state.current = version
      return (true, state.takeUnused())
    }
    report(gone)
    return changed
  }

  /// New streams are refused; those that are there finish.
  ///
  /// - Parameter refusal: the end of the sentence "'name' …".
  func unload(_ refusal: String) {
    let gone = state.withLock { state -> [ModelVersion] in
      if let current = state.current { state.retiring.append(current) }
      state.current = nil
      state.refusal = refusal
      return state.takeUnused()
    }
    report(gone)
  }

  /// Adds a version for streams that lie in the store.
  func addRetiring(_ version: ModelVersion) { state.withLock { $0.retiring.append(version) } }

  /// The version that a number means, among all that are loaded; the current one for nil.
  ///
  /// - Throws: `modelUnavailable`, `unknownModel`.
  func version(_ number: Int?) throws(ServingError) -> ModelVersion {
    try state.withLock { state throws(ServingError) in try state.version(number, of: name) }
  }

  func report(_ gone: [ModelVersion]) {
    for version in gone {
      context.report(.versionUnloaded(model: version.name, version: version.number))
    }
  }
}

extension ServedModel.State {
  /// Streams that have a slot, or are about to.
  var activeStreamCount: Int { activeCount - sequenceCount }

  /// Takes out the versions that no stream runs on any more; looks at every stream.
  mutating func takeUnused() -> [ModelVersion] {
    guard !retiring.isEmpty else { return [] }
    let used = Set(
      streams.values.flatMap { stream in
        stream.state.withLock { state in
          [state.tail, state.leased, state.possession?.version].compactMap { version in
            version.map(ObjectIdentifier.init)
          }
        }
      })
    let gone = retiring.filter { !used.contains(ObjectIdentifier($0)) && $0.slotsInUse == 0 }
    retiring.removeAll { version in gone.contains { $0 === version } }
    return gone
  }

  func version(_ number: Int?, of name: String) throws(ServingError) -> ModelVersion {
    guard let current else {
      throw ServingError(.modelUnavailable, "'\(name)' \(refusal)")
    }
    guard let number, number != current.number else { return current }
    if let version = retiring.last(where: { $0.number == number }) { return version }
    throw ServingError(
      .unknownModel, "'\(name)' is served in version \(current.number), not \(number)")
  }
}

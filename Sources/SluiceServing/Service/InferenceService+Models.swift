import Sluice

/// Models come and go.
extension InferenceService {
  /// Serves a network that the caller has; it takes its time and blocks. What was served under that name
  /// finishes its streams.
  ///
  /// - Parameter classNames: what clients are told of the outputs.
  /// - Throws: `modelRefused`.
  public func add(
    _ network: Model, name: String, version: Int = 1, classNames: ClassNames = ClassNames()
  ) throws(ServingError) {
    guard ModelRepository.isName(name), version > 0 else {
      throw ServingError(
        .modelRefused,
        "'\(name)' version \(version): expected a name of letters, digits, '.', '_' and '-', and a "
          + "version from 1")
    }
    install(try prepared(network, name: name, number: version, classNames))
  }

  /// Reads the newest version of a model from the repository and lets new streams run it. Streams that
  /// are there finish on the version on which they began. Runs on a thread of its own.
  ///
  /// - Parameter version: another than the newest.
  /// - Throws: `unknownModel`, `modelRefused`: what was served before goes on; `modelUnavailable` while
  ///   the same name is being loaded; `draining`.
  public func load(_ name: String, version: Int? = nil) async throws(ServingError) {
    let isFirst = state.withLock { state in
      state.phase == .open && state.loading.insert(name).inserted
    }
    guard isFirst else {
      throw state.withLock({ $0.phase }) == .open
        ? ServingError(
          .modelUnavailable, "'\(name)' is being loaded", retryAfter: context.options.retryAfter)
        : ServingError(
          .draining, "the server is ending and loads nothing",
          retryAfter: context.options.retryAfter)
    }
    defer { state.withLock { _ = $0.loading.remove(name) } }
    let found = await onOwnThread { [self] in
      Result { () throws(ServingError) in try read(name, version: version) }
    }
    install(try found.get())
  }

  /// Loads every model of the repository, then takes up the streams that lie in the store.
  ///
  /// - Returns: what could not be loaded, by name; the others are served.
  public func loadAll() async throws(ServingError) -> [String: ServingError] {
    var failures: [String: ServingError] = [:]
    for name in try repository?.names() ?? [] {
      do throws(ServingError) { try await load(name) } catch { failures[name] = error }
    }
    return failures
  }

  /// New streams of a model are refused; those that are there finish.
  ///
  /// - Throws: `unknownModel`.
  public func unload(_ name: String) throws(ServingError) {
    try model(name).unload("was unloaded")
  }

  /// What is served under a name, the newest version or one on which streams still run.
  ///
  /// - Throws: `unknownModel`, `modelUnavailable`.
  public func version(
    _ number: Int? = nil, of name: String
  ) throws(ServingError) -> ModelVersion {
    try model(name).version(number)
  }

  /// Names that are or were served, and those that the repository has beside them; sorted.
  public func modelNames() throws(ServingError) -> [String] {
    Set(state.withLock { Array($0.models.keys) } + (try repository?.names() ?? [])).sorted()
  }

  /// Reads a version from the repository; blocks.
  func read(_ name: String, version: Int?) throws(ServingError) -> ModelVersion {
    guard let repository else {
      throw ServingError(
        .unknownModel, "'\(name)' cannot be loaded: the server was started without a repository")
    }
    let (network, number, classNames) = try repository.model(name, version: version)
    return try prepared(network, name: name, number: number, classNames)
  }

  private func prepared(
    _ network: Model, name: String, number: Int, _ classNames: ClassNames
  ) throws(ServingError) -> ModelVersion {
    var options = context.options.engine
    let (log, context) = (options.log, context)
    options.log = { sentence in
      log?(sentence)
      context.report(.engineSaid(model: name, sentence: sentence))
    }
    do {
      return try ModelVersion(
        network, name: name, number: number, classNames: classNames, options: options)
    } catch {
      throw ServingError(.modelRefused, "'\(name)': \(error.message)", cause: error)
    }
  }

  private func install(_ version: ModelVersion) {
    let model = served(version.name)
    guard model.makeCurrent(version) else { return }
    context.report(
      .versionLoaded(model: version.name, version: version.number, slots: version.slotCount))
  }

  /// The model of a name, made if there is none.
  func served(_ name: String) -> ServedModel {
    state.withLock { state in
      if let model = state.models[name] { return model }
      let model = ServedModel(name, context, phase: state.phase)
      state.models[name] = model
      return model
    }
  }
}

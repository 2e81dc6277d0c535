import Sluice
import Synchronization
import Tracing

/// Serves the streams of many clients on one or several models, without knowing how they are connected.
///
///     let service = InferenceService(options)
///     try service.add(Model(path: "net.onnx"), name: "net")
///     let answer = try await service.answer(
///       to: StreamRequest(
///         model: "net", stream: id, action: .frames(["x": frame]), starts: true))
///
/// Every transport puts requests in with `submit`, which never waits: requests of one stream are served in
/// the order in which they were put in, one at a time; those of different streams step together in the
/// model's engine. What cannot be served is refused at once.
public final class InferenceService: Sendable {
  let context: ServingContext
  let sequences: BlockingCalls
  let repository: ModelRepository?
  let state = Mutex(State())

  struct State: Sendable {
    var models: [String: ServedModel] = [:]
    /// Names that are being loaded.
    var loading: Set<String> = []
    var phase = ServedModel.Phase.open
  }

  /// - Parameters:
  ///   - repository: where `load` finds models; nil if all are added by `add`.
  ///   - store: of this service alone.
  ///   - tracer: makes spans of requests, as `RequestSpan` says; nil, and nothing is spent on them.
  ///   - onEvent: is told what happens; from any thread, and must not call the service back.
  public init(
    _ options: ServingOptions = ServingOptions(), repository: ModelRepository? = nil,
    store: any StateStore = MemoryStateStore(), clock: any ServingClock = MonotonicClock(),
    tracer: (any Tracer)? = nil,
    onEvent: @escaping @Sendable (ServingEvent) -> Void = { _ in }
  ) {
    context = ServingContext(options, store, clock, tracer, onEvent: onEvent)
    sequences = BlockingCalls(
      threads: options.sequenceThreads, maximumWaiting: options.maximumWaitingSequences)
    self.repository = repository
  }

  public var options: ServingOptions { context.options }
  public var clock: any ServingClock { context.clock }

  /// Puts a stream's request in its place.
  ///
  /// - Parameters:
  ///   - servesHere: whether the caller's thread may run the step before this returns, where nothing else
  ///     has to be done first: quicker than to leave it to another, if `answer` puts in no request itself.
  ///   - answer: called once with what came of it, from any thread, perhaps before this returns; it must
  ///     not block. Errors are those of `ServingError` but for `modelRefused`.
  public func submit(
    _ request: StreamRequest, servesHere: Bool = false,
    answer: @escaping @Sendable (Result<StreamAnswer, ServingError>) -> Void
  ) {
    do throws(ServingError) {
      try model(request.model).submit(request, servesHere: servesHere, answer: answer)
    } catch {
      context.traces?.record(refusal: error, of: request)
      answer(.failure(error))
    }
  }

  /// Likewise for whole sequences, which run beside the streams on threads of their own.
  public func submit(
    _ request: SequenceRequest,
    answer: @escaping @Sendable (Result<SequenceAnswer, ServingError>) -> Void
  ) {
    do throws(ServingError) {
      try model(request.model).submit(request, on: sequences, answer: answer)
    } catch {
      context.traces?.record(refusal: error, of: request)
      answer(.failure(error))
    }
  }

  /// `submit`, awaited. The request has its place in its stream before this suspends. Cancelling the task
  /// takes nothing back.
  nonisolated(nonsending) public func answer(
    to request: StreamRequest
  ) async throws(ServingError) -> StreamAnswer {
    let result = await withCheckedContinuation { continuation in
      submit(request) { continuation.resume(returning: $0) }
    }
    return try result.get()
  }

  /// Likewise.
  nonisolated(nonsending) public func answer(
    to request: SequenceRequest
  ) async throws(ServingError) -> SequenceAnswer {
    let result = await withCheckedContinuation { continuation in
      submit(request) { continuation.resume(returning: $0) }
    }
    return try result.get()
  }

  /// How everything stands; models by name.
  public var report: StatisticsReport {
    let (models, phase) = state.withLock { ($0.models, $0.phase) }
    return StatisticsReport(
      models: models.values.sorted { $0.name < $1.name }.map(\.report),
      queuedBytes: context.queuedBytes, sequencesWaiting: sequences.waitingCount,
      isDraining: phase != .open)
  }

  /// - Throws: `unknownModel`.
  func model(_ name: String) throws(ServingError) -> ServedModel {
    guard let model = state.withLock({ $0.models[name] }) else {
      throw ServingError(.unknownModel, "there is no model '\(name)'")
    }
    return model
  }
}

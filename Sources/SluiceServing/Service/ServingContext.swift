import Synchronization
import Tracing

/// What all models of a service share.
final class ServingContext: Sendable {
  /// With the durability that the store can give.
  let options: ServingOptions
  let store: any StateStore
  let clock: any ServingClock
  /// nil where nobody traces.
  let traces: RequestTraces?
  /// Rows of frames. Apart from whole sequences, which would keep live streams waiting.
  let rows: BlockingCalls
  private let onEvent: @Sendable (ServingEvent) -> Void
  /// Of requests that wait or are worked on.
  private let queued = Atomic(0)

  init(
    _ options: ServingOptions, _ store: any StateStore, _ clock: any ServingClock,
    _ tracer: (any Tracer)?, onEvent: @escaping @Sendable (ServingEvent) -> Void
  ) {
    var options = options
    if !store.survivesRestart { options.durability = .hibernation }
    (self.options, self.store, self.clock, self.onEvent) = (options, store, clock, onEvent)
    traces = tracer.map { RequestTraces(tracer: $0) }
    rows = BlockingCalls(
      threads: options.rowThreads, maximumWaiting: options.maximumWaitingRows)
  }

  func report(_ event: ServingEvent) { onEvent(event) }

  /// Bytes of requests that wait or are worked on.
  var queuedBytes: Int { queued.load(ordering: .relaxed) }

  /// Makes room for a request's bytes.
  ///
  /// - Returns: false if there is none.
  func reserve(_ bytes: Int) -> Bool {
    let (before, after) = queued.add(bytes, ordering: .relaxed)
    // A single request is taken whatever its size: transports bound that.
    guard before > 0, after > options.maximumQueuedBytes else { return true }
    queued.subtract(bytes, ordering: .relaxed)
    return false
  }

  /// The request is answered.
  func free(_ bytes: Int) { queued.subtract(bytes, ordering: .relaxed) }

  /// A time of the service's clock by the clock of engines.
  func moment(of deadline: Duration?) -> ContinuousClock.Instant? {
    deadline.map { .now + ($0 - clock.now) }
  }

  /// Why `reserve` refused.
  func tooManyBytes(_ bytes: Int) -> ServingError {
    ServingError(
      .overloaded,
      "requests of \(queuedBytes) bytes wait; with the \(bytes) of this one they pass the limit of "
        + "\(options.maximumQueuedBytes)", retryAfter: options.retryAfter)
  }
}

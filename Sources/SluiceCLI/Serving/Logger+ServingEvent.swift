import Logging
import SluiceServing
import SluiceTracing

extension Logger {
  /// One line for what happened in a service.
  func record(_ event: ServingEvent) {
    switch event {
    case .versionLoaded(let model, let version, let slots):
      log(.info, "model loaded", model, ["version": "\(version)", "streams": "\(slots)"])
    case .versionUnloaded(let model, let version):
      log(.info, "model unloaded", model, ["version": "\(version)"])
    case .streamHibernated(let model, let stream):
      log(.debug, "stream stored", model, ["stream": "\(stream)"])
    case .streamRestored(let model, let stream):
      log(.debug, "stream restored", model, ["stream": "\(stream)"])
    case .streamExpired(let model, let stream, let idle):
      log(.info, "stream expired", model, ["stream": "\(stream)", "idle": "\(idle)"])
    case .streamLeftBehind(let model, let stream, let reason):
      log(
        .warning, "stream left in the store", model, ["stream": "\(stream)", "reason": "\(reason)"])
    case .storeFailed(let model, let stream, let reason):
      log(.error, "store failed", model, ["stream": "\(stream)", "reason": "\(reason)"])
    case .engineSaid(let model, let sentence):
      log(.info, "\(sentence)", model, [:])
    case .drainBegan: notice("draining: no new streams")
    case .drainEnded(let streamsLeft):
      notice("drained", metadata: ["streams_left": "\(streamsLeft)"])
    }
  }

  /// One line for the spans of a server that has ended.
  func record(_ spans: SpanSummary) {
    var metadata: Metadata = ["written": "\(spans.written)"]
    guard spans.dropped > 0 else { return info("spans written", metadata: metadata) }
    metadata["dropped"] = "\(spans.dropped)"
    if let failure = spans.failure { metadata["reason"] = "\(failure)" }
    warning("spans dropped", metadata: metadata)
  }

  private func log(
    _ level: Level, _ message: Message, _ model: String, _ metadata: Metadata
  ) {
    log(level: level, message, metadata: metadata.merging(["model": "\(model)"]) { own, _ in own })
  }
}

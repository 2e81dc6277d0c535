import Synchronization
import Tracing

/// A span of `FileTracer`; one that is not kept records nothing.
public final class FileSpan: Span {
  public let context: ServiceContext
  /// nil once it has ended, and where it is not kept.
  private let record: Mutex<SpanRecord?>
  private let file: SpanFile?

  /// One that is not kept.
  init(_ context: ServiceContext) {
    self.context = context
    record = Mutex(nil)
    file = nil
  }

  init(_ context: ServiceContext, _ record: SpanRecord, _ file: SpanFile) {
    self.context = context
    self.record = Mutex(record)
    self.file = file
  }

  public var isRecording: Bool { record.withLock { $0 != nil } }

  /// Empty where nothing is recorded.
  public var operationName: String {
    get { record.withLock { $0?.name ?? "" } }
    set { record.withLock { $0?.name = newValue } }
  }

  public var attributes: SpanAttributes {
    get { record.withLock { $0?.attributes ?? [:] } }
    set { record.withLock { $0?.attributes = newValue } }
  }

  public func setStatus(_ status: SpanStatus) { record.withLock { $0?.status = status } }

  public func addEvent(_ event: SpanEvent) { record.withLock { $0?.events.append(event) } }

  public func addLink(_ link: SpanLink) { record.withLock { $0?.links.append(link) } }

  /// An event by OpenTelemetry's conventions for exceptions.
  public func recordError<Instant: TracerInstant>(
    _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
  ) {
    guard isRecording else { return }
    var attributes = attributes
    attributes["exception.type"] = String(reflecting: type(of: error))
    attributes["exception.message"] = "\(error)"
    addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
  }

  public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
    let ended = record.withLock { record in
      defer { record = nil }
      return record
    }
    guard var ended else { return }
    ended.end = instant().nanosecondsSinceEpoch
    file?.add(ended)
  }
}

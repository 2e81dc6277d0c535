import Tracing

/// What is known of a span. Times in nanoseconds since 1970.
struct SpanRecord: Sendable {
  let place: TraceContext
  /// nil for the root of a trace.
  let parent: TraceContext?
  var name: String
  let kind: SpanKind
  let start: UInt64
  var end: UInt64 = 0
  var attributes: SpanAttributes = [:]
  var events: [SpanEvent] = []
  var links: [SpanLink] = []
  var status: SpanStatus?

  init(place: TraceContext, parent: TraceContext?, name: String, kind: SpanKind, start: UInt64) {
    self.place = place
    self.parent = parent
    self.name = name
    self.kind = kind
    self.start = start
  }
}

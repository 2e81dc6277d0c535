import Sluice
import Tracing

/// Makes the spans of requests, `RequestSpan`, once they are answered.
///
/// The service's clock says how long everything took; the tracer's, at the answer, when that was.
struct RequestTraces: Sendable {
  /// What came of a part of a request's turn.
  enum Part: Sendable {
    /// There was none.
    case absent
    case done
    case failed
  }

  let tracer: any Tracer

  /// A stream's request had its turn.
  ///
  /// - Parameter version: of the model that the stream runs.
  func record(
    _ request: StreamRequest, _ result: Result<StreamAnswer, ServingError>, version: Int,
    _ latencies: Latencies, step: Part, store: Part
  ) {
    let moments = Moments(latencies)
    let span = start("\(request.verb) \(request.model)", request.parent, at: moments.arrival)
    defer { span.end(at: moments.answer) }
    guard span.isRecording else { return }
    var attributes = request.attributes
    attributes[RequestSpan.Attribute.version] = .int64(Int64(version))
    switch result {
    case .success(let answer):
      attributes[RequestSpan.Attribute.framesTaken] = .int64(Int64(answer.framesTaken))
      if answer.wasHibernated { attributes[RequestSpan.Attribute.wasRestored] = .bool(true) }
    case .failure(let error): refuse(span, error, &attributes, at: moments.answer)
    }
    span.attributes = SpanAttributes(attributes)
    part(RequestSpan.queue, of: span, .done, moments.arrival, moments.turn)
    part(RequestSpan.step, of: span, step, moments.turn, moments.outputs)
    part(RequestSpan.store, of: span, store, moments.outputs, moments.answer)
  }

  /// Whole sequences had their turn.
  func record(
    _ request: SequenceRequest, _ result: Result<SequenceAnswer, ServingError>, version: Int,
    _ latencies: Latencies
  ) {
    let moments = Moments(latencies)
    let span = start("infer \(request.model)", request.parent, at: moments.arrival)
    defer { span.end(at: moments.answer) }
    guard span.isRecording else { return }
    var attributes = request.attributes
    attributes[RequestSpan.Attribute.version] = .int64(Int64(version))
    var step = Part.done
    if case .failure(let error) = result {
      refuse(span, error, &attributes, at: moments.answer)
      step = .failed
    }
    span.attributes = SpanAttributes(attributes)
    part(RequestSpan.queue, of: span, .done, moments.arrival, moments.turn)
    part(RequestSpan.step, of: span, step, moments.turn, moments.outputs)
  }

  /// A stream's request was refused when it came.
  func record(refusal error: ServingError, of request: StreamRequest) {
    record(error, "\(request.verb) \(request.model)", request.attributes, request.parent)
  }

  /// Likewise whole sequences.
  func record(refusal error: ServingError, of request: SequenceRequest) {
    record(error, "infer \(request.model)", request.attributes, request.parent)
  }

  private func record(
    _ error: ServingError, _ name: String, _ attributes: [String: SpanAttribute],
    _ parent: ServiceContext?
  ) {
    let now = DefaultTracerClock.now
    let span = start(name, parent, at: now)
    defer { span.end(at: now) }
    guard span.isRecording else { return }
    var attributes = attributes
    refuse(span, error, &attributes, at: now)
    span.attributes = SpanAttributes(attributes)
  }

  private func start(
    _ name: String, _ parent: ServiceContext?, at instant: DefaultTracerClock.Timestamp
  ) -> any Span {
    tracer.startSpan(name, context: parent ?? .topLevel, ofKind: .server, at: instant)
  }

  private func part(
    _ name: String, of span: any Span, _ outcome: Part, _ begin: DefaultTracerClock.Timestamp,
    _ end: DefaultTracerClock.Timestamp
  ) {
    guard outcome != .absent else { return }
    let part = tracer.startSpan(name, context: span.context, ofKind: .internal, at: begin)
    if outcome == .failed { part.setStatus(SpanStatus(code: .error)) }
    part.end(at: end)
  }

  private func refuse(
    _ span: any Span, _ error: ServingError, _ attributes: inout [String: SpanAttribute],
    at instant: DefaultTracerClock.Timestamp
  ) {
    attributes[RequestSpan.Attribute.error] = .string(error.code.name)
    span.recordError(error, attributes: [:], at: instant)
    span.setStatus(SpanStatus(code: .error, message: error.message))
  }
}

/// When the parts of a request began and ended that is answered now.
private struct Moments {
  let arrival: DefaultTracerClock.Timestamp
  let turn: DefaultTracerClock.Timestamp
  let outputs: DefaultTracerClock.Timestamp
  let answer: DefaultTracerClock.Timestamp

  init(_ latencies: Latencies) {
    let now = DefaultTracerClock.now.nanosecondsSinceEpoch
    let begin = now - min(now, latencies.total.nanoseconds)
    arrival = Moments.after(begin, .zero)
    turn = Moments.after(begin, latencies.queue)
    outputs = Moments.after(begin, latencies.queue + latencies.step)
    answer = Moments.after(begin, latencies.total)
  }

  private static func after(
    _ begin: UInt64, _ duration: Duration
  ) -> DefaultTracerClock.Timestamp {
    DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: begin + duration.nanoseconds)
  }
}

extension StreamRequest {
  /// What it does, in a word.
  fileprivate var verb: String {
    switch action {
    case .frames: "infer"
    case .snapshot: "snapshot"
    case .restore: "restore"
    case .none: starts ? "start" : ends ? "end" : "request"
    }
  }

  fileprivate var attributes: [String: SpanAttribute] {
    [
      RequestSpan.Attribute.model: .string(model),
      RequestSpan.Attribute.stream: .string(stream.text),
    ]
  }
}

extension SequenceRequest {
  fileprivate var attributes: [String: SpanAttribute] {
    [RequestSpan.Attribute.model: .string(model)]
  }
}

extension Result {
  /// What came of a part that ended so.
  var part: RequestTraces.Part {
    switch self {
    case .success: .done
    case .failure: .failed
    }
  }
}

import SluiceFormats
import Tracing

/// A tracer that appends spans to a file, each as a line of OTLP/JSON: what the OpenTelemetry collector's
/// receiver `otlpjsonfile` reads
/// (https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/).
///
///     let tracer = try FileTracer(path: "spans.jsonl", service: "sluice", sample: 0.1)
///     let service = InferenceService(options, tracer: tracer)
///     ...
///     let summary = tracer.close()
///
/// Parents come and go as W3C Trace Context. A trace that begins here is kept by chance; for one that a
/// client began, the client has said whether it is kept. A thread of its own writes what has ended.
public struct FileTracer: Tracer {
  private let file: SpanFile
  private let identifiers: SpanIdentifiers
  /// Traces that begin here are kept if what is random in their identifier is below.
  private let threshold: UInt64

  /// Bits of a trace's identifier that are random by OpenTelemetry's conventions: the last.
  private static let randomBits = 56

  /// - Parameters:
  ///   - path: a file to append to, made if there is none.
  ///   - service: `service.name` of the spans.
  ///   - sample: the part of the traces that is kept, 0…1, of those that begin here.
  /// - Throws: `unreadable` if the file cannot be written.
  public init(path: String, service: String, sample: Double = 1) throws(FormatError) {
    self.init(try SpanFile(path: path, service: service), sample: sample)
  }

  init(_ file: SpanFile, sample: Double) {
    self.file = file
    identifiers = SpanIdentifiers()
    threshold = UInt64(max(0, min(1, sample)) * Double(1 << FileTracer.randomBits))
  }

  /// Writes what has ended and ends the file: spans that end later are dropped.
  public func close() -> SpanSummary { file.close() }

  /// Writes what has ended; returns when it is written.
  public func forceFlush() { file.flush() }

  public func startSpan<Instant: TracerInstant>(
    _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
    at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
  ) -> FileSpan {
    var context = context()
    let parent = context.traceContext
    let own = place(under: parent)
    context.traceContext = own
    guard own.isSampled else { return FileSpan(context) }
    let record = SpanRecord(
      place: own, parent: parent, name: operationName, kind: kind,
      start: instant().nanosecondsSinceEpoch)
    return FileSpan(context, record, file)
  }

  private func place(under parent: TraceContext?) -> TraceContext {
    let spanID = identifiers.next()
    if var place = parent {
      place.spanID = spanID
      place.isRemote = false
      return place
    }
    let random = identifiers.next()
    return TraceContext(
      traceID: UInt128(identifiers.next()) << 64 | UInt128(random), spanID: spanID,
      isSampled: random & (1 << FileTracer.randomBits - 1) < threshold)
  }
}

/// Parents in headers.
extension FileTracer {
  public func extract<Carrier, Extract: Extractor>(
    _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
  ) where Extract.Carrier == Carrier {
    guard let parent = extractor.extract(key: TraceContext.parentHeader, from: carrier) else {
      return
    }
    let state = extractor.extract(key: TraceContext.stateHeader, from: carrier)
    if let place = TraceContext(parent: parent, state: state) { context.traceContext = place }
  }

  public func inject<Carrier, Inject: Injector>(
    _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
  ) where Inject.Carrier == Carrier {
    guard let place = context.traceContext else { return }
    injector.inject(place.parent, forKey: TraceContext.parentHeader, into: &carrier)
    guard !place.state.isEmpty else { return }
    injector.inject(place.state, forKey: TraceContext.stateHeader, into: &carrier)
  }
}

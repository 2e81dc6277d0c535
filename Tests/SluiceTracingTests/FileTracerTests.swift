import SluiceFormats
import SluiceTestSupport
import Testing
import Tracing

@testable import SluiceTracing

@Suite("Spans in a file", .timeLimit(.minutes(10)))
struct FileTracerTests {
  private static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

  /// Headers as a list of names and values.
  private struct Headers: Extractor, Injector {
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }

    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
      carrier[key] = value
    }
  }

  private func tracer(_ folder: TemporaryPath, sample: Double = 1) throws -> FileTracer {
    try FileTracer(path: folder.path, service: "test", sample: sample)
  }

  private func context(_ headers: [String: String], _ tracer: FileTracer) -> ServiceContext {
    var context = ServiceContext.topLevel
    tracer.extract(headers, into: &context, using: Headers())
    return context
  }

  private func instant(_ nanoseconds: UInt64) -> DefaultTracerClock.Timestamp {
    DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: nanoseconds)
  }

  private struct Failure: Error, CustomStringConvertible { var description: String }

  @Test func `a span is read back as it was, and names its parent`() throws {
    let file = TemporaryPath()
    let tracer = try tracer(file)
    let client = context(["traceparent": Self.parent, "tracestate": "a=1, b=2"], tracer)
    let span = tracer.startSpan("outer", context: client, ofKind: .server, at: instant(1000))
    let child = tracer.startSpan("inner", context: span.context, at: instant(1 << 60))
    span.attributes = [
      "text": "\"é\"\n", "whole": 9_007_199_254_740_992, "flag": true, "half": 0.5,
      "row": .doubleArray([0.25, 1]),
    ]
    span.attributes["late"] = "yes"
    span.addLink(SpanLink(context: child.context, attributes: [:]))
    span.recordError(Failure(description: "no"), attributes: [:], at: instant(1500))
    span.setStatus(SpanStatus(code: .error, message: "it failed"))
    span.operationName = "renamed"
    child.end(at: instant(1 << 60 + 5))
    span.end(at: instant(2000))
    #expect(!span.isRecording)
    span.attributes["late"] = "no"
    span.end(at: instant(3000))
    #expect(tracer.close() == SpanSummary(written: 2))

    let spans = try SpanLine.all(file.path, service: "test")
    let (inner, outer) = (try #require(spans.first), try #require(spans.last))
    #expect((outer.name, outer.kind, inner.name, inner.kind) == ("renamed", 2, "inner", 1))
    #expect(outer.traceId == "0af7651916cd43dd8448eb211c80319c")
    #expect(outer.parentSpanId == "b7ad6b7169203331")
    #expect((outer.traceState, inner.traceState) == ("a=1,b=2", "a=1,b=2"))
    #expect((inner.traceId, inner.parentSpanId) == (outer.traceId, outer.spanId))
    #expect((outer.flags, inner.flags) == (0x301, 0x101))
    #expect((outer.startTimeUnixNano, outer.endTimeUnixNano) == ("1000", "2000"))
    #expect(
      (inner.startTimeUnixNano, inner.endTimeUnixNano)
        == ("1152921504606846976", "1152921504606846981"))
    #expect(outer.attributes?.map(\.key) == ["flag", "half", "late", "row", "text", "whole"])
    #expect(outer.text("text") == "\"é\"\n")
    #expect(outer.text("whole") == "9007199254740992")
    #expect((outer.text("flag"), outer.text("half")) == ("true", "0.5"))
    #expect(outer.text("late") == "yes")
    #expect(
      outer.attributes?[3].value.arrayValue?.values.map(\.doubleValue) == [0.25, 1])
    #expect((outer.status?.code, outer.status?.message) == (2, "it failed"))
    #expect(outer.links?.map(\.spanId) == [inner.spanId])
    let event = try #require(outer.events?.first)
    #expect((event.name, event.timeUnixNano) == ("exception", "1500"))
    #expect(event.attributes?.first?.value.stringValue == "no")
    #expect(inner.attributes == nil)
  }

  @Test func `the place of a span goes on to whom is asked in it`() throws {
    let file = TemporaryPath()
    let tracer = try tracer(file)
    let span = tracer.startSpan(
      "a", context: context(["traceparent": Self.parent, "tracestate": "a=1"], tracer))
    var sent: [String: String] = [:]
    tracer.inject(span.context, into: &sent, using: Headers())
    span.end()
    _ = tracer.close()
    let written = try #require(try SpanLine.all(file.path, service: "test").first)
    #expect(
      sent == [
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-\(written.spanId)-01",
        "tracestate": "a=1",
      ])
  }

  @Test func `headers that are malformed are none`() throws {
    let tracer = try tracer(TemporaryPath())
    for headers in [[:], ["traceparent": "00-0-0-01"], ["tracestate": "a=1"]] {
      #expect(context(headers, tracer).isEmpty)
    }
  }

  @Test(arguments: [
    (0, parent, 1), (1, "\(parent.dropLast(2))00", 0), (1, nil, 1), (0, nil, 0),
  ])
  func `a client's trace is kept if it says so, others by the ratio`(
    _ sample: Double, _ parent: String?, _ count: Int
  ) throws {
    let file = TemporaryPath()
    let tracer = try tracer(file, sample: sample)
    let client = context(parent.map { ["traceparent": $0] } ?? [:], tracer)
    let span = tracer.startSpan("outer", context: client)
    #expect(span.isRecording == (count > 0))
    // A child has what its parent has.
    tracer.startSpan("inner", context: span.context).end()
    span.end()
    #expect(tracer.close().written == 2 * count)
    #expect(try SpanLine.all(file.path, service: "test").count == 2 * count)
  }

  @Test func `of many traces a quarter is kept where a quarter is asked for`() throws {
    let file = TemporaryPath()
    let tracer = try tracer(file, sample: 0.25)
    for _ in 0..<4000 { tracer.startSpan("a", context: .topLevel).end() }
    // Ten standard deviations.
    #expect((730...1270).contains(tracer.close().written))
    let spans = try SpanLine.all(file.path, service: "test")
    #expect(Set(spans.map(\.traceId)).count == spans.count)
    #expect(Set(spans.map(\.spanId)).count == spans.count)
  }

  @Test func `a file that is there grows`() throws {
    let file = TemporaryPath()
    for name in ["first", "second"] {
      let tracer = try tracer(file)
      tracer.startSpan(name, context: .topLevel).end()
      _ = tracer.close()
    }
    #expect(try SpanLine.all(file.path, service: "test").map(\.name) == ["first", "second"])
  }

  @Test func `what waits is written while the tracer goes on, without being asked`() async throws {
    let file = TemporaryPath()
    let tracer = try tracer(file)
    tracer.startSpan("a", context: .topLevel).end()
    while try SpanLine.all(file.path, service: "test").isEmpty {
      try await Task.sleep(for: .milliseconds(5))
    }
    tracer.startSpan("b", context: .topLevel).end()
    tracer.forceFlush()
    #expect(try SpanLine.all(file.path, service: "test").map(\.name) == ["a", "b"])
    #expect(tracer.close().written == 2)
  }

  @Test func `spans for which there is no room, and those that come too late, are counted`() throws
  {
    let path = TemporaryPath()
    // Nothing is written before it is closed.
    let file = try SpanFile(path: path.path, service: "test", limit: 2, pause: .seconds(3600))
    let tracer = FileTracer(file, sample: 1)
    let late = tracer.startSpan("late", context: .topLevel)
    for number in 0..<5 { tracer.startSpan("\(number)", context: .topLevel).end() }
    #expect(tracer.close() == SpanSummary(written: 2, dropped: 3))
    late.end()
    #expect(tracer.close() == SpanSummary(written: 2, dropped: 4))
    #expect(try SpanLine.all(path.path, service: "test").map(\.name) == ["0", "1"])
  }

  @Test func `spans of many tasks are each written or counted`() async throws {
    let path = TemporaryPath()
    let file = try SpanFile(path: path.path, service: "test", limit: 500, pause: .milliseconds(1))
    let tracer = FileTracer(file, sample: 1)
    await withTaskGroup { group in
      for task in 0..<8 {
        group.addTask {
          for _ in 0..<500 {
            let span = tracer.startSpan("\(task)", context: .topLevel)
            span.attributes["task"] = task
            span.end()
          }
        }
      }
    }
    let summary = tracer.close()
    #expect(summary.written + summary.dropped == 4000)
    let spans = try SpanLine.all(path.path, service: "test")
    #expect(spans.count == summary.written)
    #expect(spans.allSatisfy { $0.text("task") == $0.name })
  }

  @Test func `a file that cannot be written is refused`() throws {
    let file = TemporaryPath()
    for path in ["/", "\(file.path)/nothing/spans", ""] {
      let error = #expect(throws: FormatError.self) {
        try FileTracer(path: path, service: "test")
      }
      #expect(error?.message.hasPrefix("\(path): ") == true, "\(error?.message ?? "")")
    }
  }

  @Test func `what the system does not take is counted, with the reason`() throws {
    let tracer = try FileTracer(path: "/dev/full", service: "test")
    for _ in 0..<3 { tracer.startSpan("a", context: .topLevel).end() }
    let summary = tracer.close()
    #expect((summary.written, summary.dropped) == (0, 3))
    #expect(summary.failure == "/dev/full: cannot be written: No space left on device")
  }
}

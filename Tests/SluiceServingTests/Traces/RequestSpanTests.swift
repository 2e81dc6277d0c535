import InMemoryTracing
import Sluice
import SluiceServing
import Synchronization
import Testing
import Tracing

@Suite("Spans of requests", .timeLimit(.minutes(10)))
struct RequestSpanTests {
  /// The spans of a request that was answered, those that ended first, first.
  private func spans(
    _ tracer: InMemoryTracer, _ names: [String]
  ) throws -> [FinishedInMemorySpan] {
    let spans = tracer.popFinishedSpans()
    try #require(spans.map(\.operationName) == names)
    return spans
  }

  private func milliseconds(_ span: FinishedInMemorySpan) -> Int {
    nanoseconds(from: span.startInstant, to: span.endInstant) / 1_000_000
  }

  /// How long after another it begins, in nanoseconds.
  private func offset(_ span: FinishedInMemorySpan, in outer: FinishedInMemorySpan) -> Int {
    nanoseconds(from: outer.startInstant, to: span.startInstant)
  }

  private func nanoseconds(from begin: any TracerInstant, to end: any TracerInstant) -> Int {
    Int(end.nanosecondsSinceEpoch) - Int(begin.nanosecondsSinceEpoch)
  }

  @Test func `a frame has a span with its parts, whose times lie in it one after another`()
    async throws
  {
    let tracer = InMemoryTracer()
    let test = try TestService(tracer: tracer)
    let log = AnswerLog()
    _ = try await test.send("camera", starts: true)
    let start = try #require(try spans(tracer, ["queue", "step", "start sum"]).last)
    #expect(start.attributes.get(RequestSpan.Attribute.framesTaken) == 0)

    try await test.hold()
    test.service.submit(try test.request("camera", 1)) { log.add(0, $0) }
    while try test.report.framesWaiting == 0, !Task.isCancelled { await Task.yield() }
    test.clock.advance(by: .milliseconds(30))
    test.service.submit(try test.request("camera", 2)) { log.add(1, $0) }
    test.clock.advance(by: .milliseconds(20))
    await test.release()
    _ = await log.all(2)
    // A sequence occupied the engine.
    let frames = tracer.popFinishedSpans().filter { span in
      span.attributes.get(RequestSpan.Attribute.stream) != nil || span.parentSpanID != nil
    }
    let outer = frames.filter { $0.attributes.get(RequestSpan.Attribute.stream) != nil }
    try #require(outer.count == 2)
    let expected: [(queue: Int, step: Int)] = [(0, 50), (20, 0)]
    for (frame, (queue, step)) in zip(outer, expected) {
      #expect(frame.operationName == "infer sum")
      #expect(frame.kind == .server)
      #expect(frame.parentSpanID == nil)
      #expect(frame.status == nil)
      #expect(milliseconds(frame) == queue + step)
      let parts = frames.filter { $0.parentSpanID == frame.spanID }
      try #require(parts.map(\.operationName) == [RequestSpan.queue, RequestSpan.step])
      #expect(parts.allSatisfy { $0.traceID == frame.traceID && $0.kind == .internal })
      #expect(parts.map { milliseconds($0) } == [queue, step])
      #expect(parts.map { offset($0, in: frame) } == [0, queue * 1_000_000])
    }
    #expect(
      outer[1].attributes == [
        "sluice.model.name": "sum", "sluice.model.version": 1, "sluice.stream.id": "camera",
        "sluice.stream.frames_taken": 2,
      ])
  }

  @Test func `spans happen when their requests do`() async throws {
    let tracer = InMemoryTracer()
    let test = try TestService(tracer: tracer)
    let before = DefaultTracerClock.now.nanosecondsSinceEpoch
    _ = try await test.sum("s", 1, starts: true)
    let after = DefaultTracerClock.now.nanosecondsSinceEpoch
    for span in try spans(tracer, ["queue", "step", "infer sum"]) {
      #expect((before...after).contains(span.startInstant.nanosecondsSinceEpoch))
      #expect((before...after).contains(span.endInstant.nanosecondsSinceEpoch))
    }
  }

  @Test func `where the state is stored with the answer, that has a span`() async throws {
    let tracer = InMemoryTracer()
    let store = SlowStore()
    let test = try TestService(store: store, tracer: tracer) { $0.durability = .everyFrame }
    store.onPut.withLock { $0 = { test.clock.advance(by: .milliseconds(7)) } }
    _ = try await test.sum("s", 1, starts: true)
    let stored = try spans(tracer, ["queue", "step", "store", "infer sum"])
    #expect(stored.map { milliseconds($0) } == [0, 0, 7, 7])
    #expect(stored[2].parentSpanID == stored[3].spanID)

    store.isBroken.withLock { $0 = true }
    let error = try await test.refusal("s", 1)
    let failed = try spans(tracer, ["queue", "step", "store", "infer sum"])
    #expect(failed.map(\.status?.code) == [nil, nil, .error, .error])
    #expect(failed[3].status?.message == error.message)
    #expect(failed[3].attributes.get(RequestSpan.Attribute.error) == "storeFailed")
    store.isBroken.withLock { $0 = false }

    // There is nothing to store any more.
    _ = try await test.send("s", ends: true)
    _ = try spans(tracer, ["queue", "step", "end sum"])
  }

  @Test func `what is refused says why`() async throws {
    let tracer = InMemoryTracer()
    let test = try TestService(streams: 1, tracer: tracer)
    let unknown = try await test.refusal("s", 1)
    let refused = try #require(try spans(tracer, ["infer sum"]).first)
    #expect(refused.status == SpanStatus(code: .error, message: unknown.message))
    #expect(
      refused.attributes == [
        "sluice.model.name": "sum", "sluice.stream.id": "s", "error.type": "unknownStream",
      ])
    #expect(refused.errors.map { ($0.error as? ServingError)?.code } == [.unknownStream])

    _ = try await test.sum("s", 1, starts: true)
    tracer.clearFinishedSpans()
    #expect(try await test.refusal("t", 1, starts: true).code == .full)
    let full = try #require(try spans(tracer, ["infer sum"]).first)
    #expect(full.attributes.get(RequestSpan.Attribute.error) == "full")

    #expect(try await test.refusal("s", 1, deadline: test.clock.now).code == .late)
    let late = try spans(tracer, ["queue", "step", "infer sum"])
    #expect(late.map(\.status?.code) == [nil, .error, .error])
    #expect(late[2].attributes.get(RequestSpan.Attribute.error) == "late")
    #expect(late[2].attributes.get(RequestSpan.Attribute.framesTaken) == nil)
    #expect(late[2].attributes.get(RequestSpan.Attribute.version) == 1)
  }

  @Test func `a model that is not there, and outputs that it does not have, are refused so too`()
    async throws
  {
    let tracer = InMemoryTracer()
    let test = try TestService(tracer: tracer)
    let x = ["x": Tensor([Float(1), 1], shape: [1, 2])]
    for (request, code) in [
      (InferenceRequest(model: "none", inputs: x), "unknownModel"),
      (InferenceRequest(model: "sum", inputs: x, outputs: ["z"]), "refused"),
      (InferenceRequest(model: "sum", inputs: x, starts: true), "refused"),
      (InferenceRequest(model: "none", inputs: x, stream: StreamIdentifier("s")), "unknownModel"),
      (
        InferenceRequest(
          model: "sum", inputs: x, outputs: ["z"], stream: StreamIdentifier("s"), starts: true),
        "refused"
      ),
    ] {
      await #expect(throws: ServingError.self) { try await test.service.answer(to: request) }
      let span = try #require(try spans(tracer, ["infer \(request.model)"]).first)
      #expect(span.attributes.get(RequestSpan.Attribute.error) == .string(code))
      #expect(
        span.attributes.get(RequestSpan.Attribute.stream)
          == request.stream.map { .string($0.text) })
    }
  }

  @Test func `whole sequences have spans`() async throws {
    let tracer = InMemoryTracer()
    let test = try TestService(tracer: tracer)
    let arrays = ["x": Tensor([Float(1), 1], shape: [1, 2])]
    _ = try await test.service.answer(to: SequenceRequest(model: "sum", arrays: arrays))
    let done = try spans(tracer, ["queue", "step", "infer sum"])
    #expect(done[2].kind == .server)
    #expect(done[2].attributes == ["sluice.model.name": "sum", "sluice.model.version": 1])

    let late = SequenceRequest(model: "sum", arrays: arrays, deadline: test.clock.now)
    await #expect(throws: ServingError.self) { try await test.service.answer(to: late) }
    let refused = try spans(tracer, ["queue", "step", "infer sum"])
    #expect(refused.map(\.status?.code) == [nil, .error, .error])
    #expect(refused[2].attributes.get(RequestSpan.Attribute.error) == "late")

    let other = SequenceRequest(model: "sum", version: 2, arrays: arrays)
    await #expect(throws: ServingError.self) { try await test.service.answer(to: other) }
    let unknown = try #require(try spans(tracer, ["infer sum"]).first)
    #expect(unknown.attributes.get(RequestSpan.Attribute.error) == "unknownModel")
  }

  @Test func `requests are named by what they do, and by whether the stream was brought back`()
    async throws
  {
    let tracer = InMemoryTracer()
    let test = try TestService(tracer: tracer) { $0.idleTimeout = .seconds(1) }
    _ = try await test.sum("s", 1, starts: true)
    test.clock.advance(by: .seconds(1))
    await test.service.sweep()
    tracer.clearFinishedSpans()
    var request = try test.request("s")
    request.action = .snapshot
    let snapshot = try #require(try await test.service.answer(to: request).snapshot)
    let given = try spans(tracer, ["queue", "step", "snapshot sum"])
    #expect(given[2].attributes.get(RequestSpan.Attribute.wasRestored) == true)
    request.action = .restore(snapshot)
    _ = try await test.service.answer(to: request)
    let restored = try spans(tracer, ["queue", "step", "restore sum"])
    #expect(restored[2].attributes.get(RequestSpan.Attribute.wasRestored) == nil)
    #expect(restored[2].attributes.get(RequestSpan.Attribute.framesTaken) == 1)
    _ = try await test.send("s")
    _ = try spans(tracer, ["queue", "step", "request sum"])
    _ = try await test.send("s", ends: true)
    _ = try spans(tracer, ["queue", "step", "end sum"])
  }

  @Test func `the span in which a client asks is the parent`() async throws {
    let tracer = InMemoryTracer()
    let test = try TestService(tracer: tracer)
    let client = tracer.startSpan("client", context: .topLevel)
    var stream = try test.request("s", 1, starts: true)
    stream.parent = client.context
    _ = try await test.service.answer(to: stream)
    let x = ["x": Tensor([Float(1), 1], shape: [1, 2])]
    _ = try await test.service.answer(
      to: SequenceRequest(model: "sum", arrays: x, parent: client.context))
    for identifier in [nil, StreamIdentifier("s")] {
      _ = try await test.service.answer(
        to: InferenceRequest(
          model: "sum", inputs: x, stream: identifier, parent: client.context))
    }
    var unknown = try test.request("t", 1)
    unknown.parent = client.context
    await #expect(throws: ServingError.self) { try await test.service.answer(to: unknown) }
    let asked = tracer.popFinishedSpans().filter { $0.operationName == "infer sum" }
    #expect(asked.count == 5)
    #expect(asked.allSatisfy { $0.parentSpanID == client.spanID && $0.traceID == client.traceID })
  }

  @Test func `headers name a parent to a service that traces`() throws {
    let tracer = InMemoryTracer()
    let headers = [InMemoryTracer.traceIDKey: "trace", InMemoryTracer.spanIDKey: "span"]
    let traced = try TestService(tracer: tracer).service
    let parent = try #require(traced.parent(in: headers, Headers()))
    #expect(parent.inMemorySpanContext?.traceID == "trace")
    #expect(parent.inMemorySpanContext?.spanID == "span")
    #expect(traced.parent(in: [:], Headers()) == nil)
    #expect(try TestService().service.parent(in: headers, Headers()) == nil)
  }

  private struct Headers: Extractor {
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
  }

  /// The process has a tracer, which is asked for nothing unless the service was given it.
  @Test func `without a tracer there are no spans`() async throws {
    let tracer = InMemoryTracer()
    InstrumentationSystem.bootstrap(tracer)
    let test = try TestService()
    _ = try await test.sum("s", 1, starts: true)
    _ = try await test.refusal("t", 1)
    #expect(tracer.finishedSpans.isEmpty && tracer.activeSpans.isEmpty)
    let traced = try TestService(tracer: InstrumentationSystem.tracer)
    _ = try await traced.sum("s", 1, starts: true)
    _ = try spans(tracer, ["queue", "step", "infer sum"])
  }

  @Test func `every span ends`() async throws {
    let tracer = InMemoryTracer()
    let test = try TestService(tracer: tracer) { $0.maximumQueuedRequests = 2 }
    let log = AnswerLog()
    _ = try await test.sum("s", 1, starts: true)
    try await test.hold()
    for number in 0..<8 {
      test.service.submit(try test.request("s", 1)) { log.add(number, $0) }
    }
    await test.release()
    let answers = await log.all(8)
    #expect(answers.contains { $0.result.short == "overloaded" })
    #expect(tracer.activeSpans.isEmpty)
    // The sequence that occupied the engine has no stream.
    let frames = tracer.finishedSpans.filter {
      $0.attributes.get(RequestSpan.Attribute.stream) != nil
    }
    #expect(frames.count == 9)
  }
}

/// A store in memory that outlives a process, in which states take as long as it is told.
private final class SlowStore: StateStore {
  private let kept = MemoryStateStore(survivesRestart: true)
  let onPut = Mutex<(@Sendable () -> Void)?>(nil)
  let isBroken = Mutex(false)
  var survivesRestart: Bool { true }

  func put(_ stream: StoredStream) async throws(ServingError) {
    onPut.withLock { $0 }?()
    if isBroken.withLock({ $0 }) { throw ServingError(.storeFailed, "the disk is full") }
    try await kept.put(stream)
  }

  func stream(_ address: StreamAddress) async throws(ServingError) -> StoredStream? {
    try await kept.stream(address)
  }

  func remove(_ address: StreamAddress) async throws(ServingError) {
    try await kept.remove(address)
  }

  func streams() async throws(ServingError) -> [(address: StreamAddress, version: Int)] {
    try await kept.streams()
  }
}

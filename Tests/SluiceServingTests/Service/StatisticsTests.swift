import Sluice
import SluiceServing
import Testing

struct StatisticsTests {
  @Test("a report says what was done and how it stands")
  func counts() async throws {
    let test = try TestService()
    for stream in ["a", "b"] {
      for number in 0..<5 { _ = try await test.sum(stream, 1, starts: number == 0) }
    }
    _ = try await test.send("a", ends: true)
    _ = try await test.refusal("x", 1)
    let report = try test.report
    #expect((report.requestsAnswered, report.frameRequestsAnswered) == (11, 10))
    #expect((report.streamsStarted, report.streamsEnded, report.streamsActive) == (2, 1, 1))
    #expect((report.bytesIn, report.bytesOut) == (80, 80))
    #expect(report.refusals == [.unknownStream: 1])
    #expect(report.steps.bySize[0] == 10)
    #expect(report.backend?.backend == "gated")
    #expect((report.slots, report.slotsTaken, report.requestsWaiting) == (4, 1, 0))
    for stage in ServingStage.allCases { #expect(report.latencies[stage]?.count == 11) }
  }

  @Test("a network runs in steps, or where it does not stream once for each request")
  func executions() async throws {
    let test = try TestService()
    try test.service.add(.reverseSum, name: "reverse")
    _ = try await test.sum("a", 1, starts: true)
    _ = try await test.service.answer(
      to: SequenceRequest(model: "sum", arrays: ["x": Tensor(zeros: .float32, shape: [2, 3, 2])]))
    for _ in 0..<5 {
      let arrays = ["x": Tensor(zeros: .float32, shape: [1, 4, 3])]
      _ = try await test.service.answer(to: SequenceRequest(model: "reverse", arrays: arrays))
    }
    let models = test.service.report.models
    #expect(models.map(\.name) == ["reverse", "sum"])
    #expect(models.map(\.executions) == [5, 3])
    #expect(models[1].steps.byStreams == [0, 1, 0, 2, 0])
    #expect(models[0].steps.steps == 0)
  }

  @Test("latencies are told apart: waiting for the stream's turn, the step, the whole")
  func stages() async throws {
    let test = try TestService()
    let log = AnswerLog()
    _ = try await test.send("a", starts: true)
    try await test.hold()
    for number in 0..<2 {
      test.service.submit(try test.request("a", 1)) { log.add(number, $0) }
    }
    while try test.report.requestsWaiting > 1 { await Task.yield() }
    test.clock.advance(by: .milliseconds(8))
    await test.release()
    _ = await log.all(2)
    let report = try test.report
    for (stage, expected) in [
      (ServingStage.queue, UInt64(8_000_000)), (.step, 16_000_000), (.total, 24_000_000),
    ] {
      #expect(report.latencies[stage]?.totalNanoseconds == expected, "\(stage)")
    }
    #expect(report.latencies[.total]?.nanoseconds(quantile: 0.99) == 8_000_000)
    #expect(report.latencies[.total]?.count(upTo: 1023) == 1)
  }

  @Test("the last minutes are kept in windows, and older ones go")
  func history() async throws {
    let test = try TestService()
    _ = try await test.send("a", starts: true)
    for _ in 0..<40 {
      test.clock.advance(by: .seconds(10))
      _ = try await test.sum("a", 1)
      _ = try await test.refusal("b", 1)
    }
    let recent = try test.report.recent
    #expect(recent.count == 30)
    #expect(recent.allSatisfy { ($0.answered, $0.refused) == (1, 1) })
    #expect(recent.map(\.start) == recent.map(\.start).sorted())
    #expect(recent.last?.start == test.clock.now - .seconds(0))
    test.clock.advance(by: .seconds(1000))
    #expect(try test.report.recent.isEmpty)
  }

  @Test("frames of several streams that come together step together")
  func batches() async throws {
    let test = try TestService(streams: 8)
    let log = AnswerLog()
    for number in 0..<7 { _ = try await test.send("\(number)", starts: true) }
    try await test.hold()
    for number in 0..<7 {
      test.service.submit(try test.request("\(number)", 1)) { log.add(number, $0) }
    }
    let engine = try #require(try test.service.version(of: "sum").engine)
    while engine.waitingFrameCount < 7 { await Task.yield() }
    await test.release()
    _ = await log.all(7)
    let steps = try test.report.steps
    #expect(steps.frames == 8)
    #expect(steps.steps == 2)
  }
}

import Sluice
import SluiceServing
import Testing

struct DeadlineTests {
  @Test("a frame whose deadline passes while it waits is not computed, and the stream goes on")
  func late() async throws {
    let test = try TestService()
    let log = AnswerLog()
    _ = try await test.sum("s", 1, starts: true)
    try await test.hold()
    let soon = test.clock.now + .milliseconds(10)
    test.service.submit(try test.request("s", 1)) { log.add(0, $0) }
    while try test.report.requestsWaiting > 0 { await Task.yield() }
    test.service.submit(try test.request("s", 100, deadline: soon)) { log.add(1, $0) }
    test.service.submit(try test.request("s", 1, deadline: soon + .seconds(3600))) {
      log.add(2, $0)
    }
    test.clock.advance(by: .milliseconds(30))
    await test.release()
    let answers = await log.all(3)
    #expect(answers.map(\.result.short) == ["2.0", "late", "3.0"])
    guard case .failure(let error) = answers[1].result else { return }
    #expect(
      error.message
        == "the deadline passed 0.02 seconds before the request's turn came; it was not computed")
    #expect(try test.report.refusals == [.late: 1])
  }

  @Test("a late end ends the stream all the same")
  func lateEnd() async throws {
    let test = try TestService(streams: 1)
    _ = try await test.sum("s", 1, starts: true)
    let error = try await test.refusal("s", 1, ends: true, deadline: test.clock.now)
    #expect(error.code == .late)
    #expect(try await test.refusal("s", 1).code == .unknownStream)
    #expect(try await test.sum("t", 1, starts: true) == 1)
  }

  @Test("a late start leaves no stream, not even that which was there")
  func lateStart() async throws {
    let test = try TestService(streams: 1)
    _ = try await test.sum("s", 1, starts: true)
    let error = try await test.refusal("s", 1, starts: true, deadline: test.clock.now)
    #expect(error.code == .late)
    #expect(try await test.refusal("s", 1).code == .unknownStream)
    #expect(try await test.sum("t", 1, starts: true) == 1)
  }

  @Test("whole sequences that are late are not computed")
  func lateSequence() async throws {
    let test = try TestService()
    let arrays = ["x": Tensor([Float(1), 1], shape: [1, 2])]
    let late = SequenceRequest(model: "sum", arrays: arrays, deadline: test.clock.now)
    let error = await #expect(throws: ServingError.self) {
      try await test.service.answer(to: late)
    }
    #expect(error?.code == .late)
    #expect(try test.report.steps.steps == 0)
  }
}

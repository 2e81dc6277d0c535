import Sluice
import Testing

@testable import SluiceServing

@Suite("Rows of frames have a bounded number of threads", .timeLimit(.minutes(10)))
struct RowTests {
  /// `count` frames of `[x, 1]`.
  private func row(
    _ test: TestService, _ stream: String, _ x: Float, count: Int, deadline: Duration? = nil
  ) throws -> StreamRequest {
    var request = try test.request(stream, deadline: deadline)
    let frames = (0..<2 * count).map { $0.isMultiple(of: 2) ? x : 1 }
    request.action = .frames(["x": Tensor(frames, shape: [count, 1, 2])])
    return request
  }

  @Test("more streams than there are threads send rows at the same time, beside whole sequences")
  func manyStreams() async throws {
    let (streams, rounds, frames) = (24, 4, 5)
    let test = try TestService(streams: streams + 1) {
      ($0.rowThreads, $0.sequenceThreads) = (2, 1)
    }
    let (log, sequences) = (AnswerLog(), SequenceLog())
    for stream in 0..<streams { _ = try await test.send("\(stream)", starts: true) }
    try await test.hold()
    for _ in 0..<rounds {
      for stream in 0..<streams {
        let request = try row(test, "\(stream)", Float(stream), count: frames)
        test.service.submit(request) { log.add(stream, $0) }
      }
      test.service.submit(
        SequenceRequest(model: "sum", arrays: ["x": Tensor([Float(1), 1], shape: [1, 2])])
      ) { sequences.add($0) }
    }
    while test.service.context.rows.waitingCount < streams - 2 { await Task.yield() }
    #expect(try test.report.framesWaiting <= 2)
    await test.release()
    for (stream, result) in await log.all(streams * rounds) {
      let answer = try result.get()
      let last = try #require(answer.outputs["y"]).floats().suffix(2)
      let taken = answer.framesTaken
      #expect(Array(last) == [Float(stream * taken), Float(taken)], "stream \(stream)")
    }
    #expect(await sequences.all(rounds) == Array(repeating: "done", count: rounds))
    for stream in 0..<streams {
      #expect(try await test.send("\(stream)", 1).framesTaken == rounds * frames + 1)
    }
  }

  @Test("a row that finds no place is refused, and its stream is as it was")
  func overloaded() async throws {
    let test = try TestService {
      ($0.rowThreads, $0.maximumWaitingRows, $0.retryAfter) = (1, 1, .seconds(3))
    }
    let log = AnswerLog()
    for stream in ["a", "b", "c"] { _ = try await test.sum(stream, 1, starts: true) }
    try await test.hold()
    let rows = test.service.context.rows
    test.service.submit(try row(test, "a", 1, count: 3)) { log.add(0, $0) }
    while try test.report.framesWaiting < 1 { await Task.yield() }
    test.service.submit(try row(test, "b", 1, count: 3)) { log.add(1, $0) }
    while rows.waitingCount < 1 { await Task.yield() }
    test.service.submit(try row(test, "c", 1, count: 3)) { log.add(2, $0) }
    let refused = await log.all(1)[0]
    #expect(refused.number == 2)
    guard case .failure(let error) = refused.result else {
      Issue.record("the row was taken")
      return
    }
    #expect((error.code, error.retryAfter) == (.overloaded, .seconds(3)))
    await test.release()
    for (_, result) in await log.all(3).dropFirst() {
      #expect(try result.get().outputs["y"]?.floats().suffix(2) == [4, 4])
    }
    let next = try await test.service.answer(to: row(test, "c", 2, count: 2))
    #expect(next.outputs["y"]?.floats() == [3, 2, 5, 3])
    #expect(next.framesTaken == 3)
  }

  @Test("a row whose deadline passes before a thread is free is not computed")
  func late() async throws {
    let test = try TestService { $0.rowThreads = 1 }
    let log = AnswerLog()
    for stream in ["a", "b"] { _ = try await test.sum(stream, 1, starts: true) }
    try await test.hold()
    test.service.submit(try row(test, "a", 1, count: 3)) { log.add(0, $0) }
    while try test.report.framesWaiting < 1 { await Task.yield() }
    let soon = test.clock.now + .milliseconds(10)
    test.service.submit(try row(test, "b", 100, count: 3, deadline: soon)) { log.add(1, $0) }
    while test.service.context.rows.waitingCount < 1 { await Task.yield() }
    test.clock.advance(by: .milliseconds(30))
    await test.release()
    let answers = await log.all(2).sorted { $0.number < $1.number }
    #expect(try answers[0].result.get().framesTaken == 4)
    #expect(answers[1].result.short == "late")
    #expect(try await test.send("b", 1).framesTaken == 2)
  }
}

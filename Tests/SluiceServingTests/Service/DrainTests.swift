import Sluice
import SluiceServing
import Testing

struct DrainTests {
  @Test("a service that ends takes no new streams, and ends at once when none is left")
  func empty() async throws {
    let test = try TestService { $0.retryAfter = .seconds(5) }
    _ = try await test.sum("a", 1, starts: true, ends: true)
    #expect(await test.service.drain(timeout: .seconds(60)) == 0)
    let refusals = [
      try await test.refusal("b", 1, starts: true),
      await #expect(throws: ServingError.self) {
        try await test.service.answer(
          to: SequenceRequest(model: "sum", arrays: ["x": Tensor([Float(1), 1], shape: [1, 2])]))
      },
      await #expect(throws: ServingError.self) { try await test.service.load("sum") },
    ]
    for refusal in refusals {
      #expect(refusal?.code == .draining)
      #expect(refusal?.retryAfter == .seconds(5))
    }
    #expect(test.events.all.suffix(2) == [.drainBegan, .drainEnded(streamsLeft: 0)])
    #expect(test.service.report.isDraining)
  }

  @Test("streams that end in time end; the others lie in the store, with their last frame")
  func drains() async throws {
    let store = MemoryStateStore(survivesRestart: true)
    let test = try TestService(store: store)
    for stream in ["ends", "stays", "silent"] {
      _ = try await test.sum(stream, 1, starts: true)
    }
    let drain = Task { await test.service.drain(timeout: .seconds(40)) }
    while test.clock.sleeperCount == 0 { await Task.yield() }
    #expect(try await test.refusal("new", 1, starts: true).code == .draining)
    #expect(try await test.sum("stays", 10) == 11)
    #expect(try await test.sum("stays", 5, starts: true) == 5)
    #expect(try await test.sum("ends", 10, ends: true) == 11)
    test.clock.advance(by: .seconds(35))
    #expect(await drain.value == 0)
    #expect(try await test.refusal("stays", 10).code == .draining)
    let report = try test.report
    #expect((report.streamsActive, report.streamsStored, report.streamsLost) == (0, 2, 0))

    let next = try TestService(store: store)
    #expect(try await next.service.takeUpStoredStreams() == 2)
    let answer = try await next.send("stays", 10)
    #expect(answer.outputs["y"]?.floats() == [15, 2])
    #expect((answer.framesTaken, answer.wasHibernated) == (2, true))
    #expect(try await next.sum("silent", 1) == 2)
    #expect(try await next.refusal("ends", 1).code == .unknownStream)
  }

  @Test("frames in flight are answered before their stream goes into the store")
  func inFlight() async throws {
    let store = MemoryStateStore(survivesRestart: true)
    let test = try TestService(store: store)
    let log = AnswerLog()
    _ = try await test.send("a", starts: true)
    try await test.hold()
    for number in 0..<3 {
      test.service.submit(try test.request("a", 1)) { log.add(number, $0) }
    }
    let drain = Task { await test.service.drain(timeout: .seconds(40)) }
    while test.clock.sleeperCount == 0 { await Task.yield() }
    test.clock.advance(by: .seconds(35))
    while test.clock.sleeperCount == 0 { await Task.yield() }
    #expect(try await test.refusal("a", 1).code == .draining)
    await test.release()
    #expect(await drain.value == 0)
    #expect(await log.all(3).map(\.result.short) == ["1.0", "2.0", "3.0"])
    let next = try TestService(store: store)
    _ = try await next.service.takeUpStoredStreams()
    #expect(try await next.sum("a", 1) == 4)
  }

  @Test("an end that takes too long says how many streams it left")
  func tooLong() async throws {
    let test = try TestService()
    let log = AnswerLog()
    _ = try await test.send("a", starts: true)
    try await test.hold()
    test.service.submit(try test.request("a", 1)) { log.add(0, $0) }
    let drain = Task { await test.service.drain(timeout: .seconds(40)) }
    for _ in 0..<2 {
      while test.clock.sleeperCount == 0 { await Task.yield() }
      test.clock.advance(by: .seconds(35))
    }
    #expect(await drain.value == 2)
    await test.release()
    #expect(await log.all(1).map(\.result.short) == ["1.0"])
  }

  @Test("a stream whose state the store does not take is lost, and counted")
  func lost() async throws {
    let test = try TestService(store: MemoryStateStore(byteLimit: 1))
    _ = try await test.sum("a", 1, starts: true)
    let drain = Task { await test.service.drain(timeout: .seconds(40)) }
    while test.clock.sleeperCount == 0 { await Task.yield() }
    test.clock.advance(by: .seconds(35))
    #expect(await drain.value == 0)
    #expect(try test.report.streamsLost == 1)
  }
}

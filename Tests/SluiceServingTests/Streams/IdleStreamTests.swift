import Sluice
import SluiceServing
import Testing

struct IdleStreamTests {
  @Test("an idle stream leaves its slot and comes back with its next frame")
  func hibernates() async throws {
    let store = MemoryStateStore()
    let test = try TestService(streams: 1, store: store) { $0.idleTimeout = .seconds(10) }
    #expect(try await test.sum("a", 1, starts: true) == 1)
    test.clock.advance(by: .seconds(9))
    await test.service.sweep()
    let error = try await test.refusal("b", 5, starts: true)
    #expect(error.retryAfter == .seconds(1))
    test.clock.advance(by: .seconds(1))
    await test.service.sweep()
    #expect(store.byteCount > 0)
    let asleep = try test.report
    #expect((asleep.streamsActive, asleep.streamsStored, asleep.slotsTaken) == (0, 1, 0))
    #expect(try await test.sum("b", 5, starts: true, ends: true) == 5)
    let answer = try await test.send("a", 2)
    #expect(answer.outputs["y"]?.floats() == [3, 2])
    #expect(answer.wasHibernated)
    #expect(answer.framesTaken == 2)
    #expect(try await !test.send("a", 2).wasHibernated)
    #expect(store.byteCount == 0)
    let id = try #require(StreamIdentifier("a"))
    #expect(
      test.events.all.dropFirst() == [
        .streamHibernated(model: "sum", stream: id), .streamRestored(model: "sum", stream: id),
      ])
    let report = try test.report
    #expect((report.streamsHibernated, report.streamsRestored) == (1, 1))
  }

  @Test("a frame of a stream in the store is refused at once while all slots are taken")
  func noSlot() async throws {
    let test = try TestService(streams: 1) { $0.idleTimeout = .seconds(10) }
    #expect(try await test.sum("a", 1, starts: true) == 1)
    test.clock.advance(by: .seconds(10))
    await test.service.sweep()
    #expect(try await test.sum("b", 5, starts: true) == 5)
    test.clock.advance(by: .seconds(4))
    await test.service.sweep()
    let error = try await test.refusal("a", 1)
    #expect(error.code == .full)
    #expect(error.retryAfter == .seconds(6))
    _ = try await test.sum("b", 5, ends: true)
    #expect(try await test.sum("a", 1) == 2)
  }

  @Test("a stream that nobody asks for expires, also from the store, and its client is told")
  func expires() async throws {
    let store = MemoryStateStore()
    let test = try TestService(streams: 2, store: store) {
      $0.idleTimeout = .seconds(10)
      $0.expiry = .seconds(60)
    }
    _ = try await test.sum("stored", 1, starts: true)
    test.clock.advance(by: .seconds(10))
    await test.service.sweep()
    test.clock.advance(by: .seconds(50))
    await test.service.sweep()
    let error = try await test.refusal("stored", 1)
    #expect(error.code == .unknownStream)
    #expect(
      error.message
        == "stream stored of 'sum' expired after 60.0 seconds without a request: start it first")
    #expect(store.byteCount == 0)
    #expect(try await test.sum("stored", 3, starts: true, ends: true) == 3)
    #expect(
      try await test.refusal("stored", 1).message
        == "'sum' has no stream stored: start it first")
    let report = try test.report
    #expect((report.streamsExpired, report.streamsActive, report.streamsStored) == (1, 0, 0))
  }

  @Test("a stream expires from its slot where nothing hibernates")
  func expiresSeated() async throws {
    let test = try TestService(streams: 1) { $0.expiry = .seconds(60) }
    _ = try await test.sum("a", 1, starts: true)
    test.clock.advance(by: .seconds(59))
    await test.service.sweep()
    #expect(try await test.sum("a", 1) == 2)
    test.clock.advance(by: .seconds(60))
    await test.service.sweep()
    #expect(try test.report.slotsTaken == 0)
    #expect(try await test.refusal("a", 1).code == .unknownStream)
    #expect(try await test.sum("b", 1, starts: true) == 1)
  }

  @Test("a store that takes no more leaves streams in their slots, and says so")
  func storeFull() async throws {
    let test = try TestService(streams: 2, store: MemoryStateStore(byteLimit: 10)) {
      $0.idleTimeout = .seconds(10)
    }
    #expect(try await test.sum("a", 1, starts: true) == 1)
    test.clock.advance(by: .seconds(10))
    await test.service.sweep()
    #expect(try test.report.streamsActive == 1)
    guard case .storeFailed(_, _, let reason) = test.events.all.last else {
      Issue.record("nothing was said")
      return
    }
    #expect(reason.hasPrefix("the store holds at most 10 bytes of snapshots, and has 0;"))
    #expect(try await test.sum("a", 1) == 2)
  }

  @Test(
    "restarting or ending a stream that lies in the store takes it out", arguments: [true, false])
  func endsStored(starts: Bool) async throws {
    let store = MemoryStateStore()
    let test = try TestService(store: store) { $0.idleTimeout = .seconds(10) }
    _ = try await test.sum("a", 1, starts: true)
    test.clock.advance(by: .seconds(10))
    await test.service.sweep()
    #expect(try await test.sum("a", 5, starts: starts, ends: !starts) == (starts ? 5 : 6))
    #expect(store.byteCount == 0)
    let report = try test.report
    #expect((report.streamsActive, report.streamsStored) == (starts ? 1 : 0, 0))
  }

  @Test("the service sweeps by itself while it runs")
  func runs() async throws {
    let test = try TestService { $0.idleTimeout = .seconds(10) }
    _ = try await test.sum("a", 1, starts: true)
    let running = Task { await test.service.run() }
    while try test.report.streamsStored == 0 {
      if test.clock.sleeperCount > 0 { test.clock.advance(by: .seconds(1)) }
      await Task.yield()
    }
    running.cancel()
    await running.value
  }
}

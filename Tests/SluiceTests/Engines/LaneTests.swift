import Sluice
import Synchronization
import Testing

@testable import Sluice

/// An engine over several devices.
struct LaneTests {
  private func engine(
    _ backends: [BreakableBackend], streams: Int, successor: (any Backend)? = ReferenceBackend()
  ) throws -> Engine {
    try TinyNetwork.runningSum.engine(
      EngineOptions(maximumStreams: streams), backend: backends[0],
      others: Array(backends.dropFirst()), successor: successor)
  }

  @Test("streams go to the device with the most room, and slots are shared out evenly")
  func placement() throws {
    let engine = try engine((0..<3).map { _ in BreakableBackend() }, streams: 8)
    #expect(engine.lanes.map(\.slotCount) == [2, 3, 3])
    var sessions: [Session] = []
    for _ in 0..<6 { sessions.append(try engine.openSession()) }
    #expect(engine.openSessionCounts == [2, 2, 2])
    sessions[2].close()
    #expect(engine.openSessionCounts == [2, 2, 1])
    sessions += [try engine.openSession(), try engine.openSession(), try engine.openSession()]
    withExtendedLifetime(sessions) {
      #expect(engine.openSessionCounts == [2, 3, 3])
      expectError(
        "full",
        "all 8 streams of this engine are open; close one, "
          + "or make the engine with a larger maximumStreams"
      ) { try engine.openSession() }
    }
  }

  @Test("more devices than streams: the first ones are used")
  func fewStreams() throws {
    let engine = try engine([BreakableBackend(), BreakableBackend()], streams: 1)
    #expect(engine.lanes.count == 1)
  }

  @Test("a run over arrays gives what one device gives", arguments: 1...7)
  func runs(rows: Int) throws {
    let array = Tensor((0..<rows * 10).map { Float($0) }, shape: [5, rows, 2])
    let expected = try TinyNetwork.runningSum.engine().run(["x": array])
    for streams in [1, 2, 3, 7] {
      let engine = try engine([BreakableBackend(), BreakableBackend()], streams: streams)
      let result = try engine.run(["x": array])
      #expect(result.outputs["y"] == expected.outputs["y"])
      #expect(result.finalStates["sum_out"] == expected.finalStates["sum_out"])
    }
  }

  @Test("one device of two fails: its streams go to the CPU, others stay, new ones go to the other")
  func failure() throws {
    let backends = [BreakableBackend(), BreakableBackend(deviceName: "the other")]
    let engine = try engine(backends, streams: 8)
    let sessions = try (0..<4).map { _ in try engine.openSession() }
    for session in sessions { try session.step(frame(0)) }
    backends[0].device.breakDown([.step])
    for session in sessions { try session.step(frame(1)) }
    #expect(try sessions.map { try $0.recovery != nil } == [true, false, true, false])
    #expect(try sessions[1].snapshot().numericsTag == "breakable 1")
    let later = try engine.openSession()
    #expect(try later.recovery == nil)
    // A session closes itself when nothing holds it any more.
    withExtendedLifetime((sessions, later)) {
      #expect(engine.openSessionCounts == [2, 3])
    }
    #expect(engine.counters.deviceFailures == 1)
  }

  @Test("frames of many threads, on devices that fail meanwhile, are all counted once")
  func threads() async throws {
    let backends = [BreakableBackend(workers: 2), BreakableBackend(workers: 2)]
    let engine = try TinyNetwork.runningSum.engine(
      EngineOptions(threads: 2, maximumStreams: 8), backend: backends[0], others: [backends[1]],
      successor: ReferenceBackend())
    let sessions = try (0..<8).map { _ in try engine.openSession() }
    backends[0].device.breakDown(after: 100, [.step])
    backends[1].device.breakDown(after: 333, [.step, .reset, .setState])
    let ends = try sessions.map { session in
      try OtherThread { () throws(SessionError) in
        for _ in 0..<200 { try session.step(Tensor([Float(1), 2], shape: [1, 2])) }
      }
    }
    for end in ends { try await end.value() }
    for session in sessions { #expect(try session.state("sum").floats() == [200, 400]) }
    #expect(engine.counters.deviceFailures == 2)
    #expect(engine.counters.streamsResumed == 8)
  }
}

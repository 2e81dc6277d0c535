import Sluice
import Testing

@testable import Sluice

struct DeadlineTests {
  @Test("a frame whose deadline has passed is not computed, and the stream goes on without it")
  func passed() async throws {
    let session = try TinyNetwork.runningSum.engine().openSession()
    try await session.step(frame(1))
    let before = try session.snapshot()
    let error = await #expect(throws: SessionError.self) {
      try await session.step(frame(2), by: .now)
    }
    #expect(error?.code == .late)
    #expect(try blocking(session).code == .late)
    #expect(try session.snapshot() == before)
    #expect(session.engine.stepCounts.steps == 1)
    try await session.step(frame(2), by: .now + .seconds(3600))
    #expect(try session.framesConsumed == 2)
  }

  @Test("frames that become late while a step runs are left out of the next one")
  func whileWaiting() async throws {
    let backend = ScriptedBackend()
    let engine = try TinyNetwork.runningSum.engine(backend: backend)
    let sessions = try (0..<3).map { _ in try engine.openSession() }
    backend.script.stop()
    let running = try OtherThread { () throws(SessionError) in _ = try sessions[0].step(frame(0)) }
    await until { backend.script.isRunning([0]) }
    let soon = ContinuousClock.now + .milliseconds(20)
    let late = try OtherThread { () throws(SessionError) in
      _ = try sessions[1].step(frame(1), by: soon)
    }
    let other = try OtherThread { () throws(SessionError) in _ = try sessions[2].step(frame(2)) }
    // On a machine that is too slow the frame is late before it waits, and is refused all the same.
    await until { engine.waiting.parkedThreads == 2 || ContinuousClock.now >= soon }
    await until { ContinuousClock.now >= soon }
    backend.script.goOn()
    try await running.value()
    try await other.value()
    await #expect(throws: SessionError.self) { try await late.value() }
    #expect(try sessions.map { try $0.framesConsumed } == [1, 0, 1])
    #expect(backend.script.record.steps == [[0], [2]])
    try await sessions[1].step(frame(1))
    #expect(try sessions[1].framesConsumed == 1)
  }

  @Test("a late frame of several that make a step leaves those before it waiting")
  func gathered() throws {
    let engine = try TinyNetwork.pairSums.engine()
    let session = try engine.openSession()
    try session.step(frame(0))
    #expect(throws: SessionError.self) { try session.step(frame(1), by: .now) }
    #expect(try session.framesPending == 1)
    let outputs = try session.step(frame(2))
    #expect(outputs["pairs"]?.floats() == [4, 20])
  }

  private func blocking(_ session: Session) throws -> SessionError {
    try #require(
      #expect(throws: SessionError.self) { try session.step(frame(2), by: .now) })
  }
}

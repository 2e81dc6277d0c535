import Glibc
import Sluice
import Testing

@testable import Sluice

/// Which streams step together, and on whose thread.
@Suite(.timeLimit(.minutes(2)))
struct SteppingTogetherTests {
  let backend = ScriptedBackend()

  private func engine(_ options: EngineOptions = EngineOptions()) throws -> Engine {
    try TinyNetwork.runningSum.engine(options, backend: backend)
  }

  @Test("frames that come while a step runs are one step")
  func gathers() async throws {
    let engine = try engine()
    let sessions = try (0..<5).map { _ in try engine.openSession() }
    backend.script.stop()
    let first = try OtherThread { () throws(SessionError) in try sessions[0].step(frame(0)) }
    await until { backend.script.isRunning([0]) }
    async let others = outputs(of: sessions[1...3])
    await until { engine.waiting.parkedTasks == 3 }
    let blocked = try OtherThread { () throws(SessionError) in try sessions[4].step(frame(4)) }
    await until { engine.waiting.parkedThreads == 1 }
    backend.script.goOn()
    #expect(try await first.value()["y"]?.floats() == [1, 0])
    #expect(try await others == [[2, 10], [3, 20], [4, 30]])
    #expect(try await blocked.value()["y"]?.floats() == [5, 40])
    #expect(backend.script.record.steps == [[0], [1, 2, 3, 4]])
    #expect(engine.waiting == Scheduler<Call>.Callers())
  }

  /// Steps each session in a task of its own; session i has frame i.
  private func outputs(of sessions: ArraySlice<Session>) async throws -> [[Float]] {
    try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
      for index in sessions.indices {
        group.addTask { (index, try await sessions[index].step(frame(index))["y"]?.floats() ?? []) }
      }
      return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  @Test("a call that finds the engine idle runs the step on its own thread, without suspension")
  func inline() async throws {
    let session = try engine().openSession()
    for i in 0..<20 {
      let before = thisThread()
      try await session.step(frame(i))
      #expect(thisThread() == before)
      #expect(backend.script.record.threads.last == before)
    }
  }

  private func thisThread() -> UInt { UInt(pthread_self()) }

  @Test(
    "groups of streams step at the same time, each on a worker of its own", arguments: [1, 2, 3])
  func workers(threads: Int) async throws {
    let backend = ScriptedBackend(workers: 2)
    let engine = try TinyNetwork.runningSum.engine(
      EngineOptions(threads: threads), backend: backend)
    let sessions = try (0..<3).map { _ in try engine.openSession() }
    backend.script.stop()
    let calls = try sessions.map { session in
      try OtherThread { () throws(SessionError) in try session.step(frame(1)) }
    }
    let workers = min(threads, 2)
    await until {
      backend.script.runningCount == workers
        && engine.waiting.parkedThreads == 3 - workers
    }
    backend.script.goOn()
    for call in calls { #expect(try await call.value()["y"]?.floats() == [2, 10]) }
    #expect(backend.script.record.broken == [])
  }

  @Test("with a maximum delay a step waits for the frames of all open sessions")
  func everySession() async throws {
    let engine = try engine(EngineOptions(maximumDelay: .seconds(3600)))
    let sessions = try (0..<3).map { _ in try engine.openSession() }
    async let others = outputs(of: sessions[0...1])
    await until { engine.waiting.parkedTasks == 2 }
    #expect(backend.script.record.steps == [])
    try await sessions[2].step(frame(2))
    #expect(try await others == [[1, 0], [2, 10]])
    #expect(backend.script.record.steps == [[0, 1, 2]])
  }

  @Test("and no longer than that, for tasks and for threads")
  func delay() async throws {
    let engine = try engine(EngineOptions(maximumDelay: .milliseconds(1)))
    let sessions = try (0..<2).map { _ in try engine.openSession() }
    for i in 0..<3 {
      try await sessions[0].step(frame(i))
      let thread = try OtherThread { () throws(SessionError) in try sessions[0].step(frame(i)) }
      _ = try await thread.value()
    }
    #expect(try sessions[0].framesConsumed == 6)
    #expect(backend.script.record.steps == Array(repeating: [0], count: 6))
  }

  @Test("an engine with a delay goes when nobody refers to it any more")
  func timerEnds() throws {
    weak var engine: Engine?
    do {
      let open = try self.engine(EngineOptions(maximumDelay: .milliseconds(1)))
      try open.openSession().step(frame(0))
      engine = open
    }
    while engine != nil { sched_yield() }
  }
}

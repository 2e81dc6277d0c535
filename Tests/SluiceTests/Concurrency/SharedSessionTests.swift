import Sluice
import Testing

@testable import Sluice

/// Several tasks and threads on one session, and what goes wrong.
@Suite(.timeLimit(.minutes(2)))
struct SharedSessionTests {
  let backend = ScriptedBackend()

  private func engine(
    _ network: TinyNetwork = .runningSum, maximumStreams: Int = 4
  ) throws -> Engine {
    try network.engine(EngineOptions(maximumStreams: maximumStreams), backend: backend)
  }

  @Test("a frame beyond the bound is refused and the stream goes on")
  func overloaded() async throws {
    let engine = try engine()
    let session = try engine.openSession(SessionOptions(maximumPendingFrames: 2))
    backend.script.stop()
    let first = try OtherThread { () throws(SessionError) in try session.step(frame(0)) }
    await until { backend.script.isRunning([0]) }
    async let second = session.step(frame(1))
    await until { engine.waiting.parkedTasks == 1 }
    for _ in 0..<3 {
      let error = await #expect(throws: SessionError.self) { try await session.step(frame(9)) }
      #expect(error?.code == .overloaded)
      #expect(
        error?.message == "2 frames of the session wait or are in a step, which is its bound "
          + "(maximumPendingFrames)")
    }
    backend.script.goOn()
    #expect(try await first.value()["y"]?.floats() == [1, 0])
    #expect(try await second["y"]?.floats() == [3, 10])
    #expect(try await session.step(frame(2))["y"]?.floats() == [6, 30])
  }

  @Test("a stream whose frame no kernel takes fails alone, and stays as it was")
  func failsAlone() async throws {
    let engine = try engine()
    let sessions = try (0..<4).map { _ in try engine.openSession() }
    for session in sessions { try await session.step(frame(0)) }
    backend.script.stop()
    let first = try OtherThread { () throws(SessionError) in try sessions[0].step(frame(1)) }
    await until { backend.script.isRunning([0]) }
    async let good = sessions[1].step(frame(1))
    async let bad = failure { try await sessions[2].step(Tensor([StepScript.poison, 1])) }
    async let alsoGood = sessions[3].step(frame(1))
    await until { engine.waiting.parkedTasks == 3 }
    backend.script.goOn()
    _ = try await first.value()
    #expect(try await good["y"]?.floats() == [3, 10])
    #expect(try await alsoGood["y"]?.floats() == [3, 10])
    let error = try #require(await bad)
    #expect(error.code == .frameRefused)
    #expect(error.message == "slot 2 has a frame that no kernel takes")
    let steps = backend.script.record.steps.suffix(4)
    #expect(steps.first == [1, 2, 3])
    #expect(Set(steps.dropFirst()) == [[1], [2], [3]], "each once more, alone")
    #expect(try sessions[2].state("sum").floats() == [1, 0])
    #expect(try await sessions[2].step(frame(1))["y"]?.floats() == [3, 10])
  }

  private func failure(
    _ body: () async throws -> NamedTensors
  ) async -> SessionError? {
    do {
      _ = try await body()
      return nil
    } catch {
      return error as? SessionError
    }
  }

  @Test("cancelling a task that waits closes its session and frees its slot")
  func cancelWaiting() async throws {
    let engine = try engine(maximumStreams: 2)
    let sessions = try (0..<2).map { _ in try engine.openSession() }
    backend.script.stop()
    let first = try OtherThread { () throws(SessionError) in try sessions[0].step(frame(0)) }
    await until { backend.script.isRunning([0]) }
    let cancelled = Task { await failure { try await sessions[1].step(frame(0)) } }
    await until { engine.waiting.parkedTasks == 1 }
    let behind = Task { await failure { try await sessions[1].step(frame(1)) } }
    await until { engine.waiting.parkedTasks == 2 }
    cancelled.cancel()
    #expect(await cancelled.value?.code == .cancelled)
    #expect(await behind.value?.code == .closed)
    #expect(sessions[1].isClosed)
    #expect(engine.openSessionCount == 1)
    let next = try engine.openSession()
    backend.script.goOn()
    _ = try await first.value()
    #expect(try await next.step(frame(0))["y"]?.floats() == [1, 0])
  }

  @Test("cancelling a task whose frame is in a step lets the step finish, then closes the session")
  func cancelStepping() async throws {
    let engine = try engine(maximumStreams: 1)
    let session = try engine.openSession()
    backend.script.stop()
    let inside = try OtherThread { () throws(SessionError) in try session.step(frame(0)) }
    await until { backend.script.isRunning([0]) }
    let task = Task { await failure { try await session.step(frame(1)) } }
    await until { engine.waiting.parkedTasks == 1 }
    task.cancel()
    #expect(await task.value?.code == .cancelled)
    #expect(session.isClosed)
    #expect(throws: SessionError.self, "the slot is in a step") { try engine.openSession() }
    backend.script.goOn()
    #expect(try await inside.value()["y"]?.floats() == [1, 0], "it was in the step before")
    #expect(try await engine.openSession().step(frame(1))["y"]?.floats() == [2, 10])
  }

  @Test("a task that is cancelled already, or while it runs the step itself, closes its session")
  func cancelRunning() async throws {
    let engine = try engine(maximumStreams: 1)
    let early = try engine.openSession()
    let task = Task {
      unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
      return await failure { try await early.step(frame(0)) }
    }
    #expect(await task.value?.message == "the task was cancelled, which closed the session")
    #expect(backend.script.record.steps == [])
    let session = try engine.openSession()
    backend.script.stop()
    // It blocks its thread, which must be none of those that all tasks share.
    let running = Task(executorPreference: ThreadExecutor()) {
      await failure { try await session.step(frame(0)) }
    }
    await until { backend.script.isRunning([0]) }
    running.cancel()
    backend.script.goOn()
    #expect(await running.value?.code == .cancelled)
    #expect(session.isClosed)
    #expect(engine.openSessionCount == 0)
  }

  @Test("calls on one session are taken in their order, resets and frames alike")
  func order() async throws {
    let engine = try engine()
    let session = try engine.openSession()
    backend.script.stop()
    let first = try OtherThread { () throws(SessionError) in try session.step(frame(0)) }
    await until { backend.script.isRunning([0]) }
    async let second = session.step(frame(1))
    await until { engine.waiting.parkedTasks == 1 }
    let reset = try OtherThread { () throws(SessionError) in try session.reset() }
    await until { engine.waiting.parkedThreads == 1 }
    async let third = session.step(frame(2))
    await until { engine.waiting.parkedTasks == 2 }
    backend.script.goOn()
    #expect(try await first.value()["y"]?.floats() == [1, 0])
    #expect(try await second["y"]?.floats() == [3, 10])
    try await reset.value()
    #expect(try await third["y"]?.floats() == [3, 20])
  }

  @Test("frames of a run stay together while others come to the same session")
  func run() async throws {
    let engine = try engine(.pairSums)
    let session = try engine.openSession()
    let whole = try engine.openSession()
    let frames = Tensor((0..<8).flatMap { frame($0).floats() }, shape: [1, 8, 2])
    backend.script.stop()
    let run = try OtherThread { () throws(SessionError) in try session.run(frames) }
    await until { backend.script.isRunning([0]) }
    async let after = session.step(frame(8))
    await until { engine.waiting.parkedTasks == 1 }
    backend.script.goOn()
    let outputs = try await run.value()
    #expect(try await after.isEmpty)
    #expect(try outputs == whole.run(frames))
    #expect(try session.framesPending == 1)
  }

  @Test("closing wakes those who wait, threads too")
  func close() async throws {
    let engine = try engine()
    let sessions = try (0..<2).map { _ in try engine.openSession() }
    backend.script.stop()
    let first = try OtherThread { () throws(SessionError) in try sessions[0].step(frame(0)) }
    await until { backend.script.isRunning([0]) }
    let thread = try OtherThread { () throws(SessionError) in try sessions[1].step(frame(0)) }
    await until { engine.waiting.parkedThreads == 1 }
    sessions[1].close()
    await #expect(throws: SessionError.self) { try await thread.value() }
    sessions[0].close()
    #expect(engine.openSessionCount == 0)
    backend.script.goOn()
    #expect(try await first.value()["y"]?.floats() == [1, 0], "its frame was in the step")
    #expect(throws: SessionError.self) { try sessions[0].reset() }
  }
}

import Synchronization

@testable import Sluice

/// Work on a thread of its own, which may block.
final class OtherThread<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, SessionError>?>(nil)

  init(_ body: @escaping @Sendable () throws(SessionError) -> Value) throws {
    try Thread.start { [self] in
      let result = Result(catching: body)
      self.result.withLock { $0 = result }
    }
  }

  /// What came of it, once it is done.
  func value() async throws -> Value {
    while true {
      if let result = result.withLock({ $0 }) { return try result.get() }
      try Task.checkCancellation()
      await Task.yield()
    }
  }
}

/// Runs each piece of a task on a thread of its own, which may block; here, if the system gives none.
final class ThreadExecutor: TaskExecutor {
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let run: @Sendable () -> Void = { [self] in
      unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    }
    do { try Thread.start(run) } catch { run() }
  }
}

/// Lets others run until a condition holds, or the suite's time limit has cancelled the test.
func until(_ condition: () -> Bool) async {
  while !condition(), !Task.isCancelled { await Task.yield() }
}

extension Engine {
  /// Calls that wait for a step.
  var waiting: Scheduler<Call>.Callers { lanes[0].state.withLock { $0.scheduler.callers } }
}

import Sluice
import Synchronization

/// Runs calls that block, a bounded number at a time, first come first. On threads of their own: those
/// that tasks run on are as many as the processor has cores, and Dispatch's are the same ones.
final class BlockingCalls: Sendable {
  private struct State: Sendable {
    var running = 0
    var waiting: [@Sendable () -> Void] = []
  }

  private let threads: Int
  private let maximumWaiting: Int
  private let state = Mutex(State())

  init(threads: Int, maximumWaiting: Int) {
    self.threads = max(1, threads)
    self.maximumWaiting = maximumWaiting
  }

  /// Calls that wait for a thread.
  var waitingCount: Int { state.withLock { $0.waiting.count } }

  /// - Returns: false, and nothing will be called, if as many wait as may.
  func submit(_ call: @escaping @Sendable () -> Void) -> Bool {
    let (isTaken, starts) = state.withLock { state -> (Bool, Bool) in
      let starts = state.running < threads
      guard starts || state.waiting.count < maximumWaiting else { return (false, false) }
      if starts { state.running += 1 }
      state.waiting.append(call)
      return (true, starts)
    }
    if starts { startThread { [self] in while let next = next() { next() } } }
    return isTaken
  }

  /// What a call gives, awaited without blocking; nil, and nothing is called, if as many wait as may.
  func value<Value: Sendable>(_ call: @escaping @Sendable () -> Value) async -> Value? {
    await withCheckedContinuation { continuation in
      guard submit({ continuation.resume(returning: call()) }) else {
        return continuation.resume(returning: nil)
      }
    }
  }

  private func next() -> (@Sendable () -> Void)? {
    state.withLock { state in
      guard !state.waiting.isEmpty else {
        state.running -= 1
        return nil
      }
      return state.waiting.removeFirst()
    }
  }
}

/// Runs a call that blocks or takes long on a thread of its own, and waits without blocking.
package func onOwnThread<Value: Sendable>(_ call: @escaping @Sendable () -> Value) async -> Value {
  await withCheckedContinuation { continuation in
    startThread { continuation.resume(returning: call()) }
  }
}

/// Runs `body` on a new thread; here, if the system gives none.
private func startThread(_ body: @escaping @Sendable () -> Void) {
  do { try Thread.start(body) } catch { body() }
}

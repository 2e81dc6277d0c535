import SluiceServing
import Synchronization

/// A clock that stands until it is told to go on.
final class ManualClock: ServingClock {
  private struct Sleeper: Sendable {
    let number: Int
    let time: Duration
    let continuation: CheckedContinuation<Bool, Never>
  }

  private struct State: Sendable {
    var now = Duration.seconds(1000)
    var sleepers: [Sleeper] = []
    var cancelled: Set<Int> = []
    var count = 0
  }

  private let state = Mutex(State())

  var now: Duration { state.withLock { $0.now } }

  /// Tasks that sleep.
  var sleeperCount: Int { state.withLock { $0.sleepers.count } }

  func advance(by duration: Duration) {
    let awake = state.withLock { state in
      state.now += duration
      let awake = state.sleepers.filter { $0.time <= state.now }
      state.sleepers.removeAll { $0.time <= state.now }
      return awake
    }
    for sleeper in awake { sleeper.continuation.resume(returning: true) }
  }

  func sleep(until time: Duration) async throws {
    let number = state.withLock { state in
      state.count += 1
      return state.count
    }
    let isOver = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer = state.withLock { state -> Bool? in
          if state.cancelled.contains(number) { return false }
          if time <= state.now { return true }
          state.sleepers.append(
            Sleeper(number: number, time: time, continuation: continuation))
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let sleeper = state.withLock { state in
        state.cancelled.insert(number)
        let index = state.sleepers.firstIndex { $0.number == number }
        return index.map { state.sleepers.remove(at: $0) }
      }
      sleeper?.continuation.resume(returning: false)
    }
    guard isOver else { throw CancellationError() }
  }
}

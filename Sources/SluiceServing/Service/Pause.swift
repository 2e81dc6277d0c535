import Synchronization

/// Lets one task wait until somebody ends the pause; ending it early or twice does no harm.
final class Pause: Sendable {
  private enum State: Sendable {
    case nobodyWaits
    case waits(CheckedContinuation<Void, Never>)
    case isOver
  }

  private let state = Mutex(State.nobodyWaits)

  func end() {
    let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
      defer { state = .isOver }
      if case .waits(let continuation) = state { return continuation }
      return nil
    }
    waiting?.resume()
  }

  /// Returns when the pause is over. For one task.
  func ended() async {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        if case .isOver = state { return true }
        state = .waits(continuation)
        return false
      }
      if isOver { continuation.resume() }
    }
  }
}

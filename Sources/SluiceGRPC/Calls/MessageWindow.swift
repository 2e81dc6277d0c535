import SluiceServing
import Synchronization

/// How many messages of a connection may be unanswered or unwritten, in all and of each stream; its reader
/// waits for more.
final class MessageWindow: Sendable {
  private struct State: Sendable {
    var free: Int
    /// Of streams that have any.
    var taken: [StreamIdentifier: Int] = [:]
    var isClosed = false
    var waiting: CheckedContinuation<Bool, Never>?
    /// Of who waits.
    var wanted: StreamIdentifier?

    /// - Returns: false if there is none.
    mutating func take(_ stream: StreamIdentifier?, limit: Int) -> Bool {
      guard free > 0 else { return false }
      if let stream {
        guard taken[stream, default: 0] < limit else { return false }
        taken[stream, default: 0] += 1
      }
      free -= 1
      return true
    }

    mutating func giveBack(_ stream: StreamIdentifier?) {
      free += 1
      guard let stream, let count = taken[stream] else { return }
      taken[stream] = count > 1 ? count - 1 : nil
    }
  }

  private let state: Mutex<State>
  private let count: Int
  private let limit: Int

  /// - Parameters:
  ///   - count: at least 1 is taken.
  ///   - limit: of those of one stream, where the reader says which it is; nil for as many as of all.
  init(_ count: Int, ofOneStream limit: Int? = nil) {
    self.count = max(1, count)
    self.limit = max(1, limit ?? self.count)
    state = Mutex(State(free: self.count))
  }

  /// Waits for a place; for one reader.
  ///
  /// - Returns: false if the window was closed.
  func enter(_ stream: StreamIdentifier? = nil) async -> Bool {
    await withCheckedContinuation { continuation in
      let answer = state.withLock { state -> Bool? in
        if state.isClosed { return false }
        if state.take(stream, limit: limit) { return true }
        (state.waiting, state.wanted) = (continuation, stream)
        return nil
      }
      if let answer { continuation.resume(returning: answer) }
    }
  }

  /// Gives a place back, as it was taken.
  func leave(_ stream: StreamIdentifier? = nil) {
    let waiting = state.withLock { state -> CheckedContinuation<Bool, Never>? in
      state.giveBack(stream)
      guard state.waiting != nil, state.take(state.wanted, limit: limit) else { return nil }
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.resume(returning: true)
  }

  /// Whoever waits is told, and whoever comes.
  func close() {
    let waiting = state.withLock { state in
      state.isClosed = true
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.resume(returning: false)
  }

  /// Waits until every place was given back; for the reader, which takes none afterwards.
  func drained() async {
    for _ in 0..<count {
      guard await enter() else { return }
    }
  }
}

import Synchronization

/// One stream: the requests that wait for it, and what it has.
///
///     nobody owns it ──request──► owned by a task ──queue is empty──► nobody owns it
///
/// The owner takes the `Possession` out and works on it; requests that come meanwhile wait in the queue in
/// the order in which they came. So no two requests of a stream are ever worked on at the same time.
final class ServedStream: Sendable {
  /// Requests that are served one after another before the thread is others'.
  static let requestsInARow = 16

  struct State: Sendable {
    var waiting: [StreamWork] = []
    /// Requests that are being worked on: 0 or 1.
    var working = 0
    /// nil while the stream is owned.
    var possession: Possession?
    /// The version that the stream runs when all that waits is done; nil if it will have ended.
    var tail: ModelVersion?
    /// The version of which it has a slot, or will have when all that waits is done.
    var leased: ModelVersion?
    var lastUsed: Duration
  }

  let identifier: StreamIdentifier
  let state: Mutex<State>

  /// A stream of which there is nothing yet, owned by who makes it; or one that lies in the store.
  init(_ identifier: StreamIdentifier, stored possession: Possession? = nil, now: Duration) {
    self.identifier = identifier
    state = Mutex(State(possession: possession, tail: possession?.version, lastUsed: now))
  }

  /// The next request, for the owner; nil if none waits.
  func next() -> StreamWork? {
    state.withLock { state in
      guard !state.waiting.isEmpty else {
        state.working = 0
        return nil
      }
      state.working = 1
      return state.waiting.removeFirst()
    }
  }
}

import NIOCore
import NIOWebSocket
import Synchronization

/// What of a connection waits to be written: put in from any thread, taken together on its event loop.
final class Outbox: Sendable {
  private struct State: Sendable {
    var frames: [WebSocketFrame] = []
    /// Whether the loop will come for them.
    var isAwaited = false
  }

  private let state = Mutex(State())
  private let eventLoop: any EventLoop
  private let onFrames: @Sendable () -> Void

  /// - Parameter onFrames: is called on the event loop when there are frames, once for all that came
  ///   before it takes them.
  init(_ eventLoop: any EventLoop, onFrames: @escaping @Sendable () -> Void) {
    (self.eventLoop, self.onFrames) = (eventLoop, onFrames)
  }

  func put(_ frame: WebSocketFrame) {
    let isFirst = state.withLock { state in
      state.frames.append(frame)
      defer { state.isAwaited = true }
      return !state.isAwaited
    }
    if isFirst { eventLoop.execute(onFrames) }
  }

  func take() -> [WebSocketFrame] {
    state.withLock { state in
      state.isAwaited = false
      defer { state.frames = [] }
      return state.frames
    }
  }
}

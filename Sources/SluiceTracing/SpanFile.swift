import Dispatch
import Sluice
import SluiceFormats
import Synchronization

/// What came of the spans of a file.
public struct SpanSummary: Sendable, Hashable {
  /// In the file.
  public var written = 0
  /// Not in it: there was no room for them to wait, they came after the end, or the system did not take them.
  public var dropped = 0
  /// What the system said the first time when it did not take something; nil for never.
  public var failure: String?
}

/// Spans wait here for the thread that writes them: who brings one waits for nobody and, but for the first
/// of a batch, calls nothing of the system. As many wait as may; what comes then is dropped.
final class SpanFile: Sendable {
  private struct Waiting: Sendable {
    var spans: [SpanRecord] = []
    var dropped = 0
    var isClosed = false
    var hasThread = false
  }

  private let waiting = Mutex(Waiting())
  private let lines: Mutex<SpanLines>
  private let limit: Int
  private let pause: DispatchTimeInterval
  private let wakes = DispatchSemaphore(value: 0)
  private let closes = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - limit: spans that may wait.
  ///   - pause: how long spans are gathered before they are written.
  /// - Throws: `unreadable` if the file cannot be written.
  init(
    path: String, service: String, limit: Int = 16384,
    pause: DispatchTimeInterval = .milliseconds(100)
  ) throws(FormatError) {
    lines = Mutex(SpanLines(try AppendedFile(path: path), service: service))
    (self.limit, self.pause) = (limit, pause)
  }

  func add(_ span: SpanRecord) {
    let (isFirst, needsThread) = waiting.withLock { waiting in
      guard !waiting.isClosed, waiting.spans.count < limit else {
        waiting.dropped += 1
        return (false, false)
      }
      waiting.spans.append(span)
      defer { waiting.hasThread = true }
      return (waiting.spans.count == 1, !waiting.hasThread)
    }
    if needsThread { startWriting() }
    if isFirst { wakes.signal() }
  }

  /// Writes what waits; returns when it is written.
  func flush() {
    lines.withLock { lines in
      // Taken in the lock: whoever flushes has waited for what another took before.
      let spans = waiting.withLock { waiting in
        defer { waiting.spans = [] }
        return waiting.spans
      }
      if !spans.isEmpty { lines.append(spans) }
    }
  }

  /// Writes what waits and takes nothing any more.
  func close() -> SpanSummary {
    waiting.withLock { $0.isClosed = true }
    closes.signal()
    wakes.signal()
    flush()
    var summary = lines.withLock { $0.summary }
    summary.dropped += waiting.withLock { $0.dropped }
    return summary
  }

  /// It ends when the file is closed.
  private func startWriting() {
    let write: @Sendable () -> Void = { [self] in
      while true {
        wakes.wait()
        if waiting.withLock({ $0.isClosed }) { return }
        _ = closes.wait(timeout: .now() + pause)
        flush()
      }
    }
    // Without a thread everything waits for the end, or for the next span that finds one.
    do { try Thread.start(write) } catch { waiting.withLock { $0.hasThread = false } }
  }
}

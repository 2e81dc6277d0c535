import Synchronization

/// An engine's counters and log.
final class Journal: Sendable {
  private let log: (@Sendable (String) -> Void)?
  private let kept = Mutex(EngineCounters())

  init(log: (@Sendable (String) -> Void)?) { self.log = log }

  var counters: EngineCounters { kept.withLock { $0 } }

  func count(_ change: (inout EngineCounters) -> Void) { kept.withLock { change(&$0) } }

  func say(_ sentence: String) { log?(sentence) }
}

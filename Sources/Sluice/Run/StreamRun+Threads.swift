import Synchronization

/// Rows on several threads: each group of rows steps together, on a worker of its own where the backend
/// has several.
extension StreamRun {
  /// Runs rows that have their slots at the same time.
  mutating func runTogether(_ rows: Range<Int>) throws(SessionError) {
    let groups = rows.split(into: engine.workerCount)
    guard groups.count > 1 else { return try run(rows: rows) }
    let stepCount = stepCount
    let others = groups.dropFirst().map { OtherRows($0, of: self) }
    var results = [Result { () throws(SessionError) in try ended(groups[0]) }]
    for other in others { results.append(other.result()) }
    for (group, result) in zip(groups, results) {
      take(group, of: try result.get(), since: stepCount)
    }
  }

  /// The run of these rows alone.
  func ended(_ rows: Range<Int>) throws(SessionError) -> StreamRun {
    var own = self
    try own.run(rows: rows)
    return own
  }
}

/// Rows on a thread of their own; if the system gives none, on that of who wants the result.
private final class OtherRows: Sendable {
  private let work: @Sendable () -> Result<StreamRun, SessionError>
  private let found = Mutex<Result<StreamRun, SessionError>?>(nil)
  private let isDone = ThreadGate()

  init(_ rows: Range<Int>, of run: StreamRun) {
    work = { Result { () throws(SessionError) in try run.ended(rows) } }
    do {
      try Thread.start { [self] in
        let result = work()
        found.withLock { $0 = result }
        isDone.open()
      }
    } catch {
      isDone.open()
    }
  }

  func result() -> Result<StreamRun, SessionError> {
    isDone.wait()
    return found.withLock { $0 } ?? work()
  }
}

extension Range<Int> {
  /// The range in as many parts as asked for, of equal size but for one, or fewer.
  fileprivate func split(into parts: Int) -> [Range<Int>] {
    let size = Swift.max(1, (count + parts - 1) / Swift.max(1, parts))
    return stride(from: lowerBound, to: upperBound, by: size).map {
      $0..<Swift.min($0 + size, upperBound)
    }
  }
}

import Synchronization

/// Rows on several threads: each group of rows steps together, in a lane of its own where the engine has
/// several, on a worker of its own where the backend has several.
extension StreamRun {
  /// Runs rows that have their slots at the same time.
  mutating func runTogether(_ rows: Range<Int>) throws(SessionError) {
    let groups = engine.groups(of: rows)
    guard groups.count > 1 else { return try run(rows: rows, on: groups[0].lane) }
    let stepCount = stepCount
    let others = groups.dropFirst().map { OtherRows($0, of: self) }
    var results = [Result { () throws(SessionError) in try ended(groups[0]) }]
    for other in others { results.append(other.result()) }
    for (group, result) in zip(groups, results) {
      take(group.rows, of: try result.get(), since: stepCount)
    }
  }

  /// The run of these rows alone.
  func ended(_ group: RowGroup) throws(SessionError) -> StreamRun {
    var own = self
    try own.run(rows: group.rows, on: group.lane)
    return own
  }
}

/// Rows on a thread of their own; if the system gives none, on that of who wants the result.
private final class OtherRows: Sendable {
  private let work: @Sendable () -> Result<StreamRun, SessionError>
  private let found = Mutex<Result<StreamRun, SessionError>?>(nil)
  private let isDone = ThreadGate()

  init(_ group: RowGroup, of run: StreamRun) {
    work = { Result { () throws(SessionError) in try run.ended(group) } }
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

/// Rows that step together.
struct RowGroup: Sendable {
  var rows: Range<Int>
  var lane: Lane
}

extension Engine {
  /// At least one group. Lanes take as many rows as they have slots, in proportion where not all are
  /// needed; their workers share them evenly.
  fileprivate func groups(of rows: Range<Int>) -> [RowGroup] {
    var groups: [RowGroup] = []
    var (first, slotsLeft) = (rows.lowerBound, slotCount)
    for lane in lanes {
      let left = rows.upperBound - first
      let count = (left * lane.slotCount + slotsLeft - 1) / max(slotsLeft, 1)
      for part in (first..<first + count).split(into: lane.workerCount) {
        groups.append(RowGroup(rows: part, lane: lane))
      }
      (first, slotsLeft) = (first + count, slotsLeft - lane.slotCount)
    }
    return groups.isEmpty ? [RowGroup(rows: rows, lane: lanes[0])] : groups
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

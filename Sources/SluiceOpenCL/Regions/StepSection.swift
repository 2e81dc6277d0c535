/// Operations that follow each other and run in one launch, or in launches of their own.
struct StepSection: Hashable {
  var operations: Range<Int>
  /// Whether a work-group serves several streams (`Launch.Geometry.tiles`). It has no row of scratch
  /// then: all that its operations touch, their workspace too, lies in the streams' own rows.
  var sharesGroups = false
}

extension DeviceLowering {
  /// The plan in pieces: each wide layer by itself, what lies between them together, with further
  /// beginnings at operations `cuts`. The last one shares no groups, and may be empty: it brings results
  /// to their place.
  ///
  /// - Parameter tableLimit: bytes of calls (`BodyTable`) in a section, far below the 64 KB of constant
  ///   memory that every device has.
  func sections(cuts: [Int] = [], tableLimit: Int = 40 << 10) -> [StepSection] {
    let wide = plan.operations.indices.filter(isWide(operation:))
    let count = plan.operations.count
    let starts =
      [0]
      + Set(cuts + tableCuts(tableLimit) + wide + wide.map { $0 + 1 }).filter {
        0 < $0 && $0 < count
      }.sorted()
    let sections = zip(starts, starts.dropFirst() + [count]).map {
      StepSection(operations: $0..<$1, sharesGroups: $0 < $1 && isWide(operation: $0))
    }
    let needsLast = sections.last?.sharesGroups ?? false
    return sections + (needsLast ? [StepSection(operations: count..<count)] : [])
  }

  /// Operations with which a section begins because the calls before them fill a table.
  private func tableCuts(_ limit: Int) -> [Int] {
    let rowByteCount = BodyTable.rowByteCount(
      operands: calls.joined().map { $0.reads.count + $0.writes.count }.max() ?? 0)
    var (cuts, byteCount) = ([Int](), 0)
    for operation in calls.indices {
      let own = calls[operation].count * rowByteCount
      if byteCount + own > limit, byteCount > 0 {
        cuts.append(operation)
        byteCount = 0
      }
      byteCount += own
    }
    return cuts
  }

  private func isWide(operation: Int) -> Bool {
    if case .wide = calls[operation].first?.body { true } else { false }
  }
}

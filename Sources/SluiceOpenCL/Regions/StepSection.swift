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
  func sections(cuts: [Int] = []) -> [StepSection] {
    let wide = plan.operations.indices.filter(isWide(operation:))
    let count = plan.operations.count
    let starts =
      [0]
      + Set(cuts + wide + wide.map { $0 + 1 }).filter { 0 < $0 && $0 < count }.sorted()
    let sections = zip(starts, starts.dropFirst() + [count]).map {
      StepSection(operations: $0..<$1, sharesGroups: $0 < $1 && isWide(operation: $0))
    }
    let needsLast = sections.last?.sharesGroups ?? false
    return sections + (needsLast ? [StepSection(operations: count..<count)] : [])
  }

  private func isWide(operation: Int) -> Bool {
    if case .wide = calls[operation].first?.body { true } else { false }
  }
}

import SluicePlanning

/// Where the values lie that cross from one launch of a step into another: a row for each stream that
/// the launches run together.
struct CrossingRow {
  /// By buffer, none of them an alias or a view.
  let offsets: [Int: Int]
  /// Where the workspace of sections that share groups begins.
  let workspace: Int
  let byteCount: Int

  /// - Parameter lifetimes: of scratch buffers.
  init(
    _ lowering: DeviceLowering, _ sections: [StepSection], _ lifetimes: [Int: ClosedRange<Int>]
  ) {
    let intervals = lifetimes.compactMap { buffer, life -> ScratchLayout.Interval? in
      let first = Self.section(at: life.lowerBound, sections)
      let last = Self.section(at: life.upperBound, sections)
      guard first != last || sections[first].sharesGroups else { return nil }
      return .init(
        buffer: buffer, byteCount: lowering.plan.buffers[buffer].byteCount, first: life.lowerBound,
        last: life.upperBound)
    }
    let layout = ScratchLayout(intervals)
    offsets = layout.offsets
    workspace = layout.byteCount
    let sharing = sections.filter(\.sharesGroups).map(\.operations).joined()
    byteCount =
      workspace
      + ScratchLayout.aligned(sharing.map { lowering.workspaceByteCounts[$0] }.max() ?? 0)
  }

  static func section(at operation: Int, _ sections: [StepSection]) -> Int {
    sections.firstIndex { operation < $0.operations.upperBound } ?? max(sections.count - 1, 0)
  }
}

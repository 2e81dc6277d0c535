import SluicePlanning

/// Where the values lie that cross from one launch of a step into another: a row for each stream that
/// the launches run together.
struct CrossingRow {
  /// By buffer, none of them an alias or a view.
  let offsets: [Int: Int]
  /// Where the workspace of sections that share groups begins.
  let workspace: Int
  let byteCount: Int

  init(_ lowering: DeviceLowering, _ sections: [StepSection]) {
    let plan = lowering.plan
    let intervals = Self.lifetimes(plan).compactMap { buffer, life -> ScratchLayout.Interval? in
      let first = Self.section(at: life.lowerBound, sections)
      let last = Self.section(at: life.upperBound, sections)
      guard first != last || sections[first].sharesGroups else { return nil }
      return .init(
        buffer: buffer, byteCount: plan.buffers[buffer].byteCount, first: life.lowerBound,
        last: life.upperBound)
    }
    let layout = ScratchLayout(intervals)
    offsets = layout.offsets
    workspace = layout.byteCount
    let ownsWorkspace = sections.contains(where: \.sharesGroups)
    byteCount =
      workspace + (ownsWorkspace ? ScratchLayout.aligned(lowering.workspaceByteCount) : 0)
  }

  private static func section(at operation: Int, _ sections: [StepSection]) -> Int {
    sections.firstIndex { operation < $0.operations.upperBound } ?? max(sections.count - 1, 0)
  }

  /// First and last operation that touches each scratch buffer; results are touched after the last.
  private static func lifetimes(_ plan: Plan) -> [Int: ClosedRange<Int>] {
    var lifetimes: [Int: ClosedRange<Int>] = [:]
    func touch(_ buffer: Int, at index: Int) {
      let root = plan.place(of: buffer).root
      guard case .scratch = plan.buffers[root].placement else { return }
      lifetimes[root] = (lifetimes[root]?.lowerBound ?? index)...index
    }
    for (index, operation) in plan.operations.enumerated() {
      for buffer in operation.inputs + operation.outputs {
        if let buffer { touch(buffer, at: index) }
      }
    }
    for buffer in plan.outputs.map(\.buffer) + plan.states.map(\.next) {
      touch(buffer, at: plan.operations.count)
    }
    return lifetimes
  }
}

import SluicePlanning

/// Where the values of a section and the workspaces of its operations lie that no other section sees: in
/// the work-group's local memory, or in its row of scratch.
struct SectionRow {
  /// By buffer, none of them an alias or a view.
  private(set) var buffers: [Int: Location] = [:]
  /// By operation; where an operation's workspace begins.
  private(set) var workspaces: [Int: Location] = [:]
  private(set) var arenaByteCount = 0
  private(set) var scratchByteCount = 0

  /// - Parameters:
  ///   - lifetimes: of the scratch buffers that belong to the section.
  ///   - limit: bytes of local memory; what does not fit, the largest values first, goes to scratch.
  init(
    _ lowering: DeviceLowering, _ section: StepSection, _ lifetimes: [Int: ClosedRange<Int>],
    limit: Int
  ) {
    let count = lowering.plan.buffers.count
    // Workspaces are numbered behind the buffers.
    var near = lifetimes.map { buffer, life in
      ScratchLayout.Interval(
        buffer: buffer, byteCount: lowering.plan.buffers[buffer].byteCount,
        first: life.lowerBound, last: life.upperBound)
    }
    near += (section.sharesGroups ? 0..<0 : section.operations).map {
      .init(
        buffer: count + $0, byteCount: lowering.workspaceByteCounts[$0], first: $0, last: $0)
    }
    near.sort { ($0.byteCount, $0.buffer) < ($1.byteCount, $1.buffer) }
    var far: [ScratchLayout.Interval] = []
    var arena = ScratchLayout(near)
    while arena.byteCount > limit, let largest = near.popLast() {
      far.append(largest)
      arena = ScratchLayout(near)
    }
    let scratch = ScratchLayout(far)
    (arenaByteCount, scratchByteCount) = (arena.byteCount, scratch.byteCount)
    for (space, layout) in [(Location.Space.arena, arena), (.scratch, scratch)] {
      for (number, offset) in layout.offsets {
        let location = Location(space: space, offset: offset)
        if number < count {
          buffers[number] = location
        } else {
          workspaces[number - count] = location
        }
      }
    }
  }
}

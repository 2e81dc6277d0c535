import SluiceBackends
import SluiceGraph
import SluicePlanning

/// Where every buffer of a plan lies. Results go to where they are wanted at once: an output into the
/// outputs, the one update of a state into its second copy. What is wanted in two places, or lies
/// elsewhere, is copied after the last operation (`transfers`).
struct RowLayout {
  let plan: Plan
  let constants: Regions
  let inputs: Regions
  let outputs: Regions
  /// One copy.
  let states: Regions
  let crossing: CrossingRow
  /// What the launches run, in order.
  let sections: [StepSection]
  /// What belongs to each of them alone.
  private(set) var rows: [SectionRow] = []
  private let workspaceByteCounts: [Int]
  private var locations: [Location?] = []

  init(_ lowering: DeviceLowering, _ sections: [StepSection]) throws(BackendError) {
    let plan = lowering.plan
    self.plan = plan
    self.sections = sections
    workspaceByteCounts = lowering.workspaceByteCounts
    let used = lowering.usedConstants
    let sizes = plan.constants.enumerated().map { used.contains($0) ? $1.byteCount : 0 }
    constants = try Regions(sizes + lowering.tables.map(\.byteCount))
    inputs = try Regions(plan.inputs.map { plan.buffers[$0.buffer].byteCount })
    outputs = try Regions(plan.outputs.map { plan.buffers[$0.buffer].byteCount })
    states = try Regions(plan.states.map(\.variable.initial.byteCount))
    locations = plan.buffers.map { [constants, inputs, states] in
      switch $0.placement {
      case .constant(let index): Location(space: .constants, offset: constants.offsets[index])
      case .input(let index): Location(space: .inputs, offset: inputs.offsets[index])
      case .state(let index): Location(space: .current, offset: states.offsets[index])
      case .scratch, .alias, .view: nil
      }
    }
    for (index, state) in plan.states.enumerated() {
      if let buffer = plan.wholeScratch(state.next) {
        locations[buffer] = Location(space: .next, offset: states.offsets[index])
      }
    }
    for (index, port) in plan.outputs.enumerated() {
      if let buffer = plan.wholeScratch(port.buffer) {
        locations[buffer] = Location(space: .outputs, offset: outputs.offsets[index])
      }
    }
    let lifetimes = plan.scratchLifetimes.filter { [locations] in locations[$0.key] == nil }
    crossing = CrossingRow(lowering, sections, lifetimes)
    place(lifetimes, lowering)
  }

  /// What lies in scratch: in the crossing row, or in the row of its section.
  private mutating func place(
    _ lifetimes: [Int: ClosedRange<Int>], _ lowering: DeviceLowering
  ) {
    for (buffer, offset) in crossing.offsets {
      locations[buffer] = Location(space: .crossing, offset: offset)
    }
    for (index, section) in sections.enumerated() {
      let own = lifetimes.filter {
        crossing.offsets[$0.key] == nil
          && CrossingRow.section(at: $0.value.lowerBound, sections) == index
      }
      let row = SectionRow(lowering, section, own, limit: lowering.form.localByteCount)
      rows.append(row)
      for (buffer, location) in row.buffers { locations[buffer] = location }
    }
  }

  /// Bytes of a work-group's row of scratch.
  var scratchByteCount: Int { rows.map(\.scratchByteCount).max() ?? 0 }

  func location(of buffer: Int) -> Location {
    let (root, offset) = plan.place(of: buffer)
    guard var location = locations[root] else {
      preconditionFailure("buffer \(root) is an alias of an alias")
    }
    location.offset += offset * plan.buffers[root].elementType.byteCount
    return location
  }

  /// - Parameter operation: the one that has the operand.
  func location(of operand: Operand, at operation: Int) -> Location {
    var location =
      switch operand.place {
      case .buffer(let buffer): location(of: buffer)
      case .table(let index):
        Location(space: .constants, offset: constants.offsets[plan.constants.count + index])
      case .workspace: workspace(of: operation)
      }
    location.offset += operand.offset
    return location
  }

  private func workspace(of operation: Int) -> Location {
    let index = CrossingRow.section(at: operation, sections)
    if sections[index].sharesGroups {
      return Location(space: .crossing, offset: crossing.workspace)
    }
    return rows[index].workspaces[operation] ?? Location(space: .scratch, offset: 0)
  }

  /// The bytes that an operand's buffer spans, for what may not overlap.
  func span(
    of operand: Operand, at operation: Int
  ) -> (space: Location.Space, range: Range<Int>) {
    switch operand.place {
    case .workspace:
      let start = workspace(of: operation)
      let size = max(workspaceByteCounts[operation], 1)
      return (start.space, start.offset..<start.offset + size)
    case .table: return (.constants, 0..<1)
    case .buffer(let buffer):
      let root = plan.place(of: buffer).root
      let start = location(of: root)
      return (start.space, start.offset..<start.offset + max(plan.buffers[root].byteCount, 1))
    }
  }

  /// Results to copy once all operations have run.
  var transfers: [(from: Location, to: Location, byteCount: Int)] {
    let results =
      plan.outputs.enumerated().map {
        ($1.buffer, Location(space: .outputs, offset: outputs.offsets[$0]))
      }
      + plan.states.enumerated().map {
        ($1.next, Location(space: .next, offset: states.offsets[$0]))
      }
    return results.compactMap { buffer, target in
      let source = location(of: buffer)
      let bytes = plan.buffers[buffer].byteCount
      return source == target || bytes == 0 ? nil : (source, target, bytes)
    }
  }
}

extension Plan {
  /// The scratch buffer that a buffer is, under whatever shape; nil if it lies elsewhere or is a view.
  fileprivate func wholeScratch(_ buffer: Int) -> Int? {
    if case .view = buffers[buffer].placement { return nil }
    let root = place(of: buffer).root
    if case .scratch = buffers[root].placement { return root }
    return nil
  }
}

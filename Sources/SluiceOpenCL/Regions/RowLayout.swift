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
  /// Scratch and workspace of a work-group.
  let scratchByteCount: Int
  let crossing: CrossingRow
  /// What the launches run, in order.
  let sections: [StepSection]
  private var locations: [Location?] = []

  init(_ lowering: DeviceLowering, _ sections: [StepSection]) throws(BackendError) {
    let plan = lowering.plan
    self.plan = plan
    self.sections = sections
    crossing = CrossingRow(lowering, sections)
    let used = lowering.usedConstants
    let sizes = plan.constants.enumerated().map { used.contains($0) ? $1.byteCount : 0 }
    constants = try Regions(sizes + lowering.tables.map(\.byteCount))
    inputs = try Regions(plan.inputs.map { plan.buffers[$0.buffer].byteCount })
    outputs = try Regions(plan.outputs.map { plan.buffers[$0.buffer].byteCount })
    states = try Regions(plan.states.map(\.variable.initial.byteCount))
    scratchByteCount = try Regions([plan.scratchByteCount, lowering.workspaceByteCount]).byteCount
    locations = plan.buffers.enumerated().map { [constants, inputs, states, crossing] in
      switch $1.placement {
      case .constant(let index): Location(space: .constants, offset: constants.offsets[index])
      case .scratch(let offset):
        crossing.offsets[$0].map { Location(space: .crossing, offset: $0) }
          ?? Location(space: .scratch, offset: offset)
      case .input(let index): Location(space: .inputs, offset: inputs.offsets[index])
      case .state(let index): Location(space: .current, offset: states.offsets[index])
      case .alias, .view: nil
      }
    }
    for (index, state) in plan.states.enumerated() {
      if let buffer = wholeScratch(state.next) {
        locations[buffer] = Location(space: .next, offset: states.offsets[index])
      }
    }
    for (index, port) in plan.outputs.enumerated() {
      if let buffer = wholeScratch(port.buffer) {
        locations[buffer] = Location(space: .outputs, offset: outputs.offsets[index])
      }
    }
  }

  private func wholeScratch(_ buffer: Int) -> Int? {
    if case .view = plan.buffers[buffer].placement { return nil }
    let root = plan.place(of: buffer).root
    if case .scratch = plan.buffers[root].placement { return root }
    return nil
  }

  func location(of buffer: Int) -> Location {
    let (root, offset) = plan.place(of: buffer)
    guard var location = locations[root] else {
      preconditionFailure("buffer \(root) is an alias of an alias")
    }
    location.offset += offset * plan.buffers[root].elementType.byteCount
    return location
  }

  /// - Parameter section: the one whose operation has the operand.
  func location(of operand: Operand, in section: StepSection) -> Location {
    var location =
      switch operand.place {
      case .buffer(let buffer): location(of: buffer)
      case .table(let index):
        Location(space: .constants, offset: constants.offsets[plan.constants.count + index])
      case .workspace: workspace(of: section)
      }
    location.offset += operand.offset
    return location
  }

  private func workspace(of section: StepSection) -> Location {
    section.sharesGroups
      ? Location(space: .crossing, offset: crossing.workspace)
      : Location(space: .scratch, offset: (plan.scratchByteCount + 63) / 64 * 64)
  }

  /// The bytes that an operand's buffer spans, for what may not overlap.
  func span(
    of operand: Operand, in section: StepSection
  ) -> (space: Location.Space, range: Range<Int>) {
    switch operand.place {
    case .workspace:
      let start = workspace(of: section)
      let end = start.space == .scratch ? scratchByteCount : crossing.byteCount
      return (start.space, start.offset..<max(end, start.offset + 1))
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

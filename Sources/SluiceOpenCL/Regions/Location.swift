import SluiceBackends
import SluiceGraph
import SluicePlanning

/// Where an operand lies: bytes from the beginning of one of a stream's rows.
struct Location: Hashable {
  enum Space: String {
    /// One for all streams.
    case constants
    case inputs, outputs
    /// States as the last step left them, and those that the running step writes.
    case current, next
    /// The plan's scratch, then the workspace; of a work-group.
    case scratch
  }

  var space: Space
  var offset: Int
}

/// Offsets of regions one after another, each at a multiple of 64 bytes.
struct Regions {
  private(set) var offsets: [Int] = []
  private(set) var byteCount = 0

  /// - Throws: `limit` on overflow.
  init(_ sizes: some Sequence<Int>) throws(BackendError) {
    for size in sizes {
      offsets.append(byteCount)
      let (sum, overflow) = byteCount.addingReportingOverflow(size)
      guard !overflow, sum < Int.max - 64 else {
        throw BackendError(.limit, "the plan's buffers are beyond any memory")
      }
      byteCount = (sum + 63) / 64 * 64
    }
  }
}

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
  /// Scratch and workspace.
  let scratchByteCount: Int
  private var locations: [Location?] = []

  init(_ lowering: DeviceLowering) throws(BackendError) {
    let plan = lowering.plan
    self.plan = plan
    let used = lowering.usedConstants
    let sizes = plan.constants.enumerated().map { used.contains($0) ? $1.byteCount : 0 }
    constants = try Regions(sizes + lowering.tables.map(\.byteCount))
    inputs = try Regions(plan.inputs.map { plan.buffers[$0.buffer].byteCount })
    outputs = try Regions(plan.outputs.map { plan.buffers[$0.buffer].byteCount })
    states = try Regions(plan.states.map(\.variable.initial.byteCount))
    scratchByteCount = try Regions([plan.scratchByteCount, lowering.workspaceByteCount]).byteCount
    locations = plan.buffers.map { [constants, inputs, states] in
      switch $0.placement {
      case .constant(let index): Location(space: .constants, offset: constants.offsets[index])
      case .scratch(let offset): Location(space: .scratch, offset: offset)
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

  func location(of operand: Operand) -> Location {
    var location =
      switch operand.place {
      case .buffer(let buffer): location(of: buffer)
      case .table(let index):
        Location(space: .constants, offset: constants.offsets[plan.constants.count + index])
      case .workspace:
        Location(space: .scratch, offset: (plan.scratchByteCount + 63) / 64 * 64)
      }
    location.offset += operand.offset
    return location
  }

  /// The bytes that an operand's buffer spans, for what may not overlap.
  func span(of operand: Operand) -> (space: Location.Space, range: Range<Int>) {
    switch operand.place {
    case .workspace:
      let start = (plan.scratchByteCount + 63) / 64 * 64
      return (.scratch, start..<max(scratchByteCount, start + 1))
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

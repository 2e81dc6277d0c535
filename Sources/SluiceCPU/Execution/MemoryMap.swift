import CKernels
import SluiceBackends
import SluicePlanning

/// Where every buffer of a plan lies: a base, of which each slot has its own table, and an offset.
///
///     base 0  constants and tables     one for all slots
///     1       scratch                  one per lane of a worker: streams that step together
///     2       workspace                one per worker
///     3, 4    inputs, outputs          per slot
///     5 + 2i  state i as the last step left it; 6 + 2i what the running step writes
///
/// Results go to where they are wanted at once: an output into the outputs, the one update of a state
/// into its second copy. What is wanted in two places, or lies elsewhere, is copied after the last
/// operation (`transfers`).
struct MemoryMap {
  let plan: Plan
  let constants: RegionLayout
  let inputs: RegionLayout
  let outputs: RegionLayout
  let states: RegionLayout
  let workspaceByteCount: Int
  /// Streams whose scratch a worker holds.
  let lanes: Int
  /// Of each buffer that is no alias.
  private var locations: [sluice_operand] = []

  var baseCount: Int { 5 + 2 * plan.states.count }

  /// - Parameter usedConstants: those that need memory; nil for all.
  init(
    _ plan: Plan, tables: [Int], workspaceByteCount: Int, lanes: Int,
    usedConstants: Set<Int>? = nil
  ) throws(BackendError) {
    self.plan = plan
    self.workspaceByteCount = workspaceByteCount
    self.lanes = lanes
    let constantSizes = plan.constants.enumerated().map { index, tensor in
      usedConstants?.contains(index) ?? true ? tensor.byteCount : 0
    }
    constants = try RegionLayout(constantSizes + tables)
    inputs = try RegionLayout(plan.inputs.map { plan.buffers[$0.buffer].byteCount })
    outputs = try RegionLayout(plan.outputs.map { plan.buffers[$0.buffer].byteCount })
    states = try RegionLayout(plan.states.map(\.variable.initial.byteCount))
    locations = plan.buffers.map { [constants, inputs] in
      switch $0.placement {
      case .constant(let index): operand(0, constants.offsets[index])
      case .scratch(let offset): operand(1, offset)
      case .input(let index): operand(3, inputs.offsets[index])
      case .state(let index): operand(5 + 2 * index, 0)
      case .alias, .view: operand(-1, 0)
      }
    }
    moveResults()
  }

  /// Gives scratch buffers that are results, whole, their final place.
  private mutating func moveResults() {
    for (index, state) in plan.states.enumerated() {
      if let buffer = wholeScratch(state.next) { locations[buffer] = operand(6 + 2 * index, 0) }
    }
    for (index, port) in plan.outputs.enumerated() {
      if let buffer = wholeScratch(port.buffer) {
        locations[buffer] = operand(4, outputs.offsets[index])
      }
    }
  }

  private func wholeScratch(_ buffer: Int) -> Int? {
    if case .view = plan.buffers[buffer].placement { return nil }
    let root = plan.place(of: buffer).root
    if case .scratch = plan.buffers[root].placement { return root }
    return nil
  }

  func location(of buffer: Int) -> sluice_operand {
    let (root, offset) = plan.place(of: buffer)
    var location = locations[root]
    location.offset += Int64(offset * plan.buffers[root].elementType.byteCount)
    return location
  }

  func location(of operand: Operand) -> sluice_operand {
    var location =
      switch operand.place {
      case .buffer(let buffer): location(of: buffer)
      case .table(let index):
        SluiceCPU.operand(0, constants.offsets[plan.constants.count + index])
      case .workspace: SluiceCPU.operand(2, 0)
      }
    location.offset += Int64(operand.offset)
    return location
  }

  /// Results to copy once all operations have run: from, to, bytes.
  var transfers: [(from: sluice_operand, to: sluice_operand, byteCount: Int)] {
    let results =
      plan.outputs.enumerated().map { ($1.buffer, operand(4, outputs.offsets[$0])) }
      + plan.states.enumerated().map { ($1.next, operand(6 + 2 * $0, 0)) }
    return results.compactMap { buffer, target in
      let source = location(of: buffer)
      guard source.base != target.base || source.offset != target.offset else { return nil }
      return (source, target, plan.buffers[buffer].byteCount)
    }
  }

  /// Bytes that slots, scratch and workspaces take together; nil on overflow.
  func byteCount(slots: Int, workers: Int) -> Int? {
    let perSlot = [inputs.byteCount, outputs.byteCount, states.byteCount, states.byteCount]
    let parts =
      perSlot.map { ($0, slots) }
      + [(plan.scratchByteCount, lanes * workers), (workspaceByteCount, workers)]
    var total = 0
    for (part, times) in parts {
      let (bytes, overflow) = part.multipliedReportingOverflow(by: times)
      let (sum, isTooLarge) = total.addingReportingOverflow(bytes)
      if overflow || isTooLarge { return nil }
      total = sum
    }
    return total
  }
}

private func operand(_ base: Int, _ offset: Int) -> sluice_operand {
  sluice_operand(base: Int64(base), offset: Int64(offset))
}

import SluiceBackends

/// The slabs of an executable: rows of inputs, outputs and states for a range of slots each, as many slots
/// as the device's largest allocation lets one buffer hold.
struct DeviceMemory: Sendable {
  struct Slab: Sendable {
    var slots: Range<Int>
    var inputs: DeviceBuffer
    var outputs: DeviceBuffer
    /// Two copies a slot.
    var states: DeviceBuffer
  }

  let slabs: [Slab]
  let constants: DeviceBuffer
  /// A row per work-group.
  let scratch: DeviceBuffer
  /// Work-groups of a launch at most.
  let groups: Int
  let slotsPerSlab: Int

  /// - Throws: `limit`, before anything is allocated, with the bytes needed, the device's total and its
  ///   largest allocation.
  init(
    _ layout: RowLayout, slots: Int, groups: Int, memoryLimit: Int, on context: OpenCLContext
  ) throws(BackendError) {
    let device = context.device
    let rows = [layout.inputs.byteCount, layout.outputs.byteCount, layout.states.byteCount * 2]
    let largest = max(rows.max() ?? 0, 1)
    let groups = max(
      min(groups, slots, device.largestAllocation / max(layout.scratchByteCount, 1)), 1)
    let needed = Self.total(rows, slots, layout, groups)
    guard let needed, needed <= memoryLimit, needed <= device.globalMemory,
      largest <= device.largestAllocation, layout.scratchByteCount <= device.largestAllocation,
      layout.constants.byteCount <= device.largestAllocation
    else {
      let found = needed.map { "\($0) bytes" } ?? "more bytes than an address holds"
      throw BackendError(
        .limit,
        """
        \(slots) slots take \(found): the memory limit is \(memoryLimit) bytes, '\(device.name)' has \
        \(device.globalMemory), \(device.largestAllocation) for one buffer
        """)
    }
    self.groups = groups
    slotsPerSlab = max(min(slots, device.largestAllocation / largest), 1)
    constants = try context.makeBuffer(byteCount: max(layout.constants.byteCount, 64))
    scratch = try context.makeBuffer(byteCount: max(layout.scratchByteCount * groups, 64))
    var slabs: [Slab] = []
    for first in stride(from: 0, to: slots, by: slotsPerSlab) {
      let range = first..<min(first + slotsPerSlab, slots)
      slabs.append(
        Slab(
          slots: range,
          inputs: try context.makeBuffer(byteCount: max(rows[0] * range.count, 64)),
          outputs: try context.makeBuffer(byteCount: max(rows[1] * range.count, 64)),
          states: try context.makeBuffer(byteCount: max(rows[2] * range.count, 64))))
    }
    self.slabs = slabs
  }

  private static func total(
    _ rows: [Int], _ slots: Int, _ layout: RowLayout, _ groups: Int
  ) -> Int? {
    let parts = rows.map { ($0, slots) } + [(layout.scratchByteCount, groups)]
    var total = layout.constants.byteCount
    for (part, times) in parts {
      let (bytes, overflow) = part.multipliedReportingOverflow(by: times)
      let (sum, isTooLarge) = total.addingReportingOverflow(bytes)
      if overflow || isTooLarge { return nil }
      total = sum
    }
    return total
  }
}

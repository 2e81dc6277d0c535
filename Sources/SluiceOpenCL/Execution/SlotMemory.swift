import SluiceBackends

/// The slabs of an executable: rows of inputs, outputs and states for a range of slots each, as many slots
/// as the device's largest allocation lets one buffer hold.
struct SlotMemory: Sendable {
  struct Slab: Sendable {
    var slots: Range<Int>
    var inputs: DeviceBuffer
    var outputs: DeviceBuffer
    /// Two copies a slot.
    var states: DeviceBuffer
  }

  let slabs: [Slab]
  let slotsPerSlab: Int

  /// Bytes of a slot's rows: inputs, outputs, both copies of the states.
  static func rows(_ layout: RowLayout) -> [Int] {
    [layout.inputs.byteCount, layout.outputs.byteCount, layout.states.byteCount * 2]
  }

  init(_ layout: RowLayout, slots: Int, on context: OpenCLContext) throws(BackendError) {
    let rows = Self.rows(layout)
    let largest = max(rows.max() ?? 0, 1)
    slotsPerSlab = max(min(slots, context.device.largestAllocation / largest), 1)
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

  /// Rows of the host, one per slot, in parts as the slabs are.
  func hostRows(
    of byteCount: Int, slots: Int, on queue: CommandQueue
  ) throws(BackendError) -> HostRows {
    try HostRows(rows: slots, rowsPerPart: slotsPerSlab, rowByteCount: byteCount, queue: queue)
  }

  /// Has the device give the memory of all slots, and of the launches beside them.
  func touch(beside own: ProgramMemory, on queue: CommandQueue) throws(BackendError) {
    try queue.touch(
      whole: slabs.flatMap { [$0.inputs, $0.states] },
      heads: own.buffers + slabs.map(\.outputs))
  }
}

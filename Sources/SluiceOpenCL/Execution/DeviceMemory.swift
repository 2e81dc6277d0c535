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
  /// A row for each stream of a chunk.
  let crossing: DeviceBuffer
  /// A row per work-group.
  let scratch: DeviceBuffer
  /// Streams that the launches of a step run together at most.
  let chunk: Int
  /// Work-groups of a launch at most.
  let groups: Int
  let slotsPerSlab: Int

  /// - Parameters:
  ///   - groups: work-groups that the device runs at once.
  ///   - chunk: streams of a chunk at most; nil for as many as there is memory for.
  /// - Throws: `limit`, before anything is allocated, with the bytes needed, the device's total and its
  ///   largest allocation.
  init(
    _ layout: RowLayout, slots: Int, groups: Int, chunk: Int?, memoryLimit: Int,
    on context: OpenCLContext
  ) throws(BackendError) {
    let device = context.device
    let rows = [layout.inputs.byteCount, layout.outputs.byteCount, layout.states.byteCount * 2]
    let (crossingRow, scratchRow) = (layout.crossing.byteCount, layout.scratchByteCount)
    let largest = max(rows.max() ?? 0, 1)
    var parts = rows.map { ($0, slots) } + [(layout.constants.byteCount, 1)]
    let most = min(memoryLimit, device.globalMemory)
    func left() -> Int { max(most - (Self.total(parts) ?? most), 0) }
    // Where there is little memory, fewer groups run at once; a chunk has half of what is left.
    let room = min(crossingRow > 0 ? left() / 2 : left(), device.largestAllocation)
    self.groups = max(min(groups, slots, room / max(scratchRow, 1)), 1)
    parts.append((scratchRow, self.groups))
    self.chunk = max(
      min(
        chunk ?? slots, slots,
        min(left(), device.largestAllocation) / max(crossingRow, 1)), 1)
    parts.append((crossingRow, self.chunk))
    let needed = Self.total(parts)
    guard let needed, needed <= most, largest <= device.largestAllocation,
      [scratchRow, crossingRow, layout.constants.byteCount]
        .allSatisfy({ $0 <= device.largestAllocation })
    else {
      let found = needed.map { "\($0) bytes" } ?? "more bytes than an address holds"
      throw BackendError(
        .limit,
        """
        \(slots) slots take \(found): the memory limit is \(memoryLimit) bytes, '\(device.name)' has \
        \(device.globalMemory), \(device.largestAllocation) for one buffer
        """)
    }
    slotsPerSlab = max(min(slots, device.largestAllocation / largest), 1)
    constants = try context.makeBuffer(byteCount: max(layout.constants.byteCount, 64))
    crossing = try context.makeBuffer(byteCount: max(crossingRow * self.chunk, 64))
    scratch = try context.makeBuffer(byteCount: max(scratchRow * self.groups, 64))
    slabs = try Self.slabs(rows, slots: slots, perSlab: slotsPerSlab, on: context)
  }

  private static func slabs(
    _ rows: [Int], slots: Int, perSlab: Int, on context: OpenCLContext
  ) throws(BackendError) -> [Slab] {
    var slabs: [Slab] = []
    for first in stride(from: 0, to: slots, by: perSlab) {
      let range = first..<min(first + perSlab, slots)
      slabs.append(
        Slab(
          slots: range,
          inputs: try context.makeBuffer(byteCount: max(rows[0] * range.count, 64)),
          outputs: try context.makeBuffer(byteCount: max(rows[1] * range.count, 64)),
          states: try context.makeBuffer(byteCount: max(rows[2] * range.count, 64))))
    }
    return slabs
  }

  /// Writes to every buffer: drivers give memory when it is first touched, and it has to be there before
  /// a stream is admitted. Of rows that launches write before they read them only the first bytes, so
  /// that tools which look for reads of what nothing wrote still see them.
  ///
  /// - Throws: `limit` if the device gives less than it said.
  func touch(_ queue: CommandQueue) throws(BackendError) {
    let whole = slabs.flatMap { [$0.inputs, $0.states] }
    let others = [constants, crossing, scratch] + slabs.map(\.outputs)
    do {
      for buffer in whole { try queue.fill(buffer, byteCount: buffer.byteCount) }
      for buffer in others { try queue.fill(buffer, byteCount: 64) }
      try queue.finish()
    } catch {
      let device = queue.context.device
      throw BackendError(
        .limit,
        """
        '\(device.name)' does not give \((whole + others).reduce(0) { $0 + $1.byteCount }) bytes, though it has \
        \(device.globalMemory): \(error.message)
        """, cause: error)
    }
  }

  /// Bytes of so many rows of so many bytes; nil where that overflows.
  private static func total(_ parts: [(bytes: Int, rows: Int)]) -> Int? {
    var total = 0
    for part in parts {
      let (bytes, overflow) = part.bytes.multipliedReportingOverflow(by: part.rows)
      let (sum, isTooLarge) = total.addingReportingOverflow(bytes)
      if overflow || isTooLarge { return nil }
      total = sum
    }
    return total
  }
}

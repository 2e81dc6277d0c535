import SluiceBackends

/// Device memory that the launches of a step have beside the rows of the slots.
struct ProgramMemory: Sendable {
  let constants: DeviceBuffer
  /// A row for each stream of a chunk.
  let crossing: DeviceBuffer
  /// A row per work-group.
  let scratch: DeviceBuffer
  /// Streams that the launches of a step run together at most.
  let chunk: Int
  /// Work-groups of a launch at most.
  let groups: Int

  /// - Parameters:
  ///   - groups: work-groups that the device runs at once.
  ///   - chunk: streams of a chunk at most; nil for as many as there is memory for.
  ///   - beside: bytes that the executable has already, the slots' rows not counted.
  /// - Throws: `limit`, before anything is allocated, with the bytes needed, the device's total and its
  ///   largest allocation.
  init(
    _ layout: RowLayout, slots: Int, groups: Int, chunk: Int?, beside: Int = 0, memoryLimit: Int,
    on context: OpenCLContext
  ) throws(BackendError) {
    let device = context.device
    let rows = SlotMemory.rows(layout)
    let (crossingRow, scratchRow) = (layout.crossing.byteCount, layout.scratchByteCount)
    var parts = rows.map { ($0, slots) } + [(layout.constants.byteCount, 1), (beside, 1)]
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
    guard let needed, needed <= most,
      (rows + [scratchRow, crossingRow, layout.constants.byteCount])
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
    constants = try context.makeBuffer(byteCount: max(layout.constants.byteCount, 64))
    crossing = try context.makeBuffer(byteCount: max(crossingRow * self.chunk, 64))
    scratch = try context.makeBuffer(byteCount: max(scratchRow * self.groups, 64))
  }

  var buffers: [DeviceBuffer] { [constants, crossing, scratch] }
  var byteCount: Int { buffers.reduce(0) { $0 + $1.byteCount } }

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

extension CommandQueue {
  /// Writes to buffers: drivers give memory when it is first touched, and it has to be there before a
  /// stream is admitted.
  ///
  /// - Parameter heads: written only at the beginning, since launches write them before they read them and
  ///   tools that look for reads of what nothing wrote are still to see them.
  /// - Throws: `limit` if the device gives less than it said; `deviceFailed` if it failed otherwise.
  func touch(whole: [DeviceBuffer], heads: [DeviceBuffer]) throws(BackendError) {
    do {
      for buffer in whole { try fill(buffer, byteCount: buffer.byteCount) }
      for buffer in heads { try fill(buffer, byteCount: 64) }
      try finish()
    } catch  where error.meansNoRoom {
      let device = context.device
      throw BackendError(
        .limit,
        """
        '\(device.name)' does not give \((whole + heads).reduce(0) { $0 + $1.byteCount }) bytes, though \
        it has \(device.globalMemory): \(error.message)
        """, cause: error)
    }
  }
}

import SluiceBackends

/// Zeroed rows of pinned host memory, one per slot, from which frames go to the device and into
/// which outputs come: the device copies them at the side while the host goes on.
///
/// Unchecked: the owner of an executable sees to it that no slot is in two calls at once.
@safe final class HostRows: @unchecked Sendable {
  let rowByteCount: Int
  private let rowsPerPart: Int
  private let parts: [PinnedBytes]

  /// - Parameter rowsPerPart: rows that lie in one piece; drivers limit pinned memory as they limit
  ///   buffers of the device.
  /// - Throws: `deviceFailed` if the driver has no such memory left.
  init(
    rows: Int, rowsPerPart: Int = .max, rowByteCount: Int, queue: CommandQueue
  ) throws(BackendError) {
    self.rowByteCount = rowByteCount
    self.rowsPerPart = max(min(rowsPerPart, rows), 1)
    var parts: [PinnedBytes] = []
    for first in stride(from: 0, to: rows, by: self.rowsPerPart) {
      parts.append(
        try queue.makePinnedBytes(
          byteCount: min(self.rowsPerPart, rows - first) * rowByteCount))
    }
    self.parts = parts
  }

  /// Bytes of `rows`, all of one part, which lie side by side.
  func rows(_ rows: Range<Int>) -> UnsafeMutableRawBufferPointer {
    guard !rows.isEmpty else { return unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0) }
    return unsafe bytes(row: rows.lowerBound, offset: 0, count: rows.count * rowByteCount)
  }

  func bytes(row: Int, offset: Int, count: Int) -> UnsafeMutableRawBufferPointer {
    let start = row % rowsPerPart * rowByteCount + offset
    return unsafe UnsafeMutableRawBufferPointer(
      rebasing: parts[row / rowsPerPart].bytes[start..<start + count])
  }
}

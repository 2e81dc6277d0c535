import Glibc
import SluiceBackends

/// Zeroed rows of host memory, one per slot, from which frames go to the device and into which outputs come.
///
/// Unchecked: the owner of an executable sees to it that no slot is in two calls at once.
@safe final class HostRows: @unchecked Sendable {
  let rowByteCount: Int
  private let bytes: UnsafeMutableRawBufferPointer

  init(rows: Int, rowByteCount: Int) {
    self.rowByteCount = rowByteCount
    unsafe bytes = .allocate(byteCount: max(rows * rowByteCount, 1), alignment: 64)
    unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { unsafe bytes.deallocate() }

  /// Bytes of `rows`, which lie side by side.
  func rows(_ rows: Range<Int>) -> UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(
      rebasing: bytes[rows.lowerBound * rowByteCount..<rows.upperBound * rowByteCount])
  }

  func bytes(row: Int, offset: Int, count: Int) -> UnsafeMutableRawBufferPointer {
    let start = row * rowByteCount + offset
    return unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + count])
  }
}

import Glibc
import SluiceBackends

/// Zeroed memory that begins at a cache line and is freed with its owner.
@safe final class AlignedBytes {
  let start: UnsafeMutableRawPointer
  let count: Int

  /// - Throws: `limit` if the system has no memory left.
  init(count: Int) throws(BackendError) {
    var memory: UnsafeMutableRawPointer?
    guard unsafe posix_memalign(&memory, AlignedBytes.alignment, max(count, 1)) == 0,
      let memory = unsafe memory
    else { throw BackendError(.limit, "the system has no \(count) bytes of memory left") }
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    unsafe start = memory
    self.count = count
  }

  deinit { unsafe free(start) }

  static let alignment = 64

  /// `byteCount` rounded up to a cache line; nil on overflow.
  static func aligned(_ byteCount: Int) -> Int? {
    let (sum, overflow) = byteCount.addingReportingOverflow(alignment - 1)
    return overflow ? nil : sum / alignment * alignment
  }
}

/// Offsets of regions one after another, each at a cache line.
struct RegionLayout {
  private(set) var offsets: [Int] = []
  private(set) var byteCount = 0

  /// - Throws: `limit` on overflow.
  init(_ sizes: some Sequence<Int>) throws(BackendError) {
    for size in sizes {
      offsets.append(byteCount)
      guard let aligned = AlignedBytes.aligned(size) else { throw RegionLayout.overflow }
      let (sum, overflow) = byteCount.addingReportingOverflow(aligned)
      guard !overflow else { throw RegionLayout.overflow }
      byteCount = sum
    }
  }

  private static var overflow: BackendError {
    BackendError(.limit, "the plan's buffers are beyond any memory")
  }
}

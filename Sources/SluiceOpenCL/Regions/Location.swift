import SluiceBackends
import SluiceGraph
import SluicePlanning

/// Where an operand lies: bytes from the beginning of one of a stream's or a work-group's rows.
struct Location: Hashable {
  enum Space: String {
    /// One for all streams.
    case constants
    case inputs, outputs
    /// States as the last step left them, and those that the running step writes.
    case current, next
    /// Values that one launch writes and another reads; of a stream of the chunk.
    case crossing
    /// What one launch alone sees: of a work-group, in local memory or in its row of global memory.
    case arena, scratch

    /// In OpenCL C.
    var qualifier: String { self == .arena ? "__local" : "__global" }
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

/// Places buffers that live at different times in the same bytes.
///
/// Greedy interval colouring, largest buffer first, each at the lowest aligned offset where it meets
/// no buffer alive at the same time. (First fit by size; Pisarchyk & Lee 2020, arXiv:2001.03288,
/// "greedy by size for offset calculation", within a few per cent of the lower bound on networks.)
package struct ScratchLayout {
  /// A buffer alive from operation `first` to operation `last`, both included.
  package struct Interval {
    package var buffer: Int
    package var byteCount: Int
    package var first: Int
    package var last: Int

    package init(buffer: Int, byteCount: Int, first: Int, last: Int) {
      (self.buffer, self.byteCount, self.first, self.last) = (buffer, byteCount, first, last)
    }
  }

  /// Bytes; one cache line.
  package static let alignment = 64

  /// Offset of every interval's buffer.
  package private(set) var offsets: [Int: Int] = [:]
  /// End of the last buffer, rounded up to `alignment`.
  package private(set) var byteCount = 0

  package init(_ intervals: [Interval]) {
    let order = intervals.sorted { ($1.byteCount, $0.buffer) < ($0.byteCount, $1.buffer) }
    var placed: [(offset: Int, end: Int, first: Int, last: Int)] = []
    for interval in order {
      let size = Self.aligned(interval.byteCount)
      var offset = 0
      for other in placed where other.first <= interval.last && interval.first <= other.last {
        if offset + size <= other.offset { break }
        offset = max(offset, other.end)
      }
      offsets[interval.buffer] = offset
      guard size > 0 else { continue }
      let position = placed.firstIndex { $0.offset > offset } ?? placed.endIndex
      placed.insert((offset, offset + size, interval.first, interval.last), at: position)
      byteCount = max(byteCount, offset + size)
    }
  }

  /// `byteCount` rounded up to `alignment`.
  package static func aligned(_ byteCount: Int) -> Int {
    (byteCount + alignment - 1) / alignment * alignment
  }
}

import SluiceBackends

/// When transfers run beside kernels: a large step is cut into parts, and the frames of one part go to the
/// device, and the outputs of the one before come from it, while the kernels of a third run.
///
///     frames    0  1  2  3
///     kernels      0  1  2  3
///     outputs         0  1  2  3
///
/// What a part costs beside its bytes (launches of their own, weights that are read once more) is to be
/// small against its transfers: 2 MiB take about 40 µs at 50 GB/s, PCIe 5's sixteen lanes less what gets lost.
struct TransferOverlap: Sendable, Hashable {
  /// Bytes of frames and outputs that a part has at least.
  var leastByteCount = 2 << 20
  var mostParts = 4
  /// Streams of a part are a multiple of this, so that it fills its tiles.
  var streamMultiple = 128

  /// Parts of a step of `count` streams, in order; one for a small step.
  ///
  /// - Parameter byteCount: of a stream's frame and output together.
  func parts(of count: Int, byteCount: Int) -> [Range<Int>] {
    let (total, isLarge) = count.multipliedReportingOverflow(by: byteCount)
    let parts = isLarge ? mostParts : min(mostParts, total / max(leastByteCount, 1))
    guard parts > 1 else { return [0..<count] }
    let even = (count + parts - 1) / parts
    let size = (even + streamMultiple - 1) / streamMultiple * streamMultiple
    return stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
  }
}

/// Queues beside that of the kernels. GPUs copy in both directions at once.
struct TransferQueues: Sendable {
  let uploads: CommandQueue
  let downloads: CommandQueue
  let overlap: TransferOverlap

  init(_ overlap: TransferOverlap, isTimed: Bool, on context: OpenCLContext) throws(BackendError) {
    self.overlap = overlap
    uploads = try context.makeQueue(isTimed: isTimed)
    downloads = try context.makeQueue(isTimed: isTimed)
  }
}

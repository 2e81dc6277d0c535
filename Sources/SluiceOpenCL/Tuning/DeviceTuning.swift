/// Sizes that were measured on a device. They decide times, never bits.
public struct DeviceTuning: Hashable, Sendable, Codable {
  var wide = WideTuning()
  /// Work-items of a region's group; nil for the device's default. Not for CPU devices, where it is 1.
  var regionGroup: Int?

  var isSound: Bool { wide.isSound && [nil, 32, 64, 128, 256].contains(regionGroup) }

  /// What `sluice tune` found, in words.
  public func summary(isCPU: Bool) -> String {
    isCPU
      ? "1 x \(wide.fewVectors * 16) and \(wide.vectorStreams) x \(wide.manyVectors * 16) "
        + "(streams x units)"
      : "rows of \(wide.rowSums) sums, \(wide.rowItems) work-items; tiles of \(wide.tileStreams) x "
        + "\(wide.tileBlocks * 8), \(wide.itemStreams) x \(wide.itemUnits) a work-item; regions of "
        + "\(regionGroup.map { "\($0)" } ?? "128") work-items"
  }
}

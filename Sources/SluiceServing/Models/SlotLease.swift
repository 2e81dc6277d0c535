/// The right to one slot of a model's version; it is given back when nobody holds it any more. Who holds
/// one can open a session.
final class SlotLease: Sendable {
  let version: ModelVersion

  fileprivate init(_ version: ModelVersion) { self.version = version }

  deinit { version.slotsTaken.withLock { $0 -= 1 } }
}

extension ModelVersion {
  /// - Returns: nil if every slot is taken.
  func lease() -> SlotLease? { lease(atMost: 1).first }

  /// - Returns: as many as are free, up to `count`.
  func lease(atMost count: Int) -> [SlotLease] {
    let granted = slotsTaken.withLock { taken in
      let granted = max(0, min(count, slotCount - taken))
      taken += granted
      return granted
    }
    return (0..<granted).map { _ in SlotLease(self) }
  }
}

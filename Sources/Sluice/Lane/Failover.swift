import Synchronization

/// Whether a lane's device has failed, and what takes over: prepared when it is first needed.
final class Failover: Sendable {
  private let prepare: @Sendable () throws(SluiceError) -> Placement
  private let hasFailedFlag = Atomic(false)
  private let found = Mutex<(failure: BackendError?, placement: Placement?)>((nil, nil))

  init(_ prepare: @escaping @Sendable () throws(SluiceError) -> Placement) {
    self.prepare = prepare
  }

  /// Read before every step: one load.
  @inline(__always)
  var hasFailed: Bool { hasFailedFlag.load(ordering: .acquiring) }

  /// What the device failed with first; nil if it has not.
  var failure: BackendError? { found.withLock { $0.failure } }

  /// The device failed.
  ///
  /// - Returns: whether this was the first to be told.
  func fail(_ error: BackendError) -> Bool {
    let isFirst = found.withLock { found in
      guard found.failure == nil else { return false }
      found.failure = error
      return true
    }
    hasFailedFlag.store(true, ordering: .releasing)
    return isFirst
  }

  /// What takes over; whoever comes while it is prepared waits. A failure is tried again by the next.
  ///
  /// - Parameter isMade: called under the lock when it was prepared.
  func placement(isMade: (Placement) -> Void) throws(SluiceError) -> Placement {
    try found.withLock { found throws(SluiceError) in
      if let placement = found.placement { return placement }
      let placement = try prepare()
      isMade(placement)
      found.placement = placement
      return placement
    }
  }
}

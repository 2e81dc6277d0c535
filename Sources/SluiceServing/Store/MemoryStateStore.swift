import Synchronization

/// A store in the process's memory, which ends with it.
public final class MemoryStateStore: StateStore {
  private struct Content {
    var streams: [StreamAddress: StoredStream] = [:]
    var byteCount = 0
  }

  public let survivesRestart: Bool
  /// Bytes that all snapshots together may have.
  public let byteLimit: Int
  private let content = Mutex(Content())

  /// - Parameter survivesRestart: true where one store is handed from service to service.
  public init(byteLimit: Int = 1 << 30, survivesRestart: Bool = false) {
    self.byteLimit = byteLimit
    self.survivesRestart = survivesRestart
  }

  /// Bytes of all snapshots together.
  public var byteCount: Int { content.withLock { $0.byteCount } }

  public func put(_ stream: StoredStream) async throws(ServingError) {
    let isStored = content.withLock { content in
      let before = content.streams[stream.address]?.snapshot.count ?? 0
      let after = content.byteCount - before + stream.snapshot.count
      guard after <= byteLimit else { return false }
      content.streams[stream.address] = stream
      content.byteCount = after
      return true
    }
    guard isStored else {
      throw ServingError(
        .storeFailed,
        "the store holds at most \(byteLimit) bytes of snapshots, and has \(byteCount); "
          + "another of \(stream.snapshot.count) does not fit")
    }
  }

  public func stream(_ address: StreamAddress) async throws(ServingError) -> StoredStream? {
    content.withLock { $0.streams[address] }
  }

  public func remove(_ address: StreamAddress) async throws(ServingError) {
    content.withLock { content in
      let removed = content.streams.removeValue(forKey: address)
      content.byteCount -= removed?.snapshot.count ?? 0
    }
  }

  public func streams() async throws(ServingError) -> [(address: StreamAddress, version: Int)] {
    content.withLock { content in
      content.streams.values.map { (address: $0.address, version: $0.version) }
    }
  }
}

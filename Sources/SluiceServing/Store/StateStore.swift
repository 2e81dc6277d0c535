/// Names a stream in a store.
public struct StreamAddress: Sendable, Hashable {
  public var model: String
  public var stream: StreamIdentifier

  public init(model: String, stream: StreamIdentifier) {
    self.model = model
    self.stream = stream
  }
}

/// A stream's state in a store.
public struct StoredStream: Sendable, Hashable {
  public var address: StreamAddress
  /// The version of the model that it runs.
  public var version: Int
  /// `Snapshot.bytes`.
  public var snapshot: [UInt8]

  public init(address: StreamAddress, version: Int, snapshot: [UInt8]) {
    self.address = address
    self.version = version
    self.snapshot = snapshot
  }
}

/// Where the states of streams are that have no slot. One service has a store for itself.
///
/// Calls about one stream come one after another; those of different streams at the same time.
public protocol StateStore: Sendable {
  /// Whether what was put there is still there after the process ended. Else states are taken out when
  /// their streams come back, and no state is put there for the sake of durability.
  var survivesRestart: Bool { get }
  /// Replaces what is stored of that stream. When it returns, the state is as safe as the store makes it.
  ///
  /// - Throws: `storeFailed`; what was stored before is still there then.
  func put(_ stream: StoredStream) async throws(ServingError)
  /// - Returns: nil if nothing is stored of that stream.
  func stream(_ address: StreamAddress) async throws(ServingError) -> StoredStream?
  /// Forgets a stream; one that is not there changes nothing.
  func remove(_ address: StreamAddress) async throws(ServingError)
  /// Every stream there, with its version.
  func streams() async throws(ServingError) -> [(address: StreamAddress, version: Int)]
}

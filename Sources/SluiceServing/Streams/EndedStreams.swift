/// Streams that ended without their client, the last of them, so that it can be told.
struct EndedStreams: Sendable {
  private var reasons: [StreamIdentifier: String] = [:]
  private var order: [StreamIdentifier] = []
  private let limit: Int

  init(limit: Int = 4096) { self.limit = limit }

  /// Why a stream ended, as the end of "stream 7 …"; nil if it did not, or too long ago.
  subscript(identifier: StreamIdentifier) -> String? { reasons[identifier] }

  mutating func add(_ identifier: StreamIdentifier, _ reason: String) {
    if reasons.updateValue(reason, forKey: identifier) == nil { order.append(identifier) }
    guard order.count > limit else { return }
    for old in order.prefix(limit / 2) { reasons[old] = nil }
    order.removeFirst(limit / 2)
  }

  /// The stream was started again.
  mutating func remove(_ identifier: StreamIdentifier) {
    guard reasons.removeValue(forKey: identifier) != nil else { return }
    order.removeAll { $0 == identifier }
  }
}

/// The plans made for some bindings, the least recently used one dropped first.
///
///     var cache = PlanCache<[String: Int], Plan>(capacity: 8)
///     let plan = try cache.value(for: bindings) { () throws(PlanError) in try Plan(program, …) }
///
/// A value type: its owner guards it together with whatever else belongs to the same network.
public struct PlanCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// Plans kept at most; at least 1.
  public let capacity: Int
  /// Oldest use first.
  private var entries: [(key: Key, value: Value)] = []

  public init(capacity: Int) {
    self.capacity = max(1, capacity)
  }

  public var count: Int { entries.count }

  /// The value kept for `key`, or the one that `make` gives, which is then kept. If `make` throws,
  /// the cache stays as it was.
  public mutating func value<Failure: Error>(
    for key: Key, make: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    if let index = entries.firstIndex(where: { $0.key == key }) {
      let entry = entries.remove(at: index)
      entries.append(entry)
      return entry.value
    }
    let value = try make()
    if entries.count == capacity { entries.removeFirst() }
    entries.append((key, value))
    return value
  }
}

/// Which slots are taken. The lowest free one is given out, so that the slots in use stay together.
struct SlotTable: Sendable, Hashable {
  private var isTaken: [Bool]
  private(set) var takenCount = 0

  init(count: Int) { isTaken = Array(repeating: false, count: max(0, count)) }

  var count: Int { isTaken.count }

  /// A slot that was free; nil if none is.
  mutating func take() -> Int? {
    guard let slot = isTaken.firstIndex(of: false) else { return nil }
    isTaken[slot] = true
    takenCount += 1
    return slot
  }

  /// Gives a slot back; giving back a free one changes nothing.
  mutating func free(_ slot: Int) {
    guard isTaken.indices.contains(slot), isTaken[slot] else { return }
    isTaken[slot] = false
    takenCount -= 1
  }
}

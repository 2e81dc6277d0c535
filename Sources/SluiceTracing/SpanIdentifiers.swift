import Synchronization

/// Random numbers that identify: never 0, no two the same in a process, without a lock and without asking
/// the system for each. (SplitMix64 from a seed of the system's.)
final class SpanIdentifiers: Sendable {
  private let state = Atomic(UInt64.random(in: 0...UInt64.max))

  func next() -> UInt64 {
    while true {
      var number = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
      number = (number ^ number >> 30) &* 0xBF58_476D_1CE4_E5B9
      number = (number ^ number >> 27) &* 0x94D0_49BB_1331_11EB
      number ^= number >> 31
      if number != 0 { return number }
    }
  }
}

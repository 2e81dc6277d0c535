/// A stream's states on the host, between two steps.
struct Checkpoint: Sendable {
  /// Steps that the states have seen.
  var steps: Int
  /// In the network's order; nil for those a fresh stream has.
  var states: [Tensor]?

  /// Of a fresh stream.
  static let beginning = Checkpoint(steps: 0, states: nil)

  var source: Recovery.Source { states == nil ? .beginning : .checkpoint }
}

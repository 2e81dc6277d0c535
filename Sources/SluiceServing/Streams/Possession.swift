import Sluice

/// What a stream is made of. It belongs to the stream's owner, by value.
struct Possession: Sendable {
  /// A slot, with the session that is open in it.
  struct Seat: Sendable {
    let lease: SlotLease
    /// nil before it is opened.
    var session: Session?
  }

  /// nil where the stream has no slot.
  var seat: Seat?
  /// Whether there is a stream: it was started and has not ended.
  var isLive = false
  /// Whether the store holds the state as it is. A session may then be open beside it, in the same state.
  var isStored = false
  /// Whether the store holds a state of the stream, perhaps an earlier one.
  var hasRecord = false
  /// The version it runs; of a stream that is not live, that it ran.
  var version: ModelVersion
  var framesTaken = 0
  /// When its state was last put into the store, or it was started.
  var lastPut: Duration
}

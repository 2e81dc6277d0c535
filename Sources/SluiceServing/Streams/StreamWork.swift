/// A request in its stream's queue.
struct StreamWork: Sendable {
  let request: StreamRequest
  /// When it came.
  let arrival: Duration
  /// For requests that move the stream into a slot; nil where it has one then.
  let lease: SlotLease?
  let answer: @Sendable (Result<StreamAnswer, ServingError>) -> Void
}

import Tracing

/// The spans of requests, for a tracer of swift-distributed-tracing. A service makes them when a request is
/// answered; where no tracer was given it makes none.
///
///     infer pose ─┬─ queue
///                 ├─ step
///                 └─ store
///
/// A request of a stream, and one of whole sequences, has a span of kind server from its arrival to its
/// answer. Its name is what is done and the model: `infer`, `snapshot`, `restore`, `start`, `end`, or
/// `request` for one that does nothing. What was refused before its turn came has no parts.
///
/// A refusal has the status error with the error's sentence, the error itself as recorded error and its code
/// as attribute; the part in which it failed has the status error as well.
public enum RequestSpan {
  /// From its arrival to its turn in its stream; of whole sequences, until a thread was free.
  public static let queue = "queue"
  /// From its turn until its outputs were there: in the engine, which steps it with others.
  public static let step = "step"
  /// From then until its state was in the store, where durability asked for that before the answer.
  public static let store = "store"

  /// Keys of the attributes of a request's span.
  public enum Attribute {
    /// Text: the model's name.
    public static let model = "sluice.model.name"
    /// Whole number. Absent where the request was refused before it was known.
    public static let version = "sluice.model.version"
    /// Text: what the client calls the stream. Absent for whole sequences.
    public static let stream = "sluice.stream.id"
    /// Whole number: frames that the stream has taken since it started, this request's included. Absent
    /// where the request was refused.
    public static let framesTaken = "sluice.stream.frames_taken"
    /// True where the stream lay in the store and was brought back for the request; else absent.
    public static let wasRestored = "sluice.stream.restored"
    /// Text: the code of `ServingError` by which the request was refused.
    public static let error = "error.type"
  }
}

extension InferenceService {
  /// The span in which a client asks, by the headers of its request: the `parent` of what it asks.
  ///
  /// - Returns: nil without a tracer, and where the headers name none that the tracer understands.
  public func parent<Headers: Extractor>(
    in carrier: Headers.Carrier, _ headers: Headers
  ) -> ServiceContext? {
    guard let tracer = context.traces?.tracer else { return nil }
    var parent = ServiceContext.topLevel
    tracer.extract(carrier, into: &parent, using: headers)
    return parent.isEmpty ? nil : parent
  }
}

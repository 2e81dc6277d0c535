/// What happened that an operator may want to know of. Requests that are refused are counted only.
public enum ServingEvent: Sendable, Hashable {
  /// New streams run it from now on, with so many slots.
  case versionLoaded(model: String, version: Int, slots: Int)
  /// Nothing runs on it any more and its memory is free.
  case versionUnloaded(model: String, version: Int)
  /// A stream left its slot for the store.
  case streamHibernated(model: String, stream: StreamIdentifier)
  /// It is back in a slot.
  case streamRestored(model: String, stream: StreamIdentifier)
  /// It ended, since no request came for it in all that time.
  case streamExpired(model: String, stream: StreamIdentifier, idle: Duration)
  /// A stream lies in the store that no loaded version can take.
  case streamLeftBehind(model: String, stream: StreamIdentifier, reason: String)
  case storeFailed(model: String, stream: StreamIdentifier, reason: String)
  /// What an engine says of its devices, in one sentence.
  case engineSaid(model: String, sentence: String)
  /// No new streams are taken.
  case drainBegan
  /// All streams have ended or lie in the store, but for so many.
  case drainEnded(streamsLeft: Int)
}

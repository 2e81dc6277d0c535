import Sluice

/// A session as C holds it.
final class SessionHandle: Sendable {
  let session: Session
  /// Keeps the descriptions of ports, and the engine, as long as the session is open.
  let engine: EngineHandle

  static let table = HandleTable<SessionHandle>(
    name: "session", gone: "the session was closed, or never opened")

  init(_ session: Session, _ engine: EngineHandle) {
    self.session = session
    self.engine = engine
  }
}

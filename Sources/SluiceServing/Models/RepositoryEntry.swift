/// A model as the repository's index shows it.
public struct RepositoryEntry: Sendable, Hashable {
  public var name: String
  /// nil where none takes requests.
  public var version: Int?
  /// Why none does; empty otherwise.
  public var reason: String

  public var isReady: Bool { version != nil }

  /// In the protocol's terms.
  public var state: String { isReady ? "READY" : "UNAVAILABLE" }
}

extension InferenceService {
  /// Every model that is or was served, and those that the repository has beside them, by name.
  public func index() throws(ServingError) -> [RepositoryEntry] {
    try modelNames().map { name in
      do throws(ServingError) {
        return RepositoryEntry(name: name, version: try version(of: name).number, reason: "")
      } catch {
        return RepositoryEntry(name: name, version: nil, reason: error.message)
      }
    }
  }
}

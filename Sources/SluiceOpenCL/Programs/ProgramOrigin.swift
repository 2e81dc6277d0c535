/// Where a program's code came from.
public struct ProgramOrigin: Sendable, Hashable {
  /// Whether it was taken from the cache, so that no compiler ran.
  public let isCached: Bool
  /// What was wrong with the cache, a sentence without its full stop; nil if nothing was.
  public let problem: String?
}

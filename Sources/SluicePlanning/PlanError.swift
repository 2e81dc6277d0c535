/// Why a program cannot be planned.
public struct PlanError: Error, Sendable, CustomStringConvertible {
  public let code: Code
  /// Names the node or value, what was expected and what was found.
  public let message: String
  public let cause: (any Error)?

  /// A closed set of reasons; adding one breaks no caller.
  public struct Code: Sendable, Hashable {
    let name: String
    /// The program breaks its contract: a symbol in a shape, a value without a producer, an `if`.
    public static let invalid = Code(name: "invalid")
    /// Sizes beyond what an address can hold.
    public static let limit = Code(name: "limit")
  }

  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  public var description: String { message }
}

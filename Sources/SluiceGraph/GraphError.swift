/// What is wrong with a graph, or with what is asked of it.
public struct GraphError: Error, Sendable {
  public let code: Code
  /// Names the node or value, what was expected and what was found.
  public let message: String
  /// The error underneath, if any.
  public let cause: (any Error)?

  /// A closed set of reasons; adding one breaks no caller.
  public struct Code: Sendable, Hashable {
    let name: String
    /// The graph contradicts itself: shapes that do not match, a cycle, an absent input.
    public static let invalid = Code(name: "invalid")
    /// An operator, attribute or element type that is not offered.
    public static let unsupported = Code(name: "unsupported")
    /// A dimension or an input that has to be known is not.
    public static let unbound = Code(name: "unbound")
    /// A stated limit would be passed: memory, elements, depth.
    public static let limit = Code(name: "limit")
    /// The network cannot run frame by frame.
    public static let notStreamable = Code(name: "notStreamable")
  }

  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}

extension GraphError: CustomStringConvertible {
  public var description: String { message }
}

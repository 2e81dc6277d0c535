/// Why a file could not be read or written.
public struct FormatError: Error, Sendable {
  public let code: Code
  /// Names the file and the tensor or node, what was expected and what was found.
  public let message: String
  /// The error underneath, if any.
  public let cause: (any Error)?

  /// A closed set of reasons; adding one breaks no caller.
  public struct Code: Sendable, Hashable {
    let name: String
    /// The file is absent, or the system refused to read or write it.
    public static let unreadable = Code(name: "unreadable")
    /// The content contradicts the format: cut short, sizes that do not fit, a cycle.
    public static let malformed = Code(name: "malformed")
    /// Well formed, but an operator, element type or version that is not offered.
    public static let unsupported = Code(name: "unsupported")
    /// A stated limit would be passed: bytes, elements, depth.
    public static let limit = Code(name: "limit")
    /// The file reaches for something it must not: a path outside its folder, a foreign function.
    public static let notAllowed = Code(name: "notAllowed")
  }

  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}

extension FormatError: CustomStringConvertible {
  public var description: String { message }
}

extension FormatError.Code: CustomStringConvertible {
  public var description: String { name }
}

/// Why a command could not do what its line asks.
struct CommandError: Error, Sendable, CustomStringConvertible {
  let code: Code
  /// Names the option or file, what was expected and what was found.
  let message: String
  /// The error underneath, if any.
  let cause: (any Error)?

  /// A closed set of reasons; adding one breaks no caller.
  struct Code: Sendable, Hashable {
    let name: String
    /// The options contradict each other or the network.
    static let usage = Code(name: "usage")
    /// A model or an array cannot be taken.
    static let refused = Code(name: "refused")
    /// What was computed is not what was expected.
    static let mismatch = Code(name: "mismatch")
    /// A result could not be written.
    static let output = Code(name: "output")
  }

  init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  var description: String { message }
}

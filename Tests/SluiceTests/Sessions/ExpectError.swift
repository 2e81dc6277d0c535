import Sluice
import Testing

/// Expects a session error with exactly this code and text.
func expectError<Value>(
  _ code: String, _ message: String, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Value
) {
  let error = #expect(throws: (any Error).self, sourceLocation: sourceLocation) { try body() }
  switch error {
  case let error as SessionError:
    #expect(error.code.description == code, sourceLocation: sourceLocation)
    #expect(error.message == message, sourceLocation: sourceLocation)
  case let error as SluiceError:
    #expect(error.code.description == code, sourceLocation: sourceLocation)
    #expect(error.message == message, sourceLocation: sourceLocation)
  default:
    Issue.record("expected an error of this library", sourceLocation: sourceLocation)
  }
}

/// Expects a session error with this code and a text that contains `part`.
func expectError<Value>(
  _ code: String, containing part: String, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Value
) {
  let error = #expect(throws: SessionError.self, sourceLocation: sourceLocation) { try body() }
  #expect(error?.code.description == code, sourceLocation: sourceLocation)
  let message = error?.message ?? ""
  #expect(message.contains(part), "\(message)", sourceLocation: sourceLocation)
}

import SluiceGraph
import Testing

/// Checks code and whole message of the error that `body` throws.
func expect(
  error message: String, code: GraphError.Code? = nil,
  _ body: () throws(GraphError) -> Void, sourceLocation: SourceLocation = #_sourceLocation
) {
  do {
    try body()
    Issue.record("expected an error: \(message)", sourceLocation: sourceLocation)
  } catch {
    #expect(error.message == message, sourceLocation: sourceLocation)
    if let code { #expect(error.code == code, sourceLocation: sourceLocation) }
  }
}

import SluiceServing
import Testing

@testable import SluiceHTTP

@Suite("Triton's client for Python works as it is", .timeLimit(.minutes(10)))
struct AcceptanceTests {
  @Test func `tritonclient over HTTP`() async throws {
    try await TestServer.sum(streams: 8) { try await accept("acceptance.py", port: $0.port) }
  }

  @Test func `tritonclient over gRPC, with streaming calls`() async throws {
    try await TestGRPCServer.run(try .sum(streams: 8)) {
      try await accept("acceptance_grpc.py", port: $0.port)
    }
  }

  /// Runs a client against a server on this machine.
  private func accept(_ client: String, port: Int) async throws {
    guard let python = try await PythonClient.interpreter() else { return }
    let result = try await PythonClient.run(
      python, ["\(PythonClient.folder)/\(client)", "127.0.0.1:\(port)"])
    #expect(result.status == 0, "\(result.text)")
    #expect(result.text.contains("accepted"), "\(result.text)")
  }
}

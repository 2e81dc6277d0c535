import GRPCCore
import OpenInferenceProtocol
import Sluice
import SluiceGRPC
import SluiceServing
import SluiceTransport
import Testing

@testable import SluiceHTTP

@Suite("Connections over TLS", .timeLimit(.minutes(2)))
struct TLSTests {
  private let frame = InferenceRequest(
    model: "sum", inputs: ["x": Tensor([1, 2], shape: [1, 2])])

  @Test(
    arguments: [
      ("missing.pem", "server.key", nil, "missing.pem: cannot be read"),
      ("server.pem", "missing.key", nil, "missing.key: cannot be read"),
      ("server.pem", "server.key", "missing.pem", "missing.pem: cannot be read"),
      ("nothing.pem", "server.key", nil, "expected certificates in PEM; found 8 bytes"),
      ("server.key", "server.key", nil, "expected certificates in PEM; found"),
      ("server.pem", "server.pem", nil, "with '-----BEGIN CERTIFICATE-----'"),
      ("server.pem", "nothing.pem", nil, "no line '-----BEGIN"),
      ("server.pem", "locked.key", nil, "'-----BEGIN ENCRYPTED PRIVATE KEY-----'"),
      ("server.pem", "client.key", nil, "client.key: expected the private key of"),
      ("server.pem", "server.key", "client.key", "client.key: expected certificates in PEM"),
    ] as [(String, String, String?, String)])
  func `a file that is missing or another is named`(
    _ certificate: String, _ key: String, _ authorities: String?, _ says: String
  ) async throws {
    guard let files = try await TestCertificates.made() else { return }
    let error = #expect(throws: ServingError.self) {
      try ServerTLS(
        certificate: files.path(certificate), key: files.path(key),
        clientAuthorities: authorities.map { files.path($0) })
    }
    let message = error?.message ?? ""
    #expect(error?.code == .refused)
    #expect(message.contains(says), "\(message)")
  }

  @Test(arguments: [false, true])
  func `requests, WebSockets and calls are as they are otherwise`(_ mutual: Bool) async throws {
    guard let files = try await TestCertificates.made() else { return }
    let tls = try files.server(mutual: mutual)
    let name = mutual ? "client" : nil
    try await TestServer.sum(.with { $0.tls = tls }, clients: try files.client(name)) { server in
      for binary in [false, true] {
        let answer = try await server.answer(to: frame, binary: binary)
        #expect(answer.outputs["y"]?.floats() == [1, 2])
      }
      let socket = try await TestSocket(server)
      for step in 1...3 {
        try await socket.frame(Float(step), starts: step == 1)
        #expect(try await socket.reply().floats == [Float(step * (step + 1) / 2), Float(step)])
      }
    }
    let client = try files.client(name, speaks: "h2")
    try await TestGRPCServer.sum(clients: client) {
      $0.tls = tls
    } _: { server in
      let answer = try await server.answer(to: frame, raw: true)
      #expect(answer.outputs["y"]?.floats() == [1, 2])
    }
  }

  @Test(arguments: [nil, "stranger"])
  func `a client whose certificate is not asked for is refused`(_ name: String?) async throws {
    guard let files = try await TestCertificates.made() else { return }
    let tls = try files.server(mutual: true)
    try await TestServer.sum(.with { $0.tls = tls }, clients: try files.client(name)) { server in
      _ = await #expect(throws: (any Error).self) { try await server.get("/v2/health/live") }
    }
    let client = try files.client(name, speaks: "h2")
    try await TestGRPCServer.sum(clients: client) {
      $0.tls = tls
    } _: { server in
      _ = await #expect(throws: RPCError.self) { try await server.client.serverLive(.init()) }
    }
  }

  @Test func `plain text is refused where TLS is spoken, and the other way round`() async throws {
    guard let files = try await TestCertificates.made() else { return }
    let tls = try files.server()
    try await TestServer.sum(.with { $0.tls = tls }) { server in
      _ = await #expect(throws: (any Error).self) { try await server.get("/v2/health/live") }
    }
    try await TestGRPCServer.sum {
      $0.tls = tls
    } _: { server in
      _ = await #expect(throws: RPCError.self) { try await server.client.serverLive(.init()) }
    }
    try await TestServer.sum(clients: try files.client()) { server in
      _ = await #expect(throws: (any Error).self) { try await server.get("/v2/health/live") }
    }
  }

  @Test func `a server that its client does not trust is not talked to`() async throws {
    guard let files = try await TestCertificates.made() else { return }
    let stranger = try ServerTLS(
      certificate: files.path("stranger.pem"), key: files.path("stranger.key"))
    try await TestServer.sum(.with { $0.tls = stranger }, clients: try files.client()) { server in
      _ = await #expect(throws: (any Error).self) { try await server.get("/v2/health/live") }
    }
  }
}

import Sluice
import SluiceServing
import Testing

@testable import SluiceHTTP

@Suite("Tokens", .timeLimit(.minutes(10)))
struct TokenTests {
  private static let token = "0123456789abcdef"

  @Test func `lines that are tokens are, and others say what was expected`() throws {
    let tokens = try BearerTokens(
      text: "# ours\n\n\(TokenTests.token)\r\nanother-long-enough-one\n")
    #expect(tokens.contain(TokenTests.token))
    #expect(tokens.contain("another-long-enough-one"))
    for text in ["", "# ours", "0123456789abcdeg", TokenTests.token + "0", "0123456789abcde"] {
      #expect(!tokens.contain(text))
    }
    for text in [
      "", "# nothing\n", "short\n", "a token that has spaces\n", "ümlaut-in-a-token-here\n",
    ] {
      #expect(throws: ServingError.self) { try BearerTokens(text: text) }
    }
  }

  @Test func `every path but health needs one where there are any`() async throws {
    let tokens = try BearerTokens(text: TokenTests.token)
    try await TestServer.sum(.with { $0.tokens = tokens }) { server in
      #expect(try await server.get("/v2/health/live").status == 200)
      #expect(try await server.get("/v2/health/ready").status == 200)
      for path in ["/v2", "/metrics", "/v2/models/sum", "/v2/models/sum/streams/1/state"] {
        for (header, status) in [
          (nil, 401), ("Bearer wrong", 401), (TokenTests.token, 401),
          ("Basic \(TokenTests.token)", 401), ("Bearer \(TokenTests.token)x", 401),
          ("bearer \(TokenTests.token)", path.hasSuffix("state") ? 404 : 200),
        ] as [(String?, Int)] {
          let response = try await server.request(
            "GET", path, headers: header.map { ["Authorization": $0] } ?? [:])
          #expect(response.status == status, "\(path) \(header ?? "without")")
          #expect((response.headers["www-authenticate"] == "Bearer") == (status == 401))
        }
      }
    }
  }

  @Test func `states need one even where nothing else does`() async throws {
    try await TestServer.sum { server in
      let state = try await server.get("/v2/models/sum/streams/1/state")
      #expect(state.status == 403)
      let model = try await server.get("/v2/models/sum")
      #expect(model.status == 200)
    }
  }

  /// A stream moves from one server to another between every two of its frames.
  @Test func `a stream goes on bit for bit on another server`() async throws {
    let tokens = try BearerTokens(text: TokenTests.token)
    let bearer = ["Authorization": "Bearer \(TokenTests.token)"]
    try await TestServer.sum(.with { $0.tokens = tokens }) { first in
      try await TestServer.sum(.with { $0.tokens = tokens }) { second in
        let servers = [first, second]
        var sum: Float = 0
        for step in 0..<6 {
          let x = 1 / Float(step + 3)
          let body =
            #"{"parameters":{"sequence_id":"s/1","sequence_start":\#(step == 0)},"#
            + #""inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[\#(x),0]}]}"#
          let answer = try await servers[step % 2].request(
            "POST", "/v2/models/sum/infer", headers: bearer, body: Array(body.utf8)
          ).json()
          sum += x
          #expect(answer["outputs"]?.array?[0]["data"]?.array?[0].double == Double("\(sum)"))
          #expect(answer["parameters"]?["sequence_frames"]?.integer == step + 1)
          let state = try await servers[step % 2].request(
            "GET", "/v2/models/sum/streams/s%2F1/state", headers: bearer)
          #expect(state.status == 200)
          let put = try await servers[1 - step % 2].request(
            "PUT", "/v2/models/sum/streams/s%2F1/state", headers: bearer, body: state.body)
          #expect(put.status == 200, "\(put.text)")
          #expect(try put.json()["bit_identical"] == true)
        }
      }
    }
  }

  @Test func `damaged states are refused`() async throws {
    let tokens = try BearerTokens(text: TokenTests.token)
    let bearer = ["Authorization": "Bearer \(TokenTests.token)"]
    try await TestServer.sum(.with { $0.tokens = tokens }) { server in
      for bytes in [[], Array("SLUICE".utf8), [UInt8](repeating: 7, count: 4000)] {
        let response = try await server.request(
          "PUT", "/v2/models/sum/streams/1/state", headers: bearer, body: bytes)
        #expect(response.status == 400, "\(response.text)")
      }
      let unknown = try await server.request(
        "GET", "/v2/models/sum/streams/1/state", headers: bearer)
      #expect(unknown.status == 404)
    }
  }
}

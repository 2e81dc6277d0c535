import SluiceServing
import Testing

@testable import SluiceHTTP

@Suite("Pages of other sites", .timeLimit(.minutes(10)))
struct SiteTests {
  private let frame = #"{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}"#

  /// Host, origin, and what comes of a request that is not `GET`.
  static let senders: [(host: String, origin: String?, status: Int)] = [
    ("localhost:8000", nil, 200), ("127.0.0.1:8000", nil, 200), ("[::1]:8000", nil, 200),
    ("LOCALHOST", nil, 200), ("page.localhost", nil, 421), ("127.0.0.2", nil, 200),
    ("localhost:8000", "http://localhost:8000", 200), ("[::1]:1", "http://[::1]:1", 200),
    ("localhost:8000", "https://LocalHost:8000", 200), ("localhost", "http://localhost:3000", 403),
    ("localhost:8000", "http://localhost:3000", 403), ("localhost:8000", "http://localhost", 403),
    ("localhost:8000", "https://evil.example", 403), ("localhost:8000", "null", 403),
    ("localhost:8000", "", 403), ("localhost:8000", "http://localhost:8000.evil.example", 403),
    ("127.0.0.1:8000", "http://localhost:8000", 403),
    ("evil.example:8000", "http://evil.example:8000", 421), ("evil.example", nil, 421),
    ("127.evil.example", nil, 421), ("localhost.evil.example", nil, 421),
    ("0.0.0.0:8000", nil, 421),
    ("[::2]:8000", nil, 421), ("evillocalhost", nil, 421), ("192.168.1.2", nil, 421),
  ]

  @Test(arguments: senders)
  func `change nothing on a server of this machine without tokens`(
    _ host: String, _ origin: String?, _ status: Int
  ) async throws {
    let headers = ["Host": host, "Origin": origin].compactMapValues { $0 }
    try await TestServer.sum { server in
      let answer = try await server.request(
        "POST", "/v2/models/sum/infer", headers: headers, body: Array(frame.utf8))
      #expect(answer.status == status, "\(answer.text)")
      #expect((answer.error == nil) == (status == 200))
      let socket = try? await TestSocket(server, headers: headers)
      #expect((socket != nil) == (status == 200))
      if status != 200 {
        let refusal = await #expect(throws: TestSocket.Refused.self) {
          try await TestSocket(server, headers: headers)
        }
        #expect(refusal?.response.status == status)
      }
      // What is only read is kept from them by the browser, unless the name is theirs.
      for path in ["/", "/v2/status", "/v2/health/live"] {
        let read = try await server.request("GET", path, headers: headers)
        #expect(read.status == (status == 421 ? 421 : 200), "\(path)")
        #expect(read.headers["access-control-allow-origin"] == nil)
      }
    }
  }

  @Test func `load and unload nothing, and put no state`() async throws {
    try await TestServer.sum { server in
      let headers = ["Origin": "http://evil.example"]
      for (method, path) in [
        ("POST", "/v2/repository/models/sum/unload"), ("POST", "/v2/repository/models/sum/load"),
        ("PUT", "/v2/models/sum/streams/1/state"),
      ] {
        let answer = try await server.request(method, path, headers: headers)
        #expect(answer.status == 403)
      }
      let ready = try await server.get("/v2/models/sum/ready")
      #expect(ready.status == 200)
    }
  }

  @Test func `come as far as their token brings them where there are any`() async throws {
    let tokens = try BearerTokens(text: "0123456789abcdef")
    try await TestServer.sum(.with { $0.tokens = tokens }) { server in
      for (host, origin) in [("evil.example", "http://evil.example"), ("localhost", "null")] {
        var headers = ["Host": host, "Origin": origin]
        let without = try await server.request(
          "POST", "/v2/models/sum/infer", headers: headers, body: Array(frame.utf8))
        #expect(without.status == 401)
        headers["Authorization"] = "Bearer 0123456789abcdef"
        let with = try await server.request(
          "POST", "/v2/models/sum/infer", headers: headers, body: Array(frame.utf8))
        #expect(with.status == 200)
      }
    }
  }

  @Test func `a server beyond this machine has other names, and pages of its own`() throws {
    var options = HTTPOptions()
    options.host = "0.0.0.0"
    let rule = SiteRule(options)
    #expect(throws: Never.self) {
      try rule.admit(host: "gpu.example:8000", origin: nil)
      try rule.admit(host: "gpu.example:8000", origin: "http://gpu.example:8000")
      try rule.admit(host: nil, origin: nil)
    }
    #expect(throws: HTTPFailure.self) {
      try rule.admit(host: "gpu.example:8000", origin: "http://evil.example")
    }
    #expect(throws: HTTPFailure.self) {
      try rule.admit(host: nil, origin: "http://gpu.example:8000")
    }
  }

  @Test func `a token comes in base64url where a protocol cannot hold it`() async throws {
    let token = "0/1=2:3?4>5~67//==++"
    let tokens = try BearerTokens(text: token)
    let digits = "MC8xPTI6Mz80PjV-NjcvLz09Kys"
    try await TestServer.sum(.with { $0.tokens = tokens }) { server in
      let socket = try await TestSocket(
        server, headers: ["Sec-WebSocket-Protocol": "sluice, bearer64.\(digits)"])
      #expect(socket.opening["model"] == "sum")
      try await socket.close()
      for text in ["", "MC8xPTI6Mz80PjV-NjcvLz09Kyw", "*", digits.dropLast().description] {
        await #expect(throws: TestSocket.Refused.self) {
          try await TestSocket(
            server, headers: ["Sec-WebSocket-Protocol": "sluice, bearer64.\(text)"])
        }
      }
    }
  }
}

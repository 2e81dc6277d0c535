import Sluice
import SluiceServing
import SluiceTestSupport
import Testing

@testable import SluiceHTTP

/// A request's body, and what its error has to say.
struct HostileBody: Sendable, CustomTestStringConvertible {
  var text: String
  var says: String
  var testDescription: String { "\(text.prefix(60))" }

  init(_ text: String, _ says: String) { (self.text, self.says) = (text, says) }

  /// The input x with other members.
  static func input(_ members: String, _ says: String) -> HostileBody {
    HostileBody(#"{"inputs":[{"name":"x",\#(members)}]}"#, says)
  }

  private static let frame = #"{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}"#

  static let all: [HostileBody] = [
    HostileBody("", "not JSON"), HostileBody("{", "not JSON"),
    HostileBody("[]", "expected an object"),
    HostileBody(#"{"inputs":[\#(frame)]} x"#, "text after the end"),
    HostileBody(#"{"inputs":{}}"#, "expected a list"), HostileBody(#"{"inputs":[1]}"#, "'name'"),
    HostileBody(#"{"inputs":[\#(frame),\#(frame)]}"#, "twice"),
    HostileBody(#"{"inputs":[\#(frame)],"inputs":[]}"#, "twice"),
    HostileBody(String(repeating: "[", count: 100_000), "nested"),
    HostileBody(String(repeating: #"{"a":"#, count: 100_000), "nested"),
    input(
      #""shape":[1,2],"datatype":"FP32","data":"# + String(repeating: "[", count: 100_000),
      "without its end"),
    input(
      #""shape":[1,2],"datatype":"FP32","data":"# + String(repeating: "[", count: 100_000)
        + String(repeating: "]", count: 100_000), "nested"),
    input(#""shape":[1,2],"datatype":"FP32","data":[1]"#, "expected 2 numbers"),
    input(#""shape":[1,2],"datatype":"FP32","data":[1,2,3]"#, "found more"),
    input(#""shape":[1,2],"datatype":"FP32","data":[1,]"#, "no list of numbers"),
    input(#""shape":[1,2],"datatype":"FP32","data":[1,,2]"#, "no list of numbers"),
    input(#""shape":[1,2],"datatype":"FP32","data":[1 2]"#, "no list of numbers"),
    input(#""shape":[1,2],"datatype":"FP32","data":[1,"2"]"#, "no such number"),
    input(#""shape":[1,2],"datatype":"FP32","data":[1,0x2]"#, "no such number"),
    input(#""shape":[1,2],"datatype":"FP32","data":[1,1e99]"#, "no such number"),
    input(#""shape":[1,2],"datatype":"FP32","data":[{"a":1},2]"#, "no such number"),
    input(#""shape":[1,2],"datatype":"INT8","data":[1,128]"#, "no such number"),
    input(#""shape":[1,2],"datatype":"UINT8","data":[1,-1]"#, "no such number"),
    input(#""shape":[1,2],"datatype":"FP16","data":[1,2]"#, "binary data only"),
    input(#""shape":[1,2],"datatype":"BYTES","data":["a","b"]"#, "expected a datatype"),
    input(#""shape":[1,2],"datatype":7,"data":[1,2]"#, "expected a string"),
    input(#""shape":[1,2],"datatype":"FP32""#, "expected 'data'"),
    input(#""shape":[1,2],"datatype":"FP32","data":7"#, "expected 'data'"),
    input(#""datatype":"FP32","data":[1,2]"#, "expected a shape"),
    input(#""shape":[1,-2],"datatype":"FP32","data":[1,2]"#, "expected a shape"),
    input(#""shape":[4294967296,4294967296],"datatype":"FP32","data":[1,2]"#, "expected a shape"),
    input(#""shape":[1000000000000],"datatype":"FP32","data":[1,2]"#, "expected 1000000000000"),
    input(#""shape":[1.5],"datatype":"FP32","data":[1,2]"#, "expected a shape"),
    input(
      #""shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}"#, "binary_data_size"),
    input(
      #""shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":-8}"#, "binary_data_size"),
    input(
      #""shape":[1,2],"datatype":"FP32","parameters":{"shared_memory_region":"a"}"#,
      "not supported"),
    HostileBody(#"{"inputs":[\#(frame)],"parameters":[]}"#, "expected an object"),
    HostileBody(#"{"inputs":[\#(frame)],"parameters":{"sequence_id":1.5}}"#, "sequence_id"),
    HostileBody(#"{"inputs":[\#(frame)],"parameters":{"sequence_id":-1}}"#, "sequence_id"),
    HostileBody(#"{"inputs":[\#(frame)],"parameters":{"sequence_id":"a\u0000"}}"#, "sequence_id"),
    HostileBody(#"{"inputs":[\#(frame)],"parameters":{"sequence_id":true}}"#, "sequence_id"),
    HostileBody(#"{"inputs":[\#(frame)],"parameters":{"sequence_start":1}}"#, "true or false"),
    HostileBody(#"{"inputs":[\#(frame)],"parameters":{"timeout":-1}}"#, "timeout"),
    HostileBody(#"{"inputs":[\#(frame)],"outputs":[{}]}"#, "'name'"),
    HostileBody(
      #"{"inputs":[\#(frame)],"outputs":[{"name":"y","parameters":{"classification":3}}]}"#,
      "not supported"),
    HostileBody(#"{"inputs":[\#(frame)],"id":7}"#, "expected a string"),
  ]
}

@Suite(
  "Requests that nobody should send are refused, and the server goes on", .timeLimit(.minutes(10)))
struct HostileRequestTests {
  @Test func `bodies that are none are refused with what was expected`() async throws {
    try await TestServer.sum { server in
      let connection = try await server.connect()
      for body in HostileBody.all {
        let response = try await connection.request(
          "POST", "/v2/models/sum/infer", body: Array(body.text.utf8))
        #expect(response.status == 400, "\(body.testDescription)")
        let error = try #require(response.error, "\(body.testDescription)")
        #expect(error.contains(body.says), "\(body.testDescription): \(error)")
      }
      #expect(try await server.get("/v2/health/live").status == 200)
    }
  }

  @Test func `binary tensors have exactly the bytes that are announced`() async throws {
    let json =
      #"{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}"#
    let right = json.utf8.count
    try await TestServer.sum { server in
      for (length, extra, status) in [
        ("\(right)", 8, 200), ("\(right)", 7, 400), ("\(right)", 9, 400), ("\(right)", 0, 400),
        ("\(right - 1)", 8, 400), ("\(right + 100)", 8, 400), ("-1", 8, 400), ("x", 8, 400),
        ("99999999999999999999", 8, 400),
      ] {
        let response = try await server.request(
          "POST", "/v2/models/sum/infer", headers: ["Inference-Header-Content-Length": length],
          body: Array(json.utf8) + [UInt8](repeating: 0, count: extra))
        #expect(response.status == status, "\(length), \(extra): \(response.text)")
      }
    }
  }

  @Test func `too large a body is refused before it is read, or when it has become too large`()
    async throws
  {
    try await TestServer.sum(.with { $0.maximumBodyBytes = 1000 }) { server in
      let large = [UInt8](repeating: 0x20, count: 1001)
      let response = try await server.request("POST", "/v2/models/sum/infer", body: large)
      #expect(response.status == 413)
      let connection = try await server.connect()
      try await connection.send(
        "POST /v2/models/sum/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      )
      for _ in 0..<11 {
        try await connection.send("64\r\n" + String(repeating: " ", count: 100) + "\r\n")
      }
      try await connection.send("0\r\n\r\n")
      #expect(try await connection.response().status == 413)
      #expect(try await connection.request("GET", "/v2/health/live").status == 200)
    }
  }

  @Test func `headers have a limit`() async throws {
    try await TestServer.sum(.with { $0.maximumHeaderBytes = 2000 }) { server in
      let connection = try await server.connect()
      try await connection.send(
        "GET /v2 HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 4000))\r\n\r\n")
      let answer = String(decoding: await connection.rest(), as: UTF8.self)
      #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
      #expect(try await server.get("/v2/health/live").status == 200)
    }
  }

  @Test func `a request that trickles is cut off`() async throws {
    try await TestServer.sum(.with { $0.requestTimeout = .milliseconds(50) }) { server in
      let connection = try await server.connect()
      // The server may have closed by then.
      try? await connection.send(
        "POST /v2/models/sum/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
      #expect(await connection.rest().isEmpty)
    }
  }

  @Test func `a connection without a request is cut off`() async throws {
    try await TestServer.sum(.with { $0.requestTimeout = .milliseconds(50) }) { server in
      let connection = try await server.connect()
      // The server may have closed by then.
      try? await connection.send("GET /v2 HTTP/1.1\r\nHo")
      #expect(await connection.rest().isEmpty)
    }
    try await TestServer.sum(.with { $0.idleTimeout = .milliseconds(50) }) { server in
      let connection = try await server.connect()
      let live = try await connection.request("GET", "/v2/health/live")
      #expect(live.status == 200)
      #expect(await connection.rest().isEmpty)
    }
  }

  /// Clients of other kinds ask for HTTP/2 in this way.
  @Test func `a request that asks for a protocol which is not spoken is one like any other`()
    async throws
  {
    try await TestServer.sum { server in
      let connection = try await server.connect()
      let headers = [
        "Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "",
      ]
      let response = try await connection.request("GET", "/v2/health/live", headers: headers)
      #expect(response.status == 200)
    }
  }

  @Test(arguments: 1...20)
  func `bytes at random leave the server as it was`(_ seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let valid = Array(
      ("POST /v2/models/sum/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90\r\n\r\n"
        + #"{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}"#
        + String(repeating: " ", count: 20)).utf8)
    try await TestServer.sum { server in
      for _ in 0..<10 {
        var bytes = valid
        for _ in 0..<Int.random(in: 1...8, using: &random) {
          let place = Int.random(in: 0..<bytes.count, using: &random)
          switch Int.random(in: 0..<3, using: &random) {
          case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
          case 1: bytes.remove(at: place)
          default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
          }
        }
        let connection = try await server.connect()
        // The server may close before it has read all.
        try? await connection.send(bytes)
        try? await connection.close()
      }
      #expect(try await server.get("/v2/health/live").status == 200)
    }
  }

  @Test func `what waits too long is not computed`() async throws {
    let body = #"{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}"#
    try await TestServer.sum { server in
      for (timeout, status) in [("0", 504), ("60000", 200), ("-1", 400), ("soon", 400)] {
        let response = try await server.request(
          "POST", "/v2/models/sum/infer", headers: ["Sluice-Timeout-Ms": timeout],
          body: Array(body.utf8))
        #expect(response.status == status, "\(timeout): \(response.text)")
      }
    }
  }

  @Test func `a refusal that time may mend says how long`() async throws {
    let start =
      #"{"parameters":{"sequence_id":1,"sequence_start":true},"inputs":[]}"#
    try await TestServer.sum(streams: 1) { server in
      #expect(try await server.post("/v2/models/sum/infer", start).status == 200)
      let response = try await server.post(
        "/v2/models/sum/infer", start.replacing(":1,", with: ":2,"))
      #expect(response.status == 503)
      #expect(response.headers["retry-after"] == "1")
    }
  }
}

import Sluice
import SluiceFormats
import SluiceServing
import SluiceTestSupport
import Testing

@testable import SluiceHTTP

@Suite("Streams over WebSockets", .timeLimit(.minutes(10)))
struct StreamConnectionTests {
  @Test func `the first message says what frames are`() async throws {
    try await TestServer.sum { server in
      let socket = try await TestSocket(server, "/v2/models/sum/stream?id=camera")
      #expect(socket.opening["id"] == "camera")
      #expect(socket.opening["model_version"] == "1")
      #expect(
        socket.opening["inputs"] == [["name": "x", "datatype": "FP32", "shape": [1, 2]]])
      #expect(socket.opening["frames_per_step"] == 1)
    }
  }

  @Test func `a connection is a stream`() async throws {
    try await TestServer.sum { server in
      let socket = try await TestSocket(server)
      for step in 1...5 {
        try await socket.frame(Float(step), tag: UInt32(step * 7), starts: step == 1)
        let reply = try await socket.reply()
        #expect(reply.kind == 1)
        #expect(reply.tag == UInt32(step * 7))
        #expect(reply.frames == UInt64(step))
        #expect(reply.floats == [Float(step * (step + 1) / 2), Float(step)])
      }
    }
  }

  @Test func `a connection is many streams, and answers of each are in the order of its frames`()
    async throws
  {
    let streams = 4
    let steps = 40
    try await TestServer.sum(streams: streams) { server in
      let socket = try await TestSocket(server)
      for step in 0..<steps {
        for stream in 0..<streams {
          try await socket.frame(
            Float(stream + 1), stream: UInt32(stream), tag: UInt32(step), starts: step == 0)
        }
        for _ in 0..<streams {
          let reply = try await socket.reply()
          #expect(reply.tag == UInt32(step))
          #expect(reply.floats[0] == Float(Int(reply.stream) + 1) * Float(step + 1))
        }
      }
    }
  }

  @Test func `frames that are sent before answers are read come out in their order`()
    async throws
  {
    try await TestServer.sum { server in
      let socket = try await TestSocket(server)
      for step in 1...12 {
        try await socket.frame(1, tag: UInt32(step), starts: step == 1)
      }
      for step in 1...12 {
        let reply = try await socket.reply()
        #expect(reply.tag == UInt32(step))
        #expect(reply.floats[0] == Float(step))
      }
    }
  }

  @Test func `outputs come as JSON where that is asked for`() async throws {
    try await TestServer.sum { server in
      let socket = try await TestSocket(server, "/v2/models/sum/stream?outputs=json")
      try await socket.frame(2.5, tag: 3, starts: true)
      let frame = try await socket.frame()
      #expect(frame.opcode == 1)
      let reply = try JSONParser.value(in: frame.bytes[...], source: "the reply")
      #expect(reply["tag"] == 3)
      #expect(reply["frames"] == 1)
      #expect(reply["outputs"]?.array?[0]["name"] == "y")
      #expect(reply["outputs"]?.array?[0]["data"]?.array?[0].double == 2.5)
      try await socket.frame(1, stream: 9)
      let error = try JSONParser.value(in: try await socket.frame().bytes[...], source: "it")
      #expect(error["status"] == 404)
      #expect(error["error"]?.string?.contains("start it first") == true)
    }
  }

  @Test func `what is refused and may be tried again says when`() async throws {
    try await TestServer.sum(streams: 1) { server in
      let socket = try await TestSocket(server)
      try await socket.frame(1, starts: true)
      _ = try await socket.reply()
      try await socket.frame(1, stream: 1, starts: true)
      let full = try await socket.reply()
      #expect((full.kind, full.count, full.frames) == (4, 503, 1000))
      try await socket.frame(1, stream: 1)
      let unknown = try await socket.reply()
      #expect((unknown.kind, unknown.count, unknown.frames) == (4, 404, 0))

      let json = try await TestSocket(server, "/v2/models/sum/stream?outputs=json")
      try await json.frame(1, starts: true)
      let wait = try JSONParser.value(in: try await json.frame().bytes[...], source: "it")
      #expect(wait["status"] == 503)
      #expect(wait["retry_after"] == 1)
      try await json.frame(1)
      let never = try JSONParser.value(in: try await json.frame().bytes[...], source: "it")
      #expect(never["status"] == 404)
      #expect(never["retry_after"] == nil)
    }
  }

  /// As after a kill: nobody has ended the stream, and it lies in the store.
  @Test func `a stream without a name goes on for who asks for the id that its client was told`()
    async throws
  {
    let store = MemoryStateStore(survivesRestart: true)
    try await TestServer.run(try .sum(storedIn: store)) { server in
      let socket = try await TestSocket(server)
      try await socket.frame(5, starts: true)
      _ = try await socket.reply()
      let id = try #require(socket.opening["id"]?.string)
      let next = try InferenceService.sum(storedIn: store)
      #expect(try await next.takeUpStoredStreams() == 1)
      try await TestServer.run(next) { server in
        let again = try await TestSocket(server, "/v2/models/sum/stream?id=\(id)")
        try await again.frame(1)
        #expect(try await again.reply().floats == [6, 2])
      }
      withExtendedLifetime(socket) {}
    }
  }

  @Test func `reset begins afresh, close ends`() async throws {
    try await TestServer.sum { server in
      let socket = try await TestSocket(server)
      try await socket.frame(5, starts: true)
      _ = try await socket.reply()
      try await socket.send(2, TestSocket.message(2, tag: 8))
      let reset = try await socket.reply()
      #expect(reset.kind == 2)
      #expect(reset.tag == 8)
      #expect(reset.frames == 0)
      try await socket.frame(1)
      #expect(try await socket.reply().floats == [1, 1])
      try await socket.send(2, TestSocket.message(5, tag: 9))
      #expect(try await socket.reply().kind == 2)
      try await socket.frame(1)
      let error = try await socket.reply()
      #expect(error.kind == 4)
      #expect(error.count == 404)
      #expect(error.text.contains("start it first"))
    }
  }

  @Test func `states go from stream to stream, with a token`() async throws {
    let tokens = try BearerTokens(text: "0123456789abcdef")
    try await TestServer.sum(.with { $0.tokens = tokens }) { server in
      for headers in [
        ["Authorization": "Bearer 0123456789abcdef"],
        ["Sec-WebSocket-Protocol": "sluice, bearer.0123456789abcdef"],
      ] {
        let socket = try await TestSocket(server, headers: headers)
        try await socket.frame(5, starts: true)
        _ = try await socket.reply()
        try await socket.send(2, TestSocket.message(3))
        let snapshot = try await socket.reply()
        #expect(snapshot.kind == 3)
        try await socket.send(2, TestSocket.message(4, stream: 1, snapshot.body))
        #expect(try await socket.reply().kind == 2)
        try await socket.frame(1, stream: 1)
        #expect(try await socket.reply().floats == [6, 2])
        try await socket.send(2, TestSocket.message(4, stream: 1, Array(snapshot.body.dropLast())))
        #expect(try await socket.reply().count == 400)
      }
    }
    try await TestServer.sum { server in
      let socket = try await TestSocket(server)
      try await socket.send(2, TestSocket.message(3))
      #expect(try await socket.reply().count == 403)
    }
  }

  @Test func `streams of a connection with a name outlive it, others end`() async throws {
    try await TestServer.sum(streams: 2) { server in
      for name in ["?id=camera", ""] {
        let socket = try await TestSocket(server, "/v2/models/sum/stream\(name)")
        try await socket.frame(5, starts: true)
        _ = try await socket.reply()
        try await socket.send(8, [3, 232])
        #expect(try await socket.frame().opcode == 8)
      }
      let again = try await TestSocket(server, "/v2/models/sum/stream?id=camera")
      try await again.frame(1)
      #expect(try await again.reply().floats == [6, 2])
      // The other slot is free again, once the server has seen the end.
      while server.service.report.models[0].streamsActive > 1 { await Task.yield() }
    }
  }

  @Test func `where no WebSocket can be, the answer says why`() async throws {
    try await TestServer.sum { server in
      for (address, status) in [
        ("/v2/models/product/stream", 404), ("/v2/models/sum/stream?version=7", 404),
        ("/v2/models/sum/stream?colour=red", 400), ("/v2/models/sum/stream?timeout=0", 400),
        ("/v2/models/sum/stream?id=", 400), ("/v2/models/sum/streams", 404),
      ] {
        let refusal = try #require(
          await #expect(throws: TestSocket.Refused.self) {
            try await TestSocket(server, address)
          })
        #expect(refusal.response.status == status, "\(address)")
        #expect(refusal.response.error != nil)
      }
      let plain = try await server.get("/v2/models/sum/stream")
      #expect(plain.status == 426)
      #expect(plain.headers["upgrade"] == "websocket")
      // Without a key, of another version, with a body.
      let upgrade = ["Connection": "Upgrade", "Upgrade": "websocket"]
      let key = ["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="]
      for (fields, body) in [
        (["Sec-WebSocket-Version": "13"], []),
        (["Sec-WebSocket-Version": "8"].merging(key) { $1 }, []),
        (["Sec-WebSocket-Version": "13"].merging(key) { $1 }, [1]),
      ] as [([String: String], [UInt8])] {
        let headers = upgrade.merging(fields) { $1 }
        let refusal = try await server.request(
          "GET", "/v2/models/sum/stream", headers: headers, body: body)
        #expect(refusal.status == 426, "\(fields)")
      }
    }
    let tokens = try BearerTokens(text: "0123456789abcdef")
    try await TestServer.sum(.with { $0.tokens = tokens }) { server in
      for headers in [
        [:], ["Authorization": "Bearer 0123456789abcdeg"],
        ["Sec-WebSocket-Protocol": "sluice, bearer.wrong"],
      ] as [[String: String]] {
        let refusal = try #require(
          await #expect(throws: TestSocket.Refused.self) {
            try await TestSocket(server, headers: headers)
          })
        #expect(refusal.response.status == 401)
      }
    }
  }

  @Test func `messages that make no sense are refused, or end the connection`() async throws {
    try await TestServer.sum(.with { $0.maximumMessageBytes = 1000 }) { server in
      let socket = try await TestSocket(server)
      for body in [[], [0], [UInt8](repeating: 0, count: 9)] {
        try await socket.send(2, TestSocket.message(1, flags: 1, body))
        let error = try await socket.reply()
        #expect(error.kind == 4)
        #expect(error.count == 400)
        #expect(error.text.contains("x: float32 [1, 2]"))
      }
      for (opcode, bytes) in [
        (2, []), (2, [1]), (2, TestSocket.message(9)), (2, TestSocket.message(1, flags: 4)),
        (1, Array("hello".utf8)), (2, [UInt8](repeating: 1, count: 1001)), (3, []), (11, []),
      ] as [(UInt8, [UInt8])] {
        let socket = try await TestSocket(server)
        try? await socket.send(opcode, bytes)
        #expect(try await socket.isClosed(), "opcode \(opcode), \(bytes.count) bytes")
      }
      // No mask; more fragments than there may be.
      let unmasked = try await TestSocket(server)
      try await unmasked.send(raw: [0x82, 2, 1, 1])
      _ = try? await unmasked.isClosed()
      let fragments = try await TestSocket(server)
      try await fragments.send(2, [1], isFinal: false)
      for _ in 0..<100 { try? await fragments.send(0, [1], isFinal: false) }
      var last = try await fragments.frame()
      while last.opcode != 8 { last = try await fragments.frame() }
      #expect(last.bytes == [3, 0xF1])
      #expect(try await server.get("/v2/health/live").status == 200)
    }
  }

  @Test func `what a client sent before it says goodbye is answered before the server does`()
    async throws
  {
    try await TestServer.sum { server in
      let socket = try await TestSocket(server)
      for step in 1...8 {
        try await socket.frame(1, tag: UInt32(step), starts: step == 1)
      }
      try await socket.send(8, [3, 0xE8])
      for step in 1...8 { #expect(try await socket.reply().frames == UInt64(step)) }
      #expect(try await socket.frame().opcode == 8)
      #expect(try await socket.isClosed())
    }
  }

  @Test func `a message in parts is one message, with a ping between them`() async throws {
    try await TestServer.sum { server in
      let socket = try await TestSocket(server)
      let message = TestSocket.message(1, flags: 1, Tensor([Float(4), 1], shape: [1, 2]).bytes)
      try await socket.send(2, Array(message[..<7]), isFinal: false)
      try await socket.send(9, [1, 2, 3])
      let pong = try await socket.frame()
      #expect(pong.opcode == 10)
      #expect(pong.bytes == [1, 2, 3])
      try await socket.send(0, Array(message[7...]))
      #expect(try await socket.reply().floats == [4, 1])
    }
  }

  @Test func `a client that is silent is cut off`() async throws {
    try await TestServer.sum(.with { $0.pingInterval = .seconds(3) }) { server in
      let socket = try await TestSocket(server)
      #expect(try await socket.isClosed())
    }
  }

  /// Answers are not read; then the server reads no more than its window, and closes in the end.
  @Test func `a client that does not read is not read from, and is cut off`() async throws {
    try await TestServer.sum(.with { $0.stallTimeout = .milliseconds(200) }) { server in
      let socket = try await TestSocket(server)
      try await socket.stopReading()
      let ping: [UInt8] = [0x89, 0xFD] + [UInt8](repeating: 7, count: 4 + 125)
      let pings = [[UInt8]](repeating: ping, count: 1000).flatMap { $0 }
      var sent = 0
      // Until a write fails, which it does once the server has closed.
      while (try? await socket.send(raw: pings)) != nil { sent += 1 }
      #expect(sent > 0)
      #expect(try await server.get("/v2/health/live").status == 200)
    }
  }

  @Test(arguments: 1...20)
  func `bytes at random leave the server as it was`(_ seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    try await TestServer.sum { server in
      for _ in 0..<5 {
        let socket = try await TestSocket(server)
        var bytes: [UInt8] = [0x82, 0x94, 1, 2, 3, 4] + (0..<20).map { _ in 0 }
        for _ in 0..<4 {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(
            in: 0...255, using: &random)
        }
        try? await socket.send(raw: bytes)
        try? await socket.close()
      }
      #expect(try await server.get("/v2/health/live").status == 200)
    }
  }
}

extension TestSocket {
  /// Reads until the server closes.
  func isClosed() async throws -> Bool {
    do {
      while true { _ = try await frame() }
    } catch is TestConnection.Ended {
      return true
    }
  }
}

import GRPCCore
import OpenInferenceProtocol
import Sluice
import SluiceServing
import SluiceTestSupport
import SluiceTracing
import Testing

@testable import SluiceHTTP

@Suite("A client's traceparent is the parent of the server's spans", .timeLimit(.minutes(10)))
struct TraceTests {
  private static let trace = "0af7651916cd43dd8448eb211c80319c"
  private static let client = "b7ad6b7169203331"
  private static let headers = [
    "traceparent": "00-\(trace)-\(client)-01", "tracestate": "vendor=1",
  ]

  /// Runs `body` against a service whose tracer keeps what clients ask it to keep, and nothing else.
  ///
  /// - Returns: the spans of requests.
  private func spans(
    _ body: (InferenceService) async throws -> Void
  ) async throws -> [SpanLine] {
    let file = TemporaryPath()
    let tracer = try FileTracer(path: file.path, service: "sluice", sample: 0)
    try await body(try .sum(tracer: tracer))
    #expect(tracer.close().dropped == 0)
    let spans = try SpanLine.all(file.path)
    let requests = spans.filter { $0.kind == 2 }
    for span in requests {
      #expect((span.traceId, span.parentSpanId) == (Self.trace, Self.client))
      #expect((span.traceState, span.flags) == ("vendor=1", 0x301))
      let times = try #require(span.times)
      let parts = spans.filter { $0.parentSpanId == span.spanId }
      #expect(parts.map(\.name) == ["queue", "step"])
      #expect(parts.allSatisfy { $0.traceId == Self.trace })
      for part in try parts.map({ try #require($0.times) }) {
        #expect(times.start <= part.start && part.start <= part.end && part.end <= times.end)
      }
    }
    return requests
  }

  private func request(stream: String? = nil, starts: Bool = false) -> InferenceRequest {
    InferenceRequest(
      model: "sum", inputs: ["x": Tensor([Float(1), 1], shape: [1, 2])],
      stream: stream.flatMap { StreamIdentifier($0) }, starts: starts)
  }

  @Test func `over HTTP`() async throws {
    let tokens = try BearerTokens(text: "0123456789abcdef")
    let requests = try await spans { service in
      try await TestServer.run(service, .with { $0.tokens = tokens }) { server in
        let body = #"""
          {"parameters":{"sequence_id":"s","sequence_start":true},
           "inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,1]}]}
          """#
        var headers = Self.headers.merging(["Authorization": "Bearer 0123456789abcdef"]) { $1 }
        func ask(_ method: String, _ path: String, _ body: [UInt8] = []) async throws -> [UInt8] {
          let answer = try await server.request(method, path, headers: headers, body: body)
          #expect(answer.status == 200, "\(answer.text)")
          return answer.body
        }
        _ = try await ask("POST", "/v2/models/sum/infer", Array(body.utf8))
        let state = try await ask("GET", "/v2/models/sum/streams/s/state")
        _ = try await ask("PUT", "/v2/models/sum/streams/s/state", state)
        // Without the header it is no part of that trace, and so is not kept.
        headers["traceparent"] = nil
        _ = try await ask("GET", "/v2/models/sum/streams/s/state")
      }
    }
    #expect(requests.map(\.name) == ["infer sum", "snapshot sum", "restore sum"])
    #expect(requests.map { $0.text("sluice.stream.id") } == ["s", "s", "s"])
    #expect(requests.map { $0.text("sluice.stream.frames_taken") } == ["1", "1", "1"])
  }

  @Test func `over a WebSocket, of all its frames and of the end of its streams`() async throws {
    let requests = try await spans { service in
      try await TestServer.run(service) { server in
        let socket = try await TestSocket(server, headers: Self.headers)
        for step in 0..<3 {
          try await socket.frame(1, starts: step == 0)
          #expect(try await socket.reply().kind == 1)
        }
        try await socket.close()
        while !Task.isCancelled, service.report.models[0].streamsActive > 0 { await Task.yield() }
      }
    }
    #expect(requests.map(\.name) == ["infer sum", "infer sum", "infer sum", "end sum"])
  }

  @Test func `over gRPC, a call or a stream of them`() async throws {
    var metadata = Metadata()
    for (name, value) in Self.headers { metadata.addString(value, forKey: name) }
    let sent = metadata
    let requests = try await spans { service in
      try await TestGRPCServer.run(service) { server in
        _ = try await server.client.modelInfer(
          request(stream: "a", starts: true).message(raw: true), metadata: sent)
        _ = try await server.client.modelInfer(request().message(raw: true))
        try await server.client.modelStreamInfer(metadata: sent) { writer in
          for starts in [true, false] {
            try await writer.write(request(stream: "b", starts: starts).message(raw: true))
          }
        } onResponse: { response in
          for try await _ in response.messages {}
        }
      }
    }
    #expect(requests.map(\.name) == ["infer sum", "infer sum", "infer sum"])
    #expect(requests.map { $0.text("sluice.stream.id") } == ["a", "b", "b"])
  }
}

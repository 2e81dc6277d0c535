import Sluice
import SluiceFormats
import SluiceServing
import Testing

@testable import SluiceHTTP

@Suite("Paths of the Open Inference Protocol", .timeLimit(.minutes(10)))
struct EndpointTests {
  @Test func `a server that runs is live and ready`() async throws {
    try await TestServer.sum { server in
      let live = try await server.get("/v2/health/live")
      #expect(live.status == 200)
      #expect(live.text == #"{"live":true}"#)
      let ready = try await server.get("/v2/health/ready")
      #expect(ready.status == 200)
      #expect(ready.text == #"{"ready":true}"#)
    }
  }

  @Test func `a server that drains is live and not ready`() async throws {
    try await TestServer.sum { server in
      await server.service.drain(timeout: .seconds(1))
      let live = try await server.get("/v2/health/live")
      #expect(live.status == 200)
      let ready = try await server.get("/v2/health/ready")
      #expect(ready.status == 503)
      #expect(ready.headers["retry-after"] == "1")
    }
  }

  @Test func `what a server that drains refuses may be asked again`() async throws {
    try await TestServer.sum { server in
      await server.service.drain(timeout: .seconds(1))
      let start = #"{"parameters":{"sequence_id":1,"sequence_start":true},"inputs":[\#(frame)]}"#
      for body in [start, #"{"inputs":[\#(frame)]}"#] {
        let refusal = try await server.post("/v2/models/sum/infer", body)
        #expect(refusal.status == 503)
        #expect(refusal.headers["retry-after"] == "1")
      }
      let unknown = try await server.post("/v2/models/product/infer", start)
      #expect(unknown.status == 404)
      #expect(unknown.headers["retry-after"] == nil)
    }
  }

  @Test func `it says what it can`() async throws {
    try await TestServer.sum { server in
      let metadata = try await server.get("/v2").json()
      #expect(metadata["name"] == "sluice")
      #expect(metadata["extensions"]?.array?.contains("binary_tensor_data") == true)
    }
  }

  @Test(arguments: ["", "/versions/1"])
  func `a model says what it takes and gives`(_ version: String) async throws {
    try await TestServer.sum { server in
      let metadata = try await server.get("/v2/models/sum\(version)")
      #expect(metadata.status == 200)
      #expect(
        try metadata.json() == [
          "name": "sum", "versions": ["1"], "platform": "sluice",
          "inputs": [["name": "x", "datatype": "FP32", "shape": [-1, 2]]],
          "outputs": [["name": "y", "datatype": "FP32", "shape": [-1, 2]]],
        ])
      #expect(try await server.get("/v2/models/sum\(version)/ready").status == 200)
      let config = try await server.get("/v2/models/sum\(version)/config").json()
      #expect(config["max_batch_size"] == 0)
      #expect(config["parameters"]?["max_streams"]?["string_value"] == "4")
      #expect(
        config["sequence_batching"]?["state"]?.array?.first?["input_name"] == "sum")
    }
  }

  @Test func `statistics count what was answered and refused`() async throws {
    try await TestServer.sum { server in
      let start = #"{"parameters":{"sequence_id":1,"sequence_start":true},"inputs":[\#(frame)]}"#
      #expect(try await server.post("/v2/models/sum/infer", start).status == 200)
      #expect(try await server.post("/v2/models/sum/infer", #"{"inputs":[]}"#).status == 400)
      let all = try await server.get("/v2/models/stats").json()
      let one = try await server.get("/v2/models/sum/stats").json()
      #expect(all == one)
      let model = try #require(one["model_stats"]?.array?.first)
      #expect(model["inference_count"] == 1)
      #expect(model["inference_stats"]?["fail"]?["count"] == 1)
      #expect(model["inference_stats"]?["success"]?["count"] == 1)
    }
  }

  @Test func `statistics say how many steps had how many streams`() async throws {
    try await TestServer.sum { server in
      let start = #"{"parameters":{"sequence_id":1,"sequence_start":true},"inputs":[\#(frame)]}"#
      #expect(try await server.post("/v2/models/sum/infer", start).status == 200)
      let none = #"{"inputs":[{"name":"x","shape":[2,3,2],"datatype":"FP32","data":["#
      let sequences = none + Array(repeating: "1", count: 12).joined(separator: ",") + "]}]}"
      #expect(try await server.post("/v2/models/sum/infer", sequences).status == 200)
      let stats = try await server.get("/v2/models/sum/stats").json()
      let model = try #require(stats["model_stats"]?.array?.first)
      #expect(model["inference_count"] == 2)
      #expect(model["execution_count"] == 3)
      let nothing: JSONValue = ["count": 0, "ns": 0]
      #expect(
        model["batch_stats"] == [
          [
            "batch_size": 1, "compute_input": nothing, "compute_infer": ["count": 1],
            "compute_output": nothing,
          ],
          [
            "batch_size": 3, "compute_input": nothing, "compute_infer": ["count": 2],
            "compute_output": nothing,
          ],
        ])
    }
  }

  private let frame = #"{"name":"x","shape":[1,2],"datatype":"FP32","data":[[1,2]]}"#

  @Test func `metrics are in the form of Prometheus`() async throws {
    try await TestServer.sum { server in
      let start = #"{"parameters":{"sequence_id":1,"sequence_start":true},"inputs":[\#(frame)]}"#
      _ = try await server.post("/v2/models/sum/infer", start)
      let response = try await server.get("/metrics")
      #expect(response.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
      let lines = response.text.split(separator: "\n")
      for line in [
        #"sluice_requests_total{model="sum",kind="stream"} 1"#,
        #"sluice_streams{model="sum",place="slot"} 1"#, #"sluice_slots{model="sum"} 4"#,
        #"sluice_step_streams_bucket{model="sum",le="1"} 1"#,
        #"sluice_request_duration_seconds_bucket{model="sum",stage="total",le="+Inf"} 1"#,
        #"sluice_tensor_bytes_total{model="sum",direction="in"} 8"#, "sluice_draining 0",
      ] { #expect(lines.contains(line[...]), "\(response.text)") }
      for line in lines where !line.hasPrefix("#") {
        #expect(line.split(separator: " ").count == 2)
        #expect(line.split(separator: " ").last.flatMap { Double($0) } != nil)
      }
    }
  }

  @Test func `what is nowhere is not found, and what cannot be done there says what can`()
    async throws
  {
    try await TestServer.sum { server in
      for path in [
        "/v1", "/page", "/page/nothing.js", "/page/..%2fpage.css", "/v2/models",
        "/v2/models/sum/nothing", "/v2/models/sum/versions/x",
        "/v2/models/product", "/v2/models/product/config", "/v2/models/sum/versions/2/stats",
        "/v2/models/..%2fsum", "/v2/repository/index/x",
      ] {
        let response = try await server.get(path)
        #expect(response.status == 404, "\(path)")
        #expect(response.error != nil, "\(path)")
      }
      let response = try await server.get("/v2/models/sum/infer")
      #expect(response.status == 405)
      #expect(response.headers["allow"] == "POST")
    }
  }

  @Test func `several requests go over one connection, also before answers are read`()
    async throws
  {
    try await TestServer.sum { server in
      let connection = try await server.connect()
      let request = "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
      try await connection.send(request + request + request)
      for _ in 0..<3 { #expect(try await connection.response().status == 200) }
    }
  }
}

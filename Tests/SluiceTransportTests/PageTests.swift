import Foundation
import Sluice
import SluiceFormats
import SluiceServing
import SluiceTestSupport
import Testing

@testable import SluiceHTTP

@Suite("The page and its figures", .timeLimit(.minutes(10)))
struct PageTests {
  @Test func `the files of the folder are in the binary`() throws {
    let folder = PackageFolder.file("Sources/CPage/page")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(PageFile.names == names.sorted())
    for name in names {
      let bytes = try FileContent.read(path: "\(folder)/\(name)").bytes
      #expect(try #require(PageFile(name: name)).bytes.readableBytesView.elementsEqual(bytes))
    }
  }

  @Test(arguments: [
    ("/", "text/html; charset=utf-8"), ("/page/page.css", "text/css; charset=utf-8"),
    ("/page/main.js", "text/javascript; charset=utf-8"), ("/page/icon.svg", "image/svg+xml"),
  ])
  func `they come with their type, without a token, and hold browsers to this server`(
    _ path: String, _ type: String
  ) async throws {
    let tokens = try BearerTokens(text: "0123456789abcdef")
    try await TestServer.sum(.with { $0.tokens = tokens }) { server in
      let response = try await server.get(path)
      #expect(response.status == 200)
      #expect(response.headers["content-type"] == type)
      #expect(response.headers["x-content-type-options"] == "nosniff")
      let policy = try #require(response.headers["content-security-policy"])
      let sources = policy.split(separator: "; ").map { $0.split(separator: " ").dropFirst() }
      #expect(policy.hasPrefix("default-src 'none'; "))
      for source in sources.joined() { #expect(["'none'", "'self'", "blob:"].contains(source)) }
      #expect(!response.text.contains("0123456789abcdef"))
      #expect(try await server.request("POST", path).status == 405)
    }
  }

  @Test func `the page asks nobody but its server`() throws {
    let namespace = "http://www.w3.org/2000/svg"
    for name in PageFile.names {
      let text = String(buffer: try #require(PageFile(name: name)).bytes)
        .replacing(namespace, with: "")
      #expect(!text.contains("://"), "\(name)")
    }
  }

  @Test func `the status says how models stand and what they take`() async throws {
    let service = try InferenceService.sum(streams: 4)
    try service.add(.runningSum(), name: "named", classNames: ClassNames(["left", "right"]))
    try await TestServer.run(service) { server in
      let frame = #"{"name":"x","shape":[1,2],"datatype":"FP32","data":[[1,2]]}"#
      let start = #"{"parameters":{"sequence_id":1,"sequence_start":true},"inputs":[\#(frame)]}"#
      #expect(try await server.post("/v2/models/sum/infer", start).status == 200)
      #expect(try await server.post("/v2/models/sum/infer", #"{"inputs":[]}"#).status == 400)
      let status = try await server.get("/v2/status").json()
      #expect(status["draining"] == false)
      #expect(status["window_seconds"] == 10)
      #expect(status["models"]?.array?.compactMap { $0["name"]?.string } == ["named", "sum"])
      let model = try #require(status["models"]?.array?.last)
      #expect(model["version"] == 1)
      #expect(model["backend"]?["name"] == "reference")
      #expect(model["slots"] == 4)
      #expect(model["streams"]?["active"] == 1)
      #expect(model["steps"]?["by_streams"] == [["up_to": 1, "steps": 1]])
      #expect(model["answered"]?["requests"] == 1)
      #expect(model["refused"] == ["refused": 1])
      let recent = model["recent"]?.array ?? []
      #expect(recent.compactMap { $0["answered"]?.integer }.reduce(0, +) == 1)
      #expect(recent.compactMap { $0["refused"]?.integer }.reduce(0, +) == 1)
      #expect(recent.allSatisfy { $0["p99_ns"]?.integer ?? -1 >= $0["p50_ns"]?.integer ?? 0 })
      let outputs = status["models"]?.array?.map { $0["streaming"]?["outputs"]?.array?.first }
      #expect(outputs?[0]?["labels"] == ["left", "right"])
      #expect(outputs?[1]?["name"] == "y")
      #expect(outputs?[1]?["labels"] == nil)
      let socket = try await TestSocket(server, "/v2/models/named/stream")
      #expect(socket.opening["outputs"] == status["models"]?.array?[0]["streaming"]?["outputs"])
      try await socket.close()
    }
  }

  @Test func `a model that was unloaded and one of whole sequences have a status too`()
    async throws
  {
    try await TestServer.sum { server in
      try server.service.add(.reverseSum, name: "reverse")
      try server.service.unload("sum")
      let models = try await server.get("/v2/status").json()["models"]?.array ?? []
      #expect(models.map { $0["streaming"] } == [.null, .null])
      #expect(models.map { $0["version"] } == [1, .null])
    }
  }

  @Test func `the status needs a token where there are any`() async throws {
    let tokens = try BearerTokens(text: "0123456789abcdef")
    try await TestServer.sum(.with { $0.tokens = tokens }) { server in
      let without = try await server.get("/v2/status")
      #expect(without.status == 401)
      let bearer = ["Authorization": "Bearer 0123456789abcdef"]
      let with = try await server.request("GET", "/v2/status", headers: bearer)
      #expect(with.status == 200)
    }
  }
}

import Sluice
import SluiceFormats
import SluiceServing
import SluiceTestSupport
import Testing

@testable import SluiceHTTP

@Suite("The repository over HTTP", .timeLimit(.minutes(10)))
struct RepositoryEndpointTests {
  private func service(_ folder: TemporaryRepository) -> InferenceService {
    InferenceService(
      ServingOptions(engine: EngineOptions(backend: .named("cpu"), maximumStreams: 2)),
      repository: ModelRepository(path: folder.path))
  }

  @Test func `models are listed, loaded and unloaded`() async throws {
    let folder = try TemporaryRepository()
    try folder.put(.described, "actions", version: 3)
    try folder.put(.broken, "broken", version: 1)
    try await TestServer.run(service(folder)) { server in
      func states() async throws -> [String?] {
        let index = try await server.post("/v2/repository/index", "").json()
        return (index.array ?? []).map { $0["state"]?.string }
      }
      #expect(try await states() == ["UNAVAILABLE", "UNAVAILABLE"])
      let loaded = try await server.post("/v2/repository/models/actions/load", "{}")
      #expect(loaded.status == 200, "\(loaded.text)")
      #expect(try await states() == ["READY", "UNAVAILABLE"])
      let ready = try await server.post("/v2/repository/index", #"{"ready":true}"#).json()
      #expect(
        ready == [["name": "actions", "version": "3", "state": "READY", "reason": ""]])
      #expect(try await server.get("/v2/models/actions/ready").status == 200)
      #expect(try await server.post("/v2/repository/models/actions/unload", "").status == 200)
      #expect(try await server.get("/v2/models/actions/ready").status == 503)
    }
  }

  @Test func `what cannot be loaded says why, and requests bring no paths and no files`()
    async throws
  {
    let folder = try TemporaryRepository()
    try folder.put(.broken, "broken", version: 1)
    try await TestServer.run(service(folder)) { server in
      for (name, body, status) in [
        ("broken", "", 400), ("nothing", "", 404), ("..%2F..%2Fetc", "", 404), ("%2Fetc", "", 404),
        ("broken", #"{"parameters":{"config":"{}"}}"#, 400),
        ("broken", #"{"parameters":{"file:1/model.onnx":"AAAA"}}"#, 400), ("broken", "[", 400),
      ] {
        let response = try await server.post("/v2/repository/models/\(name)/load", body)
        #expect(response.status == status, "\(name) \(body): \(response.text)")
        #expect(response.error != nil)
      }
    }
  }
}

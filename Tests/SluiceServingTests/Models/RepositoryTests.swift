import Sluice
import SluiceServing
import SluiceTestSupport
import Testing

struct RepositoryTests {
  private func service(
    _ folder: TemporaryRepository, _ events: EventLog = EventLog()
  ) -> InferenceService {
    InferenceService(
      ServingOptions(engine: EngineOptions(backend: .cpu, maximumStreams: 4)),
      repository: folder.repository, clock: ManualClock(), onEvent: { events.add($0) })
  }

  /// A frame of the example's camera.
  private func request(
    _ stream: String, _ brightness: Float = 0.5, starts: Bool = false, version: Int? = nil
  ) throws -> StreamRequest {
    StreamRequest(
      model: "video", version: version, stream: try #require(StreamIdentifier(stream)),
      action: .frames(["frames": Tensor(repeating: brightness, shape: [1, 32, 32])]),
      starts: starts)
  }

  @Test("models are folders of versions, and the newest version is served")
  func newest() async throws {
    let folder = try TemporaryRepository()
    for version in [1, 2, 10] { try folder.put(.onnx, "video", version: version) }
    try folder.makeFolder("video/newer")
    try folder.makeFolder("video/011")
    try folder.makeFolder(".hidden/1")
    try folder.makeFolder("with space/1")
    #expect(try folder.repository.names() == ["video"])
    #expect(try folder.repository.versions(of: "video") == [1, 2, 10])
    let events = EventLog()
    let service = service(folder, events)
    #expect(try await service.loadAll().isEmpty)
    #expect(events.all == [.versionLoaded(model: "video", version: 10, slots: 4)])
    let answer = try await service.answer(to: request("a", starts: true))
    #expect(answer.version == 10)
    #expect(answer.outputs["probabilities"]?.count == 8)
  }

  @Test("what cannot be read is refused by name, and the others are served")
  func refusals() async throws {
    let folder = try TemporaryRepository()
    try folder.put(.onnx, "video", version: 1)
    try folder.put(.broken, "broken", version: 1)
    try folder.put(.ambiguous, "ambiguous", version: 3)
    try folder.makeFolder("empty")
    let service = service(folder)
    let failures = try await service.loadAll()
    #expect(failures.keys.sorted() == ["ambiguous", "broken", "empty"])
    #expect(failures.values.allSatisfy { $0.code == .modelRefused })
    #expect(
      failures["ambiguous"]?.message
        == "ambiguous/3: expected model.json or one model file "
        + "(.onnx, .safetensors, .pt, .pth); found a.onnx, b.pt")
    #expect(
      failures["empty"]?.message
        == "'empty' has no version: expected a folder empty/1 with its files")
    #expect(failures["broken"]?.message.contains("broken/1/net.onnx") == true)
    _ = try await service.answer(to: request("a", starts: true))
  }

  @Test(
    "a name is looked up and never becomes a path", arguments: ["../video", "video/1", "", "."])
  func paths(name: String) async throws {
    let folder = try TemporaryRepository()
    try folder.put(.onnx, "video", version: 1)
    let service = service(folder)
    let error = await #expect(throws: ServingError.self) { try await service.load(name) }
    #expect(error?.code == .unknownModel)
    #expect(error?.message == "the repository has no model '\(name)'")
    #expect(try service.modelNames() == ["video"])
  }

  @Test("a new version takes the new streams, and those before finish on theirs")
  func reload() async throws {
    let folder = try TemporaryRepository()
    try folder.put(.onnx, "video", version: 1)
    let events = EventLog()
    let service = service(folder, events)
    try await service.load("video")
    #expect(try await service.answer(to: request("old", starts: true)).version == 1)
    try folder.put(.described, "video", version: 2)
    try await service.load("video")
    #expect(try await service.answer(to: request("new", starts: true)).version == 2)
    for _ in 0..<3 {
      #expect(try await service.answer(to: request("old")).version == 1)
      #expect(try await service.answer(to: request("new")).version == 2)
    }
    await service.sweep()
    #expect(service.report.models[0].retiringVersions == [1])
    let wrong = try request("old", version: 2)
    let error = await #expect(throws: ServingError.self) { try await service.answer(to: wrong) }
    #expect(
      error?.message == "stream old of 'video' runs version 1; the request names 2")
    #expect(try await service.answer(to: request("old", starts: true)).version == 2)
    await service.sweep()
    #expect(service.report.models[0].retiringVersions == [])
    #expect(
      events.all == [
        .versionLoaded(model: "video", version: 1, slots: 4),
        .versionLoaded(model: "video", version: 2, slots: 4),
        .versionUnloaded(model: "video", version: 1),
      ])
  }

  @Test("a version that is loaded again and computes the same stays")
  func sameAgain() async throws {
    let folder = try TemporaryRepository()
    try folder.put(.onnx, "video", version: 1)
    let events = EventLog()
    let service = service(folder, events)
    try await service.load("video")
    let before = try service.version(of: "video")
    try await service.load("video")
    #expect(try service.version(of: "video") === before)
    #expect(events.all.count == 1)
  }

  @Test("an unloaded model takes no new streams; those that are there finish")
  func unload() async throws {
    let folder = try TemporaryRepository()
    try folder.put(.onnx, "video", version: 1)
    let service = service(folder)
    try await service.load("video")
    _ = try await service.answer(to: request("a", starts: true))
    try service.unload("video")
    _ = try await service.answer(to: request("a"))
    for new in [try request("b", starts: true), try request("a", starts: true)] {
      let error = await #expect(throws: ServingError.self) { try await service.answer(to: new) }
      #expect(error?.code == .modelUnavailable)
      #expect(error?.message == "'video' was unloaded")
    }
    _ = try await service.answer(to: request("a"))
    try await service.load("video")
    _ = try await service.answer(to: request("b", starts: true))
    #expect(throws: ServingError.self) { try service.unload("other") }
  }

  @Test("a reload that fails leaves what is served as it is")
  func failedReload() async throws {
    let folder = try TemporaryRepository()
    try folder.put(.onnx, "video", version: 1)
    let service = service(folder)
    try await service.load("video")
    try folder.put(.broken, "video", version: 2)
    let error = await #expect(throws: ServingError.self) { try await service.load("video") }
    #expect(error?.code == .modelRefused)
    #expect(try await service.answer(to: request("a", starts: true)).version == 1)
    await #expect(throws: ServingError.self) { try await service.load("video", version: 7) }
    let none = InferenceService(clock: ManualClock())
    await #expect(throws: ServingError.self) { try await none.load("video") }
  }

  @Test("a network that does not stream serves whole sequences, and says why it takes no streams")
  func wholeOnly() async throws {
    let service = InferenceService(clock: ManualClock())
    try service.add(.reverseSum, name: "video")
    let arrays = ["x": Tensor(repeating: Float(0.5), shape: [1, 5, 3])]
    let answer = try await service.answer(to: SequenceRequest(model: "video", arrays: arrays))
    #expect(answer.outputs["y"]?.shape == [1, 5, 3])
    let streaming = try request("a", starts: true)
    let error = await #expect(throws: ServingError.self) {
      try await service.answer(to: streaming)
    }
    #expect(error?.code == .refused)
    #expect(
      error?.message.hasPrefix("'video' takes whole sequences only, without an identifier: ")
        == true)
  }

  @Test("names that no folder could have are refused", arguments: ["", "a b", "../a", ".a"])
  func names(name: String) throws {
    let service = InferenceService(clock: ManualClock())
    let error = #expect(throws: ServingError.self) { try service.add(.runningSum(), name: name) }
    #expect(error?.code == .modelRefused)
  }
}

import FoundationEssentials
import Sluice
import SluiceServing
import SluiceStateStore
import SluiceTestSupport
import Testing

struct SQLiteStateStoreTests {
  /// A file that goes with its last reference.
  private final class TemporaryFile: Sendable {
    private let folder: String
    var path: String { folder + "/streams.sqlite" }

    init() throws {
      folder = FileManager.default.temporaryDirectory.path + "/sluice-\(UUID().uuidString)"
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
  }

  private func stream(_ name: String, _ bytes: [UInt8], model: String = "m") throws -> StoredStream
  {
    StoredStream(
      address: StreamAddress(model: model, stream: try #require(StreamIdentifier(name))),
      version: 1, snapshot: bytes)
  }

  @Test("what was put there is there when the file is opened again")
  func reopening() async throws {
    let file = try TemporaryFile()
    let names = ["a", "7", "with 'quotes'; DROP TABLE stream", "ü x"]
    for round in UInt8(1)...3 {
      let store = try SQLiteStateStore(path: file.path)
      let known = try await store.streams().map(\.address.stream.text)
      #expect(Set(known) == (round == 1 ? [] : Set(names)))
      for name in names {
        if round > 1 {
          let before = try stream(name, [round - 1, 0, 255])
          #expect(try await store.stream(before.address) == before)
        }
        try await store.put(stream(name, [round, 0, 255]))
      }
      try store.close()
    }
  }

  @Test("streams of one name in two models are two; removing one leaves the other")
  func addresses() async throws {
    let file = try TemporaryFile()
    let store = try SQLiteStateStore(path: file.path)
    let (here, there) = (try stream("a", [1]), try stream("a", [2], model: "n"))
    try await store.put(here)
    try await store.put(there)
    try await store.remove(here.address)
    try await store.remove(here.address)
    #expect(try await store.stream(here.address) == nil)
    #expect(try await store.stream(there.address) == there)
    #expect(try await store.streams().map(\.address) == [there.address])
  }

  @Test("changes that come together share transactions")
  func together() async throws {
    let file = try TemporaryFile()
    let store = try SQLiteStateStore(path: file.path)
    try await withThrowingTaskGroup { group in
      for number in 0..<500 {
        group.addTask { try await store.put(stream("\(number)", [UInt8(number % 256)])) }
      }
      try await group.waitForAll()
    }
    #expect(try await store.streams().count == 500)
    #expect(store.commitCount < 500)
  }

  @Test("a file that another store has, or that is none, is refused by name")
  func refusals() async throws {
    let file = try TemporaryFile()
    let first = try SQLiteStateStore(path: file.path)
    let second = #expect(throws: ServingError.self) { try SQLiteStateStore(path: file.path) }
    #expect(second?.code == .storeFailed)
    #expect(second?.message.hasPrefix("\(file.path): cannot be opened: ") == true)
    try await first.put(stream("a", [1]))
    let other = try TemporaryFile()
    try AtomicFile.write(String(repeating: "no database ", count: 100), to: other.path)
    #expect(throws: ServingError.self) { try SQLiteStateStore(path: other.path) }
    #expect(throws: ServingError.self) { try SQLiteStateStore(path: "/nowhere/at/all") }
  }

  @Test("streams go on in the next service with every frame that was answered")
  func service() async throws {
    let file = try TemporaryFile()
    let network = Model.runningSum()
    let frame = ["x": Tensor([Float(1), 1], shape: [1, 2])]
    for round in 0..<4 {
      var options = ServingOptions(engine: EngineOptions(backend: .reference))
      options.durability = .everyFrame
      let store = try SQLiteStateStore(path: file.path)
      defer { #expect(throws: Never.self) { try store.close() } }
      let service = InferenceService(options, store: store)
      try service.add(network, name: "sum")
      #expect(try await service.takeUpStoredStreams() == (round == 0 ? 0 : 8))
      for number in 0..<3 {
        for stream in UInt64(0)..<8 {
          let answer = try await service.answer(
            to: StreamRequest(
              model: "sum", stream: StreamIdentifier(stream), action: .frames(frame),
              starts: round == 0 && number == 0))
          #expect(answer.framesTaken == 3 * round + number + 1)
          #expect(answer.outputs["y"]?.floats()[0] == Float(3 * round + number + 1))
          #expect(answer.wasHibernated == (round > 0 && number == 0))
        }
      }
    }
  }
}

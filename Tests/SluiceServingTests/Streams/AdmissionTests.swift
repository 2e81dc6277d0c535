import Sluice
import SluiceServing
import SluiceTestSupport
import Testing

struct AdmissionTests {
  @Test("one stream more than there are slots is refused at once, with when to come again")
  func full() async throws {
    let test = try TestService(streams: 3) { $0.retryAfter = .seconds(2) }
    for stream in ["a", "b", "c"] { _ = try await test.sum(stream, 1, starts: true) }
    let error = try await test.refusal("d", 1, starts: true)
    #expect(error.code == .full)
    #expect(
      error.message
        == "all 3 streams of 'sum' version 1 are open; try again later, or end one")
    #expect(error.retryAfter == .seconds(2))
    #expect(try await test.sum("a", 1) == 2)
    #expect(try await test.sum("a", 1, ends: true) == 3)
    #expect(try await test.sum("d", 7, starts: true) == 7)
    #expect(try test.report.slotsTaken == 3)
  }

  @Test("a refused stream leaves nothing behind")
  func nothingBehind() async throws {
    let test = try TestService(streams: 1)
    _ = try await test.sum("a", 1, starts: true)
    for _ in 0..<100 { #expect(try await test.refusal("b", 1, starts: true).code == .full) }
    #expect(try await test.refusal("b", 1).code == .unknownStream)
    let report = try test.report
    #expect((report.streamsActive, report.slotsTaken, report.refusals[.full]) == (1, 1, 100))
    #expect(test.service.report.queuedBytes == 0)
  }

  @Test("a version is loaded with as many slots as memory holds", arguments: [1, 5, 16, 100])
  func memory(fitting: Int) async throws {
    let network = Model.runningSum()
    let each = try Self.bytesOfEachSlot()
    let test = try TestService(streams: 1000, scale: nil) {
      $0.engine.memoryLimit = each * fitting
      $0.engine.backend = .reference
    }
    try test.service.add(network, name: "sum")
    let slots = try test.service.version(of: "sum").slotCount
    #expect(slots <= fitting && slots >= fitting - fitting / 16 - 1 && slots > 0)
    #expect(test.events.all == [.versionLoaded(model: "sum", version: 1, slots: slots)])
    for stream in 0..<slots { _ = try await test.sum("\(stream)", 1, starts: true) }
    #expect(try await test.refusal("more", 1, starts: true).code == .full)
  }

  /// What one more slot takes on the reference, found by trying.
  private static func bytesOfEachSlot() throws -> Int {
    func fits(_ slots: Int, _ bytes: Int) -> Bool {
      let options = EngineOptions(backend: .reference, maximumStreams: slots, memoryLimit: bytes)
      return (try? Engine(Model.runningSum(), options)) != nil
    }
    func least(_ slots: Int) throws -> Int {
      try #require((1..<1 << 16).first { fits(slots, $0) })
    }
    return try least(1)
  }

  @Test("requests of one stream beyond the limit are refused; the others have their turn")
  func queue() async throws {
    let test = try TestService { $0.maximumQueuedRequests = 3 }
    let log = AnswerLog()
    _ = try await test.sum("s", 1, starts: true)
    try await test.hold()
    for number in 0..<5 {
      test.service.submit(try test.request("s", 1)) { log.add(number, $0) }
    }
    let refused = await log.all(2)
    #expect(refused.map(\.number) == [3, 4])
    #expect(refused.map(\.result.short) == ["overloaded", "overloaded"])
    await test.release()
    #expect(await log.all(5).map(\.result.short).suffix(3) == ["2.0", "3.0", "4.0"])
    #expect(try await test.sum("s", 1) == 5)
  }

  @Test("requests whose bytes pass the limit are refused until others are answered")
  func bytes() async throws {
    let test = try TestService { $0.maximumQueuedBytes = 28 }
    let log = AnswerLog()
    for stream in ["a", "b", "c"] { _ = try await test.send(stream, starts: true) }
    try await test.hold()
    for (number, stream) in ["a", "b", "c"].enumerated() {
      test.service.submit(try test.request(stream, 1)) { log.add(number, $0) }
    }
    let refused = await log.all(1)
    #expect(refused[0].number == 2)
    #expect(refused[0].result.short == "overloaded")
    #expect(test.service.report.queuedBytes == 24)
    await test.release()
    _ = await log.all(3)
    #expect(try await test.sum("c", 1) == 1)
    #expect(test.service.report.queuedBytes == 0)
  }

  @Test("whole sequences wait for a thread in a bounded number")
  func waitingSequences() async throws {
    let test = try TestService { $0.maximumWaitingSequences = 2 }
    let log = SequenceLog()
    let request = SequenceRequest(
      model: "sum", arrays: ["x": Tensor([Float(1), 1], shape: [1, 2])])
    try await test.hold()
    for _ in 0..<4 { test.service.submit(request) { log.add($0) } }
    #expect(await log.all(2) == ["overloaded", "overloaded"])
    await test.release()
    #expect(await log.all(4).suffix(2) == ["done", "done"])
    #expect(try test.report.slotsTaken == 0)
    #expect(test.service.report.queuedBytes == 0)
  }
}

import Sluice
import SluiceServing
import SluiceTestSupport
import Testing

struct SnapshotTests {
  /// The state of a stream of "sum".
  private func snapshot(of stream: String, _ test: TestService) async throws -> Snapshot {
    var request = try test.request(stream)
    request.action = .snapshot
    return try #require(try await test.service.answer(to: request).snapshot)
  }

  private func restore(
    _ snapshot: Snapshot, to stream: String, _ test: TestService
  ) async throws -> StreamAnswer {
    var request = try test.request(stream)
    request.action = .restore(snapshot)
    return try await test.service.answer(to: request)
  }

  @Test("a stream moved to another server goes on bit for bit", arguments: [UInt64(1), 2, 3])
  func moves(seed: UInt64) async throws {
    let network = RandomStreams(seed: seed)
    let (here, there) = (try network.service(streams: 2), try network.service(streams: 2))
    let frames = network.frames(of: 0)
    let expected = try network.alone(0..<1)[0]
    var answers: [NamedTensors] = []
    for (time, frame) in frames.enumerated() {
      if time == frames.count / 2 {
        let state = try await here.answer(to: network.request(0, .snapshot, ends: true))
        let bytes = try #require(state.snapshot).bytes
        let answer = try await there.answer(
          to: network.request(0, .restore(Snapshot(bytes: bytes))))
        #expect(answer.restoration?.isBitIdentical == true)
        #expect(answer.framesTaken == time)
      }
      let service = time < frames.count / 2 ? here : there
      answers.append(
        try await service.answer(
          to: network.request(0, .frames(["x": frame]), starts: time == 0)
        ).outputs)
    }
    #expect(answers == expected, "\(network)")
    #expect(here.report.models[0].streamsActive == 0)
  }

  @Test("a snapshot starts a stream where there is none and replaces one that is there")
  func starts() async throws {
    let test = try TestService(streams: 2)
    _ = try await test.sum("a", 7, starts: true)
    let state = try await snapshot(of: "a", test)
    #expect(try await restore(state, to: "b", test).framesTaken == 1)
    #expect(try await test.sum("b", 1) == 8)
    #expect(try await test.sum("b", 1) == 9)
    _ = try await restore(state, to: "b", test)
    #expect(try await test.sum("b", 1) == 8)
    let error = try await #require(
      #expect(throws: ServingError.self) { try await restore(state, to: "c", test) })
    #expect(error.code == .full)
  }

  @Test("a snapshot waits for the frames before it, and is taken of streams in the store as well")
  func inOrder() async throws {
    let test = try TestService { $0.idleTimeout = .seconds(10) }
    let log = AnswerLog()
    try await test.hold()
    test.service.submit(try test.request("a", 1, starts: true)) { log.add(0, $0) }
    var request = try test.request("a")
    request.action = .snapshot
    test.service.submit(request) { log.add(1, $0) }
    test.service.submit(try test.request("a", 5)) { log.add(2, $0) }
    await test.release()
    let answers = await log.all(3)
    let state = try #require(try answers[1].result.get().snapshot)
    #expect(state.states["sum"]?.floats() == [1, 1])
    test.clock.advance(by: .seconds(10))
    await test.service.sweep()
    #expect(try await snapshot(of: "a", test).states["sum"]?.floats() == [6, 2])
  }

  @Test("another network's snapshot is refused, and the stream stays as it was")
  func otherNetwork() async throws {
    let test = try TestService()
    let other = try TestService(scale: 3)
    _ = try await other.sum("a", 7, starts: true)
    _ = try await test.sum("a", 1, starts: true)
    let state = try await snapshot(of: "a", other)
    let error = try await #require(
      #expect(throws: ServingError.self) { try await restore(state, to: "a", test) })
    #expect(error.code == .snapshotRefused)
    #expect(
      error.message.hasPrefix("the snapshot is of network \(state.digest); 'sum' version 1 is"))
    #expect(try await test.sum("a", 1) == 2)
  }

  @Test("there is no snapshot of a stream that was not started")
  func unknown() async throws {
    let test = try TestService()
    await #expect(throws: ServingError.self) { try await snapshot(of: "a", test) }
    #expect(try test.report.slotsTaken == 0)
  }
}

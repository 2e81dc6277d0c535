import Sluice
import Testing

struct SessionTests {
  @Test("a session carries its state from frame to frame")
  func carriesState() throws {
    let session = try TinyNetwork.runningSum.engine().openSession()
    let outputs = try (0..<3).map { try session.step(["x": frame($0)])["y"] }
    #expect(
      outputs == [
        Tensor([Float(1), 0], shape: [1, 2]), Tensor([Float(3), 10], shape: [1, 2]),
        Tensor([Float(6), 30], shape: [1, 2]),
      ])
    #expect(try session.framesConsumed == 3)
  }

  @Test("sessions of one engine do not see each other, whatever their order")
  func independent() throws {
    let engine = try TinyNetwork.runningSum.engine()
    let (a, b) = (try engine.openSession(), try engine.openSession())
    for i in 0..<4 {
      try a.step(frame(i))
      if i % 2 == 0 { try b.step(frame(i)) }
    }
    #expect(try a.state("sum").floats() == [10, 60])
    #expect(try b.state("sum").floats() == [4, 20])
  }

  @Test("a network of whole sequences gathers the frames of a step and warms up")
  func gathersAndWarmsUp() throws {
    let session = try TinyNetwork.pairSums.engine().openSession()
    var seen: [[String]] = []
    var left: [Int] = []
    for i in 0..<6 {
      left.append(try session.warmUpLeft)
      seen.append(try session.step(frame(i)).names)
      #expect(try session.framesPending == (i + 1) % 2)
    }
    #expect(seen == [[], ["pairs"], [], ["pairs", "total"], [], ["pairs", "total"]])
    #expect(left == [2, 1, 0, 0, 0, 0])
    #expect(try session.state("total.past").floats() == [21, 150])
  }

  @Test("frames of one step keep their order and their places")
  func gatheredValues() throws {
    let session = try TinyNetwork.pairSums.engine().openSession()
    try session.step(frame(0))
    let pairs = try session.step(frame(1))["pairs"]
    #expect(pairs == Tensor([Float(3), 10], shape: [1, 1, 2]))
  }

  @Test(
    "a frame may leave out axes of size 1, and come in another width of float",
    arguments: [
      Tensor([Float(1), 2], shape: [1, 1, 2]), Tensor([Float(1), 2], shape: [1, 2]),
      Tensor([Float(1), 2], shape: [2]), Tensor([Double(1), 2], shape: [1, 2]),
    ])
  func frameForms(frame: Tensor) throws {
    let session = try TinyNetwork.pairSums.engine().openSession()
    try session.step(frame)
    #expect(try session.step(frame)["pairs"]?.floats() == [2, 4])
  }

  @Test("reset brings back the beginning")
  func reset() throws {
    let session = try TinyNetwork.pairSums.engine().openSession()
    for i in 0..<5 { try session.step(frame(i)) }
    try session.reset()
    #expect(try session.framesConsumed == 0)
    #expect(try session.framesPending == 0)
    #expect(try session.warmUpLeft == 2)
    #expect(try session.state("total.past").floats() == [0, 0])
    #expect(try (0..<2).map { try session.step(frame($0)).names } == [[], ["pairs"]])
  }

  @Test("states are read and set by name, in the network's order")
  func states() throws {
    let session = try TinyNetwork.runningSum.engine().openSession()
    #expect(session.stateNames == ["sum"])
    try session.setState("sum", to: Tensor([Float(100), 200], shape: [1, 2]))
    #expect(try session.step(frame(0))["y"]?.floats() == [101, 200])
    try session.setStates(["sum": Tensor([Double(5), 5], shape: [1, 2])])
    #expect(try session.states == ["sum": Tensor([Float(5), 5], shape: [1, 2])])
  }

  @Test("a closed session gives its slot back and refuses everything else")
  func close() throws {
    let engine = try TinyNetwork.runningSum.engine(EngineOptions(maximumStreams: 1))
    let session = try engine.openSession()
    session.close()
    session.close()
    #expect(session.isClosed)
    #expect(engine.openSessionCount == 0)
    expectError("closed", "the session is closed") { try session.step(frame(0)) }
    expectError("closed", "the session is closed") { try session.snapshot() }
    expectError("closed", "the session is closed") { try session.reset() }
    _ = try engine.openSession()
  }

  @Test("a session that nobody refers to any more frees its slot")
  func deinitialised() throws {
    let engine = try TinyNetwork.runningSum.engine(EngineOptions(maximumStreams: 1))
    for i in 0..<3 {
      let session = try engine.openSession()
      #expect(try session.step(frame(i))["y"] == frame(i))
    }
    #expect(engine.openSessionCount == 0)
  }

  @Test("a device that fails leaves the stream as it was, pending frames included")
  func failingStep() throws {
    let backend = DisguisedBackend()
    let session = try TinyNetwork.pairSums.engine(backend: backend).openSession()
    for i in 0..<3 { try session.step(frame(i)) }
    let before = try session.snapshot()
    backend.failures.fail(1)
    expectError("deviceFailed", "the device fell over") { try session.step(frame(9)) }
    #expect(try session.snapshot() == before)
    #expect(try session.step(frame(3))["total"]?.floats() == [10, 60])
  }

  @Test("sessions step from many tasks at once, each in its own order")
  func tasks() async throws {
    let engine = try TinyNetwork.runningSum.engine(EngineOptions(maximumStreams: 8))
    let sums = try await withThrowingTaskGroup(of: [Float].self) { group in
      for _ in 0..<8 {
        group.addTask {
          let session = try engine.openSession()
          for i in 0..<50 { try await session.step(frame(i)) }
          return try session.state("sum").floats()
        }
      }
      return try await group.reduce(into: [[Float]]()) { $0.append($1) }
    }
    #expect(sums == Array(repeating: [1275, 12250], count: 8))
    #expect(engine.openSessionCount == 0)
  }
}

import Sluice
import Synchronization
import Testing

@testable import Sluice

/// A device fails; its streams go on on the reference.
struct RecoveryTests {
  private static let frames = 8
  private static let name = "breakable (a device that breaks)"
  private static let successor = "reference (scalar code on one thread, sums in double)"

  private func engine(
    _ backend: BreakableBackend, interval: Int? = nil, network: TinyNetwork = .runningSum,
    streams: Int = 4, log: (@Sendable (String) -> Void)? = nil
  ) throws -> Engine {
    try network.engine(
      EngineOptions(threads: 2, maximumStreams: streams, checkpointInterval: interval, log: log),
      backend: backend, successor: ReferenceBackend())
  }

  /// What the stream gives that has seen frames up to `last`.
  private func sum(to last: Int) -> [Float] {
    (0...last).reduce([0, 0]) { sum, i in zip(sum, frame(i).floats()).map { $0 + $1 } }
  }

  @Test(
    "a stream whose states can be read loses nothing, at whichever frame the device fails",
    arguments: 0..<RecoveryTests.frames)
  func readable(_ position: Int) throws {
    let backend = BreakableBackend()
    let session = try engine(backend).openSession()
    for i in 0..<Self.frames {
      if i == position { backend.device.breakDown([.step, .setState, .reset]) }
      #expect(try session.step(frame(i))["y"]?.floats() == sum(to: i))
    }
    let recovery = try #require(try session.recovery)
    #expect(recovery.frame == position)
    #expect(recovery.framesLost == 0)
    #expect(recovery.source == (position == 0 ? .beginning : .state))
    #expect(recovery.failed == "breakable (a device that breaks)")
    #expect(recovery.reason == "step fell over")
    let counters = session.engine.counters
    #expect(counters.deviceFailures == 1)
    #expect(counters.streamsResumed == 1)
    #expect(counters.streamsRewound + counters.streamsLost + counters.checkpoints == 0)
  }

  @Test(
    "else it goes back to its last checkpoint and says so",
    arguments: Array(1..<RecoveryTests.frames), [1, 2, 3, 5])
  func checkpoint(_ position: Int, interval: Int) throws {
    let backend = BreakableBackend()
    let session = try engine(backend, interval: interval).openSession()
    for i in 0..<position { try session.step(frame(i)) }
    backend.device.breakDown(Set(BreakableDevice.Call.allCases))
    // A checkpoint that falls due at the frame that fails is not taken any more.
    let start = (position - 1) / interval * interval
    expectError("rewound", containing: "from frame \(start), its") {
      try session.step(frame(position))
    }
    let recovery = try #require(try session.recovery)
    #expect(recovery.frame == start)
    #expect(recovery.framesLost == position - start)
    #expect(recovery.source == (start == 0 ? .beginning : .checkpoint))
    #expect(try session.framesConsumed == start)
    for i in start..<Self.frames {
      #expect(try session.step(frame(i))["y"]?.floats() == sum(to: i))
    }
    #expect(session.engine.counters.streamsRewound == 1)
  }

  @Test("without one it fails with an error that says so, until it is reset")
  func lost() throws {
    let backend = BreakableBackend()
    let lines = Mutex<[String]>([])
    let session = try engine(backend, log: { line in lines.withLock { $0.append(line) } })
      .openSession()
    try session.step(frame(0))
    backend.device.breakDown(Set(BreakableDevice.Call.allCases))
    for _ in 0..<2 {
      let message = """
        \(Self.name) failed (step fell over), and the stream cannot go on from frame 1: its states \
        cannot be read (state fell over) and it has no checkpoint: reset the session, or restore a \
        snapshot
        """
      expectError("deviceFailed", message) { try session.step(frame(1)) }
    }
    #expect(session.engine.counters.streamsLost == 1)
    try session.reset()
    #expect(try session.step(frame(0))["y"]?.floats() == sum(to: 0))
    let said: [String] = lines.withLock { $0 }
    #expect(said.count == 4)
    #expect(said[0] == "\(Self.name) failed: step fell over; its streams go on on the CPU")
    #expect(said[1] == "\(Self.successor) takes over from \(Self.name)")
    #expect(said[2].hasPrefix("slot 0: \(Self.name) failed (step fell over), and the"))
    let last = "the stream in slot 0 goes on on \(Self.successor) from frame 0, its beginning; no"
    #expect(said[3].hasPrefix(last))
  }

  @Test("later streams begin on the CPU, and are no recoveries")
  func later() throws {
    let backend = BreakableBackend()
    let engine = try engine(backend)
    let first = try engine.openSession()
    backend.device.breakDown(Set(BreakableDevice.Call.allCases))
    try first.step(frame(0))
    let second = try engine.openSession()
    #expect(try second.step(frame(0))["y"]?.floats() == sum(to: 0))
    #expect(try second.recovery == nil)
    #expect(engine.counters.streamsResumed == 1)
  }

  @Test("a device that fails while a stream is opened, reset or restored leaves nothing behind")
  func betweenSteps() throws {
    for call in [BreakableDevice.Call.reset, .setState] {
      let backend = BreakableBackend()
      let engine = try engine(backend)
      let first = try engine.openSession()
      for i in 0..<3 { try first.step(frame(i)) }
      let snapshot = try first.snapshot()
      #expect(snapshot.numericsTag == "breakable 1")
      backend.device.breakDown([call])
      let second = try engine.openSession()
      let report = try second.restore(snapshot)
      #expect(!report.isBitIdentical)
      #expect(try second.step(frame(3))["y"]?.floats() == sum(to: 3))
      #expect(try second.snapshot().numericsTag == "reference 1")
      #expect(try first.step(frame(3))["y"]?.floats() == sum(to: 3))
      try first.setState("sum", to: Tensor([Float(0), 0], shape: [1, 2]))
      try first.reset()
      #expect(try first.step(frame(0))["y"]?.floats() == sum(to: 0))
      #expect(engine.counters.deviceFailures == 1)
    }
  }

  @Test("a state read after the failure is the one that the stream goes on from")
  func reading() throws {
    let backend = BreakableBackend()
    let session = try engine(backend, interval: 2).openSession()
    for i in 0..<3 { try session.step(frame(i)) }
    backend.device.breakDown([.state])
    expectError("rewound", containing: "from frame 2, its last checkpoint") {
      try session.state("sum")
    }
    #expect(try session.state("sum").floats() == sum(to: 1))
    #expect(try session.step(frame(2))["y"]?.floats() == sum(to: 2))
  }

  @Test("frames gathered for a step are kept where nothing is lost and forgotten where it is")
  func gathered() throws {
    for isReadable in [true, false] {
      let backend = BreakableBackend()
      let session = try engine(backend, interval: 2, network: .pairSums).openSession()
      for i in 0..<5 { try session.step(frame(i)) }
      backend.device.breakDown(isReadable ? [.step] : Set(BreakableDevice.Call.allCases))
      if isReadable {
        let total = try session.step(frame(5))["total"]?.floats()
        #expect(total == sum(to: 5))
      } else {
        expectError("rewound", containing: "from frame 2, its") { try session.step(frame(5)) }
        #expect(try session.framesPending == 0)
        for i in 2..<5 { try session.step(frame(i)) }
        #expect(try session.step(frame(5))["total"]?.floats() == sum(to: 5))
      }
    }
  }

  @Test(
    "frames that wait behind one whose stream went back are not taken either", arguments: [1, 2])
  func queued(framesPerStep: Int) throws {
    let network = framesPerStep == 1 ? TinyNetwork.runningSum : .pairSums
    let backend = BreakableBackend()
    let session = try engine(backend, interval: 2, network: network)
      .openSession(SessionOptions(maximumPendingFrames: 4))
    let (lane, stream) = (session.lane, session.stream)
    for i in 0..<5 { try session.step(frame(i)) }
    backend.device.breakDown(Set(BreakableDevice.Call.allCases))
    let calls = try (5..<8).map { i in
      try lane.queue(stream, isThread: true) { $0.fill([frame(i)]) }
    }
    for (pending, move) in calls {
      _ = lane.serve(pending, move)
      expectError("rewound", containing: "its last checkpoint") {
        try pending.call.finishTensors()
      }
    }
    let start = try session.framesConsumed
    #expect(start > 0 && start < 5)
    #expect(try session.framesPending == 0)
    let name = framesPerStep == 1 ? "y" : "total"
    for i in start..<8 {
      let value = try session.step(frame(i))[name]?.floats()
      #expect(value == nil || value == sum(to: i))
      #expect((value != nil) == ((i + 1) % framesPerStep == 0))
    }
    #expect(session.engine.counters.streamsRewound == 1)
  }

  @Test("a snapshot that the device fails at is taken from the host's copy where there is one")
  func snapshots() throws {
    let backend = BreakableBackend()
    let engine = try engine(backend)
    let first = try engine.openSession()
    for i in 0..<3 { try first.step(frame(i)) }
    let snapshot = try first.snapshot()
    let second = try engine.openSession()
    try second.restore(snapshot)
    backend.device.breakDown(Set(BreakableDevice.Call.allCases))
    #expect(try second.snapshot().states["sum"]?.floats() == sum(to: 2))
    #expect(try second.step(frame(3))["y"]?.floats() == sum(to: 3))
    // Its own states went with the device.
    expectError("deviceFailed", containing: "it has no checkpoint") { try first.snapshot() }
    try first.restore(snapshot)
    #expect(try first.step(frame(3))["y"]?.floats() == sum(to: 3))
    #expect(engine.counters.deviceFailures == 1)
  }

  @Test("a successor that cannot be prepared, or fails itself, is named")
  func second() throws {
    let (backend, successor) = (BreakableBackend(), BreakableBackend(deviceName: "the next one"))
    let engine = try TinyNetwork.runningSum.engine(
      backend: backend, successor: successor)
    let session = try engine.openSession()
    try session.step(frame(0))
    backend.device.breakDown([.step])
    successor.device.breakDown([.setState])
    expectError(
      "deviceFailed", containing: "breakable (the next one) failed as well: setState fell over"
    ) {
      try session.step(frame(1))
    }
    successor.device.breakDown([])
    #expect(try session.step(frame(1))["y"]?.floats() == sum(to: 1))
    successor.device.breakDown([.step])
    expectError("deviceFailed", "step fell over") { try session.step(frame(2)) }
    successor.device.breakDown([])
    #expect(try session.step(frame(2))["y"]?.floats() == sum(to: 2))
    #expect(engine.counters.deviceFailures == 1)
  }

  @Test("an error that is no failure of the device moves nothing")
  func refused() throws {
    let engine = try TinyNetwork.runningSum.engine(
      backend: ScriptedBackend(), successor: ReferenceBackend())
    let session = try engine.openSession()
    expectError("frameRefused", "slot 0 has a frame that no kernel takes") {
      try session.step(Tensor([StepScript.poison, 0], shape: [1, 2]))
    }
    #expect(try session.recovery == nil)
    #expect(engine.counters == EngineCounters())
  }

  @Test("a run over arrays gives each output once, whatever it went back to", arguments: [nil, 3])
  func runs(_ interval: Int?) throws {
    for position in 0..<12 {
      let backend = BreakableBackend()
      let engine = try engine(backend, interval: interval, streams: 3)
      let array = Tensor((0..<48).map { Float($0 * $0 % 17) }, shape: [8, 3, 2])
      let expected = try TinyNetwork.runningSum.engine(EngineOptions(maximumStreams: 3))
        .run(["x": array])
      backend.device.breakDown(
        after: position + 3,
        interval == nil ? [.step] : Set(BreakableDevice.Call.allCases))
      let result = try engine.run(["x": array])
      #expect(result.outputs["y"] == expected.outputs["y"])
      #expect(result.finalStates["sum_out"] == expected.finalStates["sum_out"])
      if interval == nil, position < 8 { #expect(result.recoveries.map(\.stream) == [0, 1, 2]) }
    }
  }
}

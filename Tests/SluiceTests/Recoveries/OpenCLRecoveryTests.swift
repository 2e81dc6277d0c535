import Sluice
import SluiceCPU
import SluiceOpenCL
import SluiceTestSupport
import Testing

@testable import Sluice

/// An OpenCL device fails at the door; its streams go on on the CPU backend.
@Suite(
  "An OpenCL device that fails",
  .enabled(if: !TestDevices.openCL.isEmpty, Comment(rawValue: TestDevices.problem)))
struct OpenCLRecoveryTests {
  private static let frames = 4

  /// Every call that a step, or reading and writing states between steps, makes.
  static let calls = [
    "clSetKernelArg", "clEnqueueWriteBuffer", "clEnqueueNDRangeKernel", "clEnqueueReadBuffer",
    "clFinish",
  ]

  private func engine(
    interval: Int? = nil
  ) throws -> (engine: Engine, library: OpenCLLibrary) {
    let library = try OpenCLLibrary.open()
    let device = try #require(OpenCLDevice.all(in: library).first)
    let engine = try TinyNetwork.pairSums.engine(
      EngineOptions(maximumStreams: 2, checkpointInterval: interval),
      backend: OpenCLBackend(device: device), successor: CPUBackend())
    return (engine, library)
  }

  /// Outputs of a stream after each frame, from the CPU backend.
  private func expected() throws -> [[Float]?] {
    let session = try TinyNetwork.pairSums.engine(backend: CPUBackend()).openSession()
    return try (0..<Self.frames).map { try session.step(frame($0))["pairs"]?.floats() }
  }

  @Test("each call refused once, at each place: no frame is lost", arguments: calls)
  func once(_ name: String) throws {
    let call = try #require(OpenCLCall(rawValue: name))
    let expected = try expected()
    for place in 0..<6 {
      let (engine, library) = try engine()
      let sessions = try (0..<2).map { _ in try engine.openSession() }
      library.inject(failureOf: call, after: place, failures: 1)
      for i in 0..<Self.frames {
        for session in sessions {
          #expect(try session.step(frame(i))["pairs"]?.floats() == expected[i])
        }
      }
      for session in sessions {
        #expect(try session.state("total.past").floats() == sum(to: Self.frames - 1))
      }
      library.removeInjectedFailures()
      let counters = engine.counters
      #expect(counters.streamsRewound + counters.streamsLost == 0)
      #expect(counters.streamsResumed == counters.deviceFailures * 2)
      #expect(try sessions.map { try $0.recovery?.framesLost ?? 0 } == [0, 0])
      if place == 0 { #expect(counters.deviceFailures == 1, "\(call) is in no step") }
    }
  }

  enum Action: CaseIterable { case open, reset, snapshot, restore, setState }

  @Test(
    "each call refused once while a stream is opened, reset, kept or restored: nothing is lost",
    arguments: calls, Action.allCases)
  func between(_ name: String, action: Action) throws {
    let call = try #require(OpenCLCall(rawValue: name))
    let expected = try expected()
    for place in 0..<3 {
      let (engine, library) = try engine()
      var session = try engine.openSession()
      for i in 0..<2 { try session.step(frame(i)) }
      let kept = try session.snapshot()
      library.inject(failureOf: call, after: place, failures: 1)
      var next = 2
      switch action {
      case .open: (session, next) = (try engine.openSession(), 0)
      case .reset:
        try session.reset()
        next = 0
      case .snapshot: #expect(try session.snapshot().states == kept.states)
      case .restore: try session.restore(kept)
      case .setState:
        let total = try #require(kept.states["total.past"])
        try session.setState("total.past", to: total)
      }
      for i in next..<Self.frames {
        #expect(
          try session.step(frame(i))["pairs"]?.floats() == expected[i], "\(place), frame \(i)")
      }
      #expect(try session.state("total.past").floats() == sum(to: Self.frames - 1))
      library.removeInjectedFailures()
      #expect(engine.counters.streamsRewound + engine.counters.streamsLost == 0)
    }
  }

  @Test("each call refused for ever: back to the last checkpoint", arguments: calls)
  func forever(_ name: String) throws {
    let call = try #require(OpenCLCall(rawValue: name))
    let (engine, library) = try engine(interval: 2)
    let session = try engine.openSession()
    for i in 0..<5 { try session.step(frame(i)) }
    library.inject(failureOf: call)
    library.inject(failureOf: .enqueueReadBuffer)
    defer { library.removeInjectedFailures() }
    expectError("rewound", containing: "from frame 2, its last checkpoint; 3 frames") {
      try session.step(frame(5))
    }
    for i in 2..<5 { try session.step(frame(i)) }
    #expect(try session.step(frame(5))["total"]?.floats() == sum(to: 5))
    #expect(engine.counters.checkpoints == 1)
  }

  @Test("without a checkpoint the stream is lost, and later ones run on the CPU")
  func lost() throws {
    let (engine, library) = try engine()
    let session = try engine.openSession()
    for i in 0..<3 { try session.step(frame(i)) }
    library.inject(failureOf: .enqueueReadBuffer)
    defer { library.removeInjectedFailures() }
    expectError("deviceFailed", containing: "and it has no checkpoint") {
      try session.step(frame(3))
    }
    let later = try engine.openSession()
    for i in 0..<3 { try later.step(frame(i)) }
    #expect(try later.step(frame(3))["total"]?.floats() == sum(to: 3))
    #expect(try later.snapshot().numericsTag.hasPrefix("cpu"))
    #expect(engine.counters.streamsLost == 1)
  }

  private func sum(to last: Int) -> [Float] {
    (0...last).reduce([0, 0]) { sum, i in
      zip(sum, frame(i).floats()).map { $0 + $1 }
    }
  }
}

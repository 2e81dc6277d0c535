import Sluice
import SluiceTestSupport
import Testing

/// DESIGN.md section 5, property 2, through sessions: a stream's outputs have the same bits whoever
/// steps with it. Scripts/check-threads runs this suite under the thread sanitizer.
@Suite(.timeLimit(.minutes(10)))
struct ConcurrentStreamsTests {
  struct Setting: CustomTestStringConvertible {
    let backend: String
    let threads: Int
    let seed: UInt64
    var testDescription: String { "\(backend), \(threads) threads, seed \(seed)" }
  }

  static let settings = ["reference", "cpu"].flatMap { backend in
    [1, 2].flatMap { threads in
      (UInt64(1)...4).map { Setting(backend: backend, threads: threads, seed: $0) }
    }
  }

  @Test(
    "streams that come, go, move and start over beside others give the bits they give alone",
    arguments: settings)
  func sameBits(setting: Setting) async throws {
    let network = RandomNetwork(seed: setting.seed, depth: 3)
    let model = Model(graph: network.graph, options: network.options)
    let options = EngineOptions(
      backend: .named(setting.backend), threads: setting.threads, maximumStreams: 4)
    let engine = try Engine(model, options)
    let lives = try (0..<8).map { number in
      try StreamLife(network, setting.seed &* 100 + UInt64(number), alone: Engine(model, options))
    }
    let failures = try await withThrowingTaskGroup(of: String?.self) { group in
      for var life in lives {
        group.addTask { try await life.failure(on: engine) }
      }
      return try await group.reduce(into: [String]()) { if let found = $1 { $0.append(found) } }
    }
    #expect(failures == [], "\(network)")
    #expect(engine.openSessionCount == 0)
  }

  @Test("tasks that are cancelled at any time leave their slots and everybody else's numbers alone")
  func cancellation() async throws {
    let engine = try TinyNetwork.runningSum.engine(
      EngineOptions(maximumStreams: 3), backend: ScriptedBackend(workers: 2))
    let steady = try engine.openSession()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<40 {
        group.addTask {
          let task = Task {
            guard let session = try? engine.openSession() else { return }
            for i in 0..<20 { try await session.step(frame(i)) }
          }
          for _ in 0..<number { await Task.yield() }
          task.cancel()
          _ = await task.result
        }
      }
      for _ in 0..<50 { _ = try? await steady.step(frame(0)) }
    }
    #expect(try steady.state("sum").floats() == [50, 0])
    #expect(engine.openSessionCount == 1)
  }

  @Test("threads that block and tasks that wait come through on one engine and on one session")
  func mixed() async throws {
    let engine = try TinyNetwork.runningSum.engine(EngineOptions(threads: 2, maximumStreams: 4))
    let shared = try engine.openSession(SessionOptions(maximumPendingFrames: 64))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<12 {
        group.addTask {
          for _ in 0..<30 {
            if number % 2 == 0 { try await shared.step(frame(0)) } else { try blocking(shared) }
            if number % 5 == 0 { _ = try shared.snapshot() }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try shared.state("sum").floats() == [360, 0])
  }
}

/// Blocks the thread that a task runs on.
private func blocking(_ session: Session) throws(SessionError) { try session.step(frame(0)) }

/// One stream's frames, what it gives alone, and a life drawn from a seed.
private struct StreamLife: Sendable {
  private let frames: [Tensor]
  private let expected: [NamedTensors]
  private var random: SeededGenerator

  init(_ network: RandomNetwork, _ seed: UInt64, alone: Engine) throws {
    random = SeededGenerator(seed: seed)
    var frames: [Tensor] = []
    for _ in 0..<(network.frozenTime ?? 24) {
      frames.append(Tensor(random.floats(network.features), shape: [1, 1, network.features]))
    }
    let session = try alone.openSession()
    expected = try frames.map { try session.step($0) }
    self.frames = frames
  }

  /// Lives once; what differed, in words.
  mutating func failure(on engine: Engine) async throws -> String? {
    var session = try await open(engine)
    var time = 0
    var startsOver = 2
    while time < frames.count {
      switch Int.random(in: 0..<12, using: &random) {
      case 0 where startsOver > 0:
        try session.reset()
        (time, startsOver) = (0, startsOver - 1)
      case 1:
        let snapshot = try session.snapshot()
        session.close()
        session = try await open(engine)
        try session.restore(snapshot)
      case 2: await Task.yield()
      case let chance:
        let found =
          try chance < 7 ? await session.step(frames[time]) : blocking(session, frames[time])
        guard found == expected[time] else { return "seed \(random.seed), frame \(time)" }
        time += 1
      }
    }
    return nil
  }

  private func blocking(_ session: Session, _ frame: Tensor) throws -> NamedTensors {
    try session.step(frame)
  }

  /// A session as soon as a slot is free.
  private func open(_ engine: Engine) async throws -> Session {
    while true {
      do {
        return try engine.openSession()
      } catch {
        guard error.code == .full else { throw error }
        await Task.yield()
      }
    }
  }
}

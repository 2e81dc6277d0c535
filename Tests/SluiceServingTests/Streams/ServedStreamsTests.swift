import Sluice
import SluiceServing
import SluiceTestSupport
import Testing

/// DESIGN.md section 5, property 2, through a service.
@Suite(.timeLimit(.minutes(10)))
struct ServedStreamsTests {
  struct Setting: CustomTestStringConvertible {
    let backend: String
    let threads: Int
    let seed: UInt64
    /// Streams that have a slot at the same time.
    let slots: Int
    var testDescription: String {
      "\(backend), \(threads) threads, seed \(seed), \(slots) slots"
    }
  }

  static let settings = [
    Setting(backend: "reference", threads: 1, seed: 1, slots: 200),
    Setting(backend: "cpu", threads: 1, seed: 2, slots: 200),
    Setting(backend: "cpu", threads: 2, seed: 3, slots: 200),
    Setting(backend: "cpu", threads: 2, seed: 4, slots: 40),
  ]

  @Test(
    "200 streams that come, go, pause, move and start over beside each other give the bits they give alone",
    arguments: settings)
  func sameBits(setting: Setting) async throws {
    let streams = RandomStreams(seed: setting.seed, backend: setting.backend)
    let clock = ManualClock()
    let service = try streams.service(
      streams: setting.slots, threads: setting.threads, clock: clock
    ) {
      $0.idleTimeout = .seconds(1)
    }
    let lives = try streams.alone(0..<200).enumerated().map { number, expected in
      StreamLife(
        streams, number, expected: expected, framesInFlight: setting.slots < 200 ? 1 : 3)
    }
    let failures = await withTaskGroup { group in
      for var life in lives { group.addTask { await life.failure(on: service, clock) } }
      return await group.reduce(into: [String]()) { if let found = $1 { $0.append(found) } }
    }
    #expect(failures == [], "\(streams)")
    let report = service.report.models[0]
    #expect((report.streamsActive, report.streamsStored, report.slotsTaken) == (0, 0, 0))
    #expect(service.report.queuedBytes == 0)
    #expect(report.streamsHibernated > 0)
  }
}

/// A stream's life, drawn from a seed.
private struct StreamLife: Sendable {
  private let streams: RandomStreams
  private let number: Int
  private let frames: [Tensor]
  private let expected: [NamedTensors]
  /// More than one only where there is a slot for every stream: between two frames it may lose its own.
  private let framesInFlight: Int
  private var random: SeededGenerator

  init(
    _ streams: RandomStreams, _ number: Int, expected: [NamedTensors], framesInFlight: Int
  ) {
    self.streams = streams
    self.number = number
    self.framesInFlight = framesInFlight
    self.expected = expected
    frames = streams.frames(of: number)
    random = SeededGenerator(seed: streams.seed &* 7919 &+ UInt64(number))
  }

  /// Lives once; what went wrong, in words.
  mutating func failure(on service: InferenceService, _ clock: ManualClock) async -> String? {
    do {
      return try await live(on: service, clock)
    } catch {
      return "stream \(number): \(error)"
    }
  }

  private mutating func live(
    on service: InferenceService, _ clock: ManualClock
  ) async throws -> String? {
    var time = 0
    var startsOver = 2
    while time < frames.count {
      if Int.random(in: 0..<20, using: &random) == 0 {
        // Who is between two requests goes into the store.
        clock.advance(by: .seconds(1))
        await service.sweep()
      }
      switch Int.random(in: 0..<12, using: &random) {
      case 0 where startsOver > 0: (time, startsOver) = (0, startsOver - 1)
      case 1 where time > 0: try await move(on: service)
      case 2: for _ in 0..<20 { await Task.yield() }
      case let chance:
        let count = chance < 8 ? 1 : min(framesInFlight, frames.count - time)
        let answers = try await answers(time..<time + count, on: service)
        guard answers == Array(expected[time..<time + count]) else {
          return "stream \(number), frame \(time)"
        }
        time += count
      }
    }
    return nil
  }

  /// Leaves the service and comes back.
  private func move(on service: InferenceService) async throws {
    let state = try await whenThereIsRoom(
      streams.request(number, .snapshot, ends: true), service)
    _ = try await whenThereIsRoom(
      streams.request(number, .restore(try required(state.snapshot))), service)
  }

  private struct NoSnapshot: Error {}

  private func required(_ snapshot: Snapshot?) throws -> Snapshot {
    guard let snapshot else { throw NoSnapshot() }
    return snapshot
  }

  /// Several frames are put in without waiting between them; the first once there is room.
  private func answers(
    _ times: Range<Int>, on service: InferenceService
  ) async throws -> [NamedTensors] {
    let requests = times.map { time in
      streams.request(
        number, .frames(["x": frames[time]]), starts: time == 0, ends: time == frames.count - 1)
    }
    let first = try await whenThereIsRoom(requests[0], service).outputs
    let log = AnswerLog()
    for (index, request) in requests.dropFirst().enumerated() {
      service.submit(request) { log.add(index, $0) }
    }
    let rest = await log.all(requests.count - 1)
    return try [first] + rest.map { try $0.result.get().outputs }
  }

  private func whenThereIsRoom(
    _ request: StreamRequest, _ service: InferenceService
  ) async throws -> StreamAnswer {
    while true {
      do throws(ServingError) {
        return try await service.answer(to: request)
      } catch {
        guard error.code == .full else { throw error }
        await Task.yield()
      }
    }
  }
}

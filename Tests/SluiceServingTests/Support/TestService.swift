import Sluice
import SluiceTestSupport
import Synchronization
import Testing
import Tracing

@testable import SluiceServing

/// A service on the reference that serves a running sum as "sum", with a clock that stands.
struct TestService: Sendable {
  let service: InferenceService
  let clock: ManualClock
  let gate: StepGate
  let events: EventLog
  private let held = SequenceLog()

  /// - Parameter scale: of the running sum; nil for no model.
  init(
    streams: Int = 4, store: any StateStore = MemoryStateStore(), scale: Float? = 1,
    tracer: (any Tracer)? = nil, _ change: (inout ServingOptions) -> Void = { _ in }
  ) throws {
    let backend = GatedBackend()
    var options = ServingOptions(
      engine: EngineOptions(backend: .using(backend), maximumStreams: streams))
    change(&options)
    let events = EventLog()
    (clock, self.events, gate) = (ManualClock(), events, backend.gate)
    service = InferenceService(
      options, store: store, clock: clock, tracer: tracer, onEvent: { events.add($0) })
    if let scale { try service.add(.runningSum(scale: scale), name: "sum") }
  }

  /// Occupies the engine, and a slot, with a whole sequence: frames wait, and nothing is computed, until
  /// `release`.
  func hold() async throws {
    gate.shut()
    let arrays = ["x": Tensor([Float(1), 1], shape: [1, 2])]
    service.submit(SequenceRequest(model: "sum", arrays: arrays)) { held.add($0) }
    await gate.stands()
  }

  /// Lets the engine go on, and the slot be free.
  func release() async {
    gate.open()
    _ = await held.all(1)
  }

  /// A frame of `[x, 1]` for a stream of "sum", or with no number nothing but the flags.
  func request(
    _ stream: String, _ x: Float? = nil, starts: Bool = false, ends: Bool = false,
    version: Int? = nil, deadline: Duration? = nil
  ) throws -> StreamRequest {
    StreamRequest(
      model: "sum", version: version, stream: try #require(StreamIdentifier(stream)),
      action: x.map { .frames(["x": Tensor([$0, 1], shape: [1, 2])]) } ?? .none, starts: starts,
      ends: ends, deadline: deadline)
  }

  func send(
    _ stream: String, _ x: Float? = nil, starts: Bool = false, ends: Bool = false,
    version: Int? = nil, deadline: Duration? = nil
  ) async throws -> StreamAnswer {
    try await service.answer(
      to: request(
        stream, x, starts: starts, ends: ends, version: version, deadline: deadline))
  }

  /// The first element of the sum after a frame.
  func sum(
    _ stream: String, _ x: Float, starts: Bool = false, ends: Bool = false
  ) async throws -> Float {
    let answer = try await send(stream, x, starts: starts, ends: ends)
    return try #require(answer.outputs["y"]).floats()[0]
  }

  /// The request's error.
  func refusal(
    _ stream: String, _ x: Float? = nil, starts: Bool = false, ends: Bool = false,
    version: Int? = nil, deadline: Duration? = nil
  ) async throws -> ServingError {
    let request = try request(
      stream, x, starts: starts, ends: ends, version: version, deadline: deadline)
    return try #require(
      await #expect(throws: ServingError.self) { try await service.answer(to: request) })
  }

  var report: ModelReport {
    get throws { try #require(service.report.models.first { $0.name == "sum" }) }
  }
}

/// What a service reported.
final class EventLog: Sendable {
  private let kept = Mutex<[ServingEvent]>([])

  func add(_ event: ServingEvent) { kept.withLock { $0.append(event) } }

  var all: [ServingEvent] { kept.withLock { $0 } }
}

/// The answers of requests that were put in one after another, by their numbers.
final class AnswerLog: Sendable {
  typealias Entry = (number: Int, result: Result<StreamAnswer, ServingError>)
  private let kept = Mutex<[Entry]>([])

  func add(_ number: Int, _ result: Result<StreamAnswer, ServingError>) {
    kept.withLock { $0.append((number, result)) }
  }

  /// In the order in which they came, once there are so many.
  func all(_ count: Int) async -> [Entry] {
    while true {
      let entries = kept.withLock { $0 }
      if entries.count >= count { return entries }
      await Task.yield()
    }
  }
}

extension Result where Success == StreamAnswer, Failure == ServingError {
  /// The first element of the sum, or the error's code.
  var short: String {
    switch self {
    case .success(let answer): answer.outputs["y"].map { "\($0.floats()[0])" } ?? "nothing"
    case .failure(let error): error.code.name
    }
  }
}

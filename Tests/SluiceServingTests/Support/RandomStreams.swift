import Sluice
import SluiceServing
import SluiceTestSupport

/// Streams of a network drawn from a seed: their frames, and what each gives alone.
struct RandomStreams: Sendable, CustomStringConvertible {
  let seed: UInt64
  let network: RandomNetwork
  let model: Model
  var backend = "reference"
  var frameCount: Int { min(network.frozenTime ?? 24, 24) }

  init(seed: UInt64, backend: String = "reference") {
    self.seed = seed
    self.backend = backend
    network = RandomNetwork(seed: seed, depth: 3)
    model = Model(graph: network.graph, options: network.options)
  }

  var description: String { "\(network)" }

  func frames(of stream: Int) -> [Tensor] {
    var random = SeededGenerator(seed: seed &* 1000 &+ UInt64(stream))
    return (0..<frameCount).map { _ in
      Tensor(random.floats(network.features), shape: [1, 1, network.features])
    }
  }

  /// The outputs of streams that have an engine for themselves, one after another.
  func alone(_ streams: Range<Int>) throws -> [[NamedTensors]] {
    let engine = try Engine(
      model, EngineOptions(backend: .named(backend), maximumStreams: 1))
    return try streams.map { stream in
      let session = try engine.openSession()
      defer { session.close() }
      return try frames(of: stream).map { try session.step($0) }
    }
  }

  func service(
    streams: Int, store: any StateStore = MemoryStateStore(), threads: Int = 1,
    clock: any ServingClock = ManualClock(), _ change: (inout ServingOptions) -> Void = { _ in }
  ) throws -> InferenceService {
    var options = ServingOptions(
      engine: EngineOptions(
        backend: .named(backend), threads: threads, maximumStreams: streams))
    change(&options)
    let service = InferenceService(options, store: store, clock: clock)
    try service.add(model, name: "random")
    return service
  }

  func request(
    _ stream: Int, _ action: StreamRequest.Action, starts: Bool = false, ends: Bool = false
  ) -> StreamRequest {
    StreamRequest(
      model: "random", stream: StreamIdentifier(UInt64(stream)), action: action, starts: starts,
      ends: ends)
  }
}

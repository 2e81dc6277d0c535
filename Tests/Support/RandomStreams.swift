import Sluice

/// Streams of a network drawn from a seed: their frames, and what each gives alone.
public struct RandomStreams: Sendable, CustomStringConvertible {
  public let seed: UInt64
  public let network: RandomNetwork
  public let model: Model
  public var backend = "reference"
  public var frameCount: Int { min(network.frozenTime ?? 24, 24) }

  public init(seed: UInt64, backend: String = "reference") {
    self.seed = seed
    self.backend = backend
    network = RandomNetwork(seed: seed, depth: 3)
    model = Model(graph: network.graph, options: network.options)
  }

  public var description: String { "\(network)" }

  public func frames(of stream: Int) -> [Tensor] {
    var random = SeededGenerator(seed: seed &* 1000 &+ UInt64(stream))
    return (0..<frameCount).map { _ in
      Tensor(random.floats(network.features), shape: [1, 1, network.features])
    }
  }

  /// The outputs of streams that have an engine for themselves, one after another.
  public func alone(_ streams: Range<Int>) throws -> [[NamedTensors]] {
    let engine = try Engine(
      model, EngineOptions(backend: .named(backend), maximumStreams: 1))
    return try streams.map { stream in
      let session = try engine.openSession()
      defer { session.close() }
      return try frames(of: stream).map { try session.step($0) }
    }
  }
}

import Sluice
import SluiceTestSupport
import Testing

/// DESIGN.md section 5, property 3: a stream goes on from a snapshot as if nothing had happened.
@Suite("Snapshots continue a stream")
struct SnapshotInvarianceTests {
  static let seeds = Array(UInt64(1)...60)

  @Test(
    "random networks continue bit for bit on a new engine", arguments: ["reference", "cpu"], seeds)
  func continuesBitForBit(backend: String, seed: UInt64) throws {
    try report(seed: seed) { try Self.failure($0, backend) }
  }

  @Test("random networks continue on another backend within the bound", arguments: seeds)
  func continuesElsewhere(seed: UInt64) throws {
    try report(seed: seed) { try Self.failureElsewhere($0) }
  }

  @Test("any chunking through a session gives the bits of frame by frame", arguments: seeds)
  func chunks(seed: UInt64) throws {
    try report(seed: seed) { try Self.chunkFailure($0) }
  }

  /// Records what is wrong with the network of a seed: of the fewest layers that still fail.
  private func report(seed: UInt64, _ failure: (RandomNetwork) throws -> String?) throws {
    let network = RandomNetwork(seed: seed)
    guard let found = try failure(network) else { return }
    for depth in 1..<12 {
      let smaller = RandomNetwork(seed: seed, depth: depth)
      if let own = try failure(smaller) {
        Issue.record("\(smaller)\n\(own)")
        return
      }
    }
    Issue.record("\(network)\n\(found)")
  }

  /// Interrupts the stream at three places drawn from the seed; each time a new engine takes over from
  /// the snapshot's bytes, in another slot; once of a new model.
  private static func failure(_ network: RandomNetwork, _ backend: String) throws -> String? {
    var stream = StreamUnderTest(network)
    let cuts = (0..<3).map { _ in Int.random(in: 0...stream.frames, using: &stream.random) }
    let whole = try stream.engine(backend).openSession()
    var current = try stream.engine(backend).openSession()
    for time in 0..<stream.frames {
      if cuts.contains(time) {
        let bytes = try current.snapshot().bytes
        let engine = try stream.engine(backend, isFresh: time == cuts.first)
        let neighbour = try engine.openSession()
        try neighbour.step(stream.frame(0))
        current = try engine.openSession()
        let report = try current.restore(Snapshot(bytes: bytes))
        guard report.isBitIdentical else { return "after \(time) frames: \(report)" }
      }
      let expected = try whole.step(stream.frame(time))
      let found = try current.step(stream.frame(time))
      if let difference = difference(found, expected, nil) {
        return "\(backend), interrupted at \(cuts), frame \(time): \(difference)"
      }
    }
    let ends = (try current.snapshot().bytes, try whole.snapshot().bytes)
    return ends.0 == ends.1
      ? nil : "\(backend), interrupted at \(cuts): the states differ at the end"
  }

  /// From the reference to the processor, half way.
  private static func failureElsewhere(_ network: RandomNetwork) throws -> String? {
    let stream = StreamUnderTest(network)
    let whole = try stream.engine("reference").openSession()
    for time in 0..<(stream.frames / 2) { try whole.step(stream.frame(time)) }
    let session = try stream.engine("cpu").openSession()
    let report = try session.restore(Snapshot(bytes: whole.snapshot().bytes))
    guard !report.isBitIdentical, report.note.contains("reference"), report.note.contains("cpu")
    else { return "the report says '\(report)'" }
    for time in (stream.frames / 2)..<stream.frames {
      let expected = try whole.step(stream.frame(time))
      let found = try session.step(stream.frame(time))
      let tolerance = Tolerance(absolute: 1e-5, scaled: 5e-5)
      if let difference = difference(found, expected, tolerance) {
        return "frame \(time): \(difference)"
      }
    }
    return nil
  }

  /// Chunks of 0 to 9 frames, some of them single steps.
  private static func chunkFailure(_ network: RandomNetwork) throws -> String? {
    var stream = StreamUnderTest(network)
    let engine = try stream.engine("cpu")
    let (whole, cut) = (try engine.openSession(), try engine.openSession())
    let expected = try whole.run(stream.sequence(0..<stream.frames))
    var parts: [String: [Tensor]] = [:]
    var time = 0
    while time < stream.frames {
      let count = min(Int.random(in: 1...9, using: &stream.random), stream.frames - time)
      let isOne = count == 1
      let outputs =
        try isOne ? cut.step(stream.frame(time)) : cut.run(stream.sequence(time..<(time + count)))
      for (name, tensor) in outputs {
        let port = engine.stepGraph.outputs.first { $0.name == name }
        let needsAxis = isOne && port?.timeAxis == nil
        let axis = Swift.min(1, tensor.rank)
        var shape = tensor.shape
        if needsAxis { shape.insert(1, at: axis) }
        parts[name, default: []].append(tensor.reshaped(shape))
      }
      time += count
    }
    let joined = parts.compactMapValues { Tensor.joined($0, axis: 1)?.bytes }
    guard joined == expected.reduce(into: [:], { $0[$1.name] = $1.tensor.bytes }) else {
      return "outputs of chunks differ"
    }
    return try cut.snapshot().bytes == whole.snapshot().bytes ? nil : "the states differ"
  }

  /// What sets two steps' outputs apart: any bit, or what passes the tolerance.
  private static func difference(
    _ found: NamedTensors, _ expected: NamedTensors, _ tolerance: Tolerance?
  ) -> String? {
    guard found.names == expected.names else {
      return "expected \(expected.names), found \(found.names)"
    }
    for (name, tensor) in expected {
      guard let own = found[name] else { return "'\(name)' is absent" }
      if let tolerance {
        if let difference = tolerance.difference(own, tensor) { return "'\(name)': \(difference)" }
      } else if own.bytes != tensor.bytes {
        return "'\(name)': \(Tolerance.exact.difference(own, tensor) ?? "signs of zeros differ")"
      }
    }
    return nil
  }
}

/// A random network with the frames of one stream.
private struct StreamUnderTest {
  let network: RandomNetwork
  let model: Model
  var random: SeededGenerator
  let frames: Int
  private let values: [Float]

  init(_ network: RandomNetwork) {
    self.network = network
    model = Model(graph: network.graph, options: network.options)
    random = SeededGenerator(seed: network.seed ^ 0x5EED)
    frames = network.frozenTime ?? 48
    values = random.floats(frames * network.features)
  }

  /// - Parameter isFresh: from the graph up, so that nothing is shared with another engine.
  func engine(_ backend: String, isFresh: Bool = false) throws -> Engine {
    let model =
      isFresh ? Model(graph: network.graph, options: network.options) : self.model
    return try Engine(model, EngineOptions(backend: .named(backend), maximumStreams: 2))
  }

  func frame(_ time: Int) -> Tensor { sequence(time..<(time + 1)) }

  func sequence(_ range: Range<Int>) -> Tensor {
    let width = network.features
    return Tensor(
      Array(values[(range.lowerBound * width)..<(range.upperBound * width)]),
      shape: [1, range.count, width])
  }
}

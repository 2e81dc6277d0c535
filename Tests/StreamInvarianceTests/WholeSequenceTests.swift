import Sluice
import SluiceBackends
import SluiceCPU
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

/// DESIGN.md section 5, property 1: frame by frame gives what the whole sequence gives.
@Suite("Streaming gives what the whole sequence gives")
struct WholeSequenceTests {
  static let seeds = Array(UInt64(1)...200)

  /// The backends under test, each with the plans it is given in earnest; the whole sequence is always
  /// the reference's.
  static let backends: [(name: String, backend: any Backend, fusion: Fusion)] =
    [
      ("reference", ReferenceBackend(), .none), ("cpu", CPUBackend(), .full),
    ] + TestDevices.openCL.map { ("opencl", $0, .full) }

  /// Each network is a program of its own, and a device's compiler takes its time.
  static func seeds(of backend: Int) -> [UInt64] {
    Array(seeds.prefix(backends[backend].name == "opencl" ? 5 : 200))
  }

  static let cases = backends.indices.flatMap { backend in
    seeds(of: backend).map { (backend, $0) }
  }

  @Test("random networks, output by output", arguments: cases)
  func randomNetwork(backend: Int, seed: UInt64) throws {
    guard let failure = Self.failure(RandomNetwork(seed: seed), backend) else { return }
    // Shrunk: the fewest layers of this seed that still fail.
    for depth in 1..<12 {
      let smaller = RandomNetwork(seed: seed, depth: depth)
      if let own = Self.failure(smaller, backend) {
        Issue.record("\(smaller)\n\(own)")
        return
      }
    }
    Issue.record("\(RandomNetwork(seed: seed))\n\(failure)")
  }

  /// What is wrong with the streamed network; nil if nothing.
  static func failure(_ network: RandomNetwork, _ backend: Int) -> String? {
    do {
      let step = try network.graph.stepGraph(
        options: network.options, evaluator: ReferenceEvaluator())
      let frames = network.frozenTime ?? 48
      let rows = network.frozenBatch ?? 1
      var random = SeededGenerator(seed: network.seed ^ 0xF00D)
      let count = rows * frames * network.features
      let x = Tensor(random.floats(count), shape: [rows, frames, network.features])
      let whole = try Self.whole(network, x)
      for row in 0..<rows {
        let ownX = x.entries(row..<(row + 1), axis: 0)
        let comparison = Comparison(step: step, x: ownX, backend: backend) { frames in
          guard network.frozenTime == nil else { return nil }
          let copies = Array(repeating: ownX.entries(0..<frames, axis: 1), count: rows)
          guard let batch = Tensor.joined(copies, axis: 0) else { return nil }
          return try Self.whole(network, batch).map { $0.entries(0..<1, axis: 0) }
        }
        let ownRow = whole.map { $0.entries(row..<(row + 1), axis: 0) }
        if let difference = try comparison.difference(from: ownRow) {
          return "row \(row): \(difference)"
        }
      }
      return nil
    } catch {
      return "\(error)"
    }
  }

  static func whole(_ network: RandomNetwork, _ x: Tensor) throws -> [Tensor] {
    let sequence = try network.graph.sequenceGraph(
      inputShapes: ["x": x.shape], evaluator: ReferenceEvaluator())
    return try ProgramRunner(sequence.program, backend: ReferenceBackend()).call([x])
  }
}

/// One stream beside the whole sequence.
struct Comparison {
  let step: StepGraph
  /// `[1, frames, features]`
  let x: Tensor
  /// In `WholeSequenceTests.backends`.
  let backend: Int
  /// The outputs of a whole-sequence run over the first frames of `x`; nil where the network's length
  /// is frozen.
  let prefix: ((Int) throws -> [Tensor]?)

  func difference(from whole: [Tensor]) throws -> String? {
    let (_, backend, fusion) = WholeSequenceTests.backends[backend]
    let runner = try ProgramRunner(step.program, backend: backend, fusion: fusion)
    let frames = step.framesPerStep
    let steps = x.shape[1] / frames
    var streamed: [[Tensor]] = step.outputs.map { _ in [] }
    for index in 0..<steps {
      let frame = x.entries((index * frames)..<((index + 1) * frames), axis: 1)
      let outputs = try runner.call([frame])
      for (position, port) in step.outputs.enumerated() where index >= port.firstStep {
        streamed[position].append(outputs[position])
      }
    }
    for (position, port) in step.outputs.enumerated() {
      let difference =
        port.timeAxis == nil
        ? try lastDifference(port, streamed[position], position, whole[position])
        : timedDifference(port, streamed[position], whole[position])
      if let difference { return "output '\(port.name)': \(difference)" }
    }
    return nil
  }

  private static let tolerance = Tolerance(absolute: 1e-6, scaled: 2e-5)

  /// Entry by entry; all entries of the whole sequence but those within the delay must have come.
  private func timedDifference(_ port: StreamPort, _ parts: [Tensor], _ whole: Tensor) -> String? {
    let axis = port.timeAxis ?? 1
    guard let streamed = Tensor.joined(parts, axis: axis) else {
      return "the stream of \(x.shape[1]) frames gave nothing"
    }
    let behind = (port.delay * port.entriesPerStep) / step.framesPerStep + port.entriesPerStep
    let count = min(streamed.shape[axis], whole.shape[axis])
    guard count + behind >= whole.shape[axis] else {
      return "expected at least \(whole.shape[axis] - behind) entries, found \(count)"
    }
    return Self.tolerance.difference(
      streamed.entries(0..<count, axis: axis), whole.entries(0..<count, axis: axis))
  }

  /// The last streamed value answers the sequence less the delay; with a symbolic length, every
  /// prefix is compared.
  private func lastDifference(
    _ port: StreamPort, _ parts: [Tensor], _ position: Int, _ whole: Tensor
  ) throws -> String? {
    guard let final = parts.last else { return "the stream gave no last step" }
    // With lookahead a whole sequence ends in padding that a stream does not have.
    guard port.delay == 0 else { return nil }
    if x.shape[1] % step.framesPerStep == 0,
      let difference = Self.tolerance.difference(final, whole)
    {
      return difference
    }
    for (index, part) in parts.enumerated() where index % 5 == 0 {
      let frames = (port.firstStep + index + 1) * step.framesPerStep
      guard let outputs = try prefix(frames) else { break }
      if let difference = Self.tolerance.difference(part, outputs[position]) {
        return "after \(frames) frames: \(difference)"
      }
    }
    return nil
  }
}

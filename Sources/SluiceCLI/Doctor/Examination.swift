import Sluice

/// A family's kernels on one device against the reference.
struct Examination {
  /// Numbers of streams that step together, fewest first.
  var streamCounts = [1, 2, 15, 17, 64, 257, 4096]
  /// Bytes of inputs, outputs and states that the streams may take.
  static let rowLimit = 1 << 28

  /// Steps every output of every stream once, for each number of streams. What the backend throws when it
  /// prepares or steps is a miss and ends the family.
  ///
  /// - Throws: what the reference throws.
  func run(_ family: KernelFamily, on backend: any Backend) throws -> Finding {
    let start = MonotonicClock.nanoseconds
    let program = Program(graph: family.graph)
    let unfused = try Plan(program, fusion: .none)
    let patterns = FramePatterns(unfused, length: 1)
    let expected = try answers(
      of: ReferenceBackend(), unfused, patterns, streams: FramePatterns.count)
    let plan = try Plan(program, fusion: .full)
    var finding = Finding(family: family.name, operators: family.graph.nodes.count)
    // By pattern, what the first stream with its frames gave: other streams and numbers of streams, which
    // may have other kernels, are to give the same bits.
    var twins: [Int: [Tensor]] = [:]
    for streams in counts(for: plan) {
      let found: [[Tensor]]
      do {
        found = try answers(of: backend, plan, patterns, streams: streams, at: family.precision)
      } catch {
        finding.fail("\(counted(streams, "stream")): \(error)")
        break
      }
      finding.streams.append(streams)
      for (stream, outputs) in found.enumerated() {
        let pattern = stream % FramePatterns.count
        let twin = twins[pattern] ?? outputs
        twins[pattern] = twin
        for (index, check) in family.checks.enumerated() {
          finding.take(
            check, outputs[index], expected[pattern][index], twin: twin[index],
            "stream \(stream) of \(streams)")
        }
      }
    }
    finding.milliseconds = MonotonicClock.milliseconds(since: start)
    return finding
  }

  private func counts(for plan: Plan) -> [Int] {
    let ports = plan.inputs + plan.outputs
    let bytes = ports.reduce(64) { $0 + plan.buffers[$1.buffer].byteCount }
    return streamCounts.filter { $0 * bytes <= Self.rowLimit }
  }

  /// By stream, then by output.
  private func answers(
    of backend: any Backend, _ plan: Plan, _ patterns: FramePatterns, streams: Int,
    at precision: Precision = .fp32
  ) throws(BackendError) -> [[Tensor]] {
    let executable = try backend.prepare(
      plan, options: ExecutableOptions(slots: streams, precision: precision))
    for slot in 0..<streams { executable.write(patterns.frame(0, stream: slot), slot: slot) }
    try executable.step(Array(0..<streams))
    return (0..<streams).map { slot in
      plan.outputs.indices.map { executable.output($0, slot: slot) }
    }
  }
}

/// What an examination found.
struct Finding: Encodable {
  var family: String
  var operators: Int
  /// Numbers of streams that stepped together.
  var streams: [Int] = []
  /// The largest error as a part of its bound, that error and that bound; operators without a bound
  /// above 0 are held to equal values.
  var worst = 0.0
  var error = 0.0
  var bound = 0.0
  var outputs = 0
  /// Sentences, the first of each operator.
  var misses: [String] = []
  var milliseconds = 0.0
  private var missed: Set<String> = []

  init(family: String, operators: Int) {
    self.family = family
    self.operators = operators
  }

  /// - Parameter twin: what the first stream with the same frames gave: the bits have to be equal.
  mutating func take(
    _ check: KernelFamily.Check, _ found: Tensor, _ expected: Tensor, twin: Tensor, _ place: String
  ) {
    outputs += 1
    guard found == twin else {
      return miss(check, "\(place) has other bits than another stream with the same frames")
    }
    let (values, wanted) = (found.doubles(), expected.doubles())
    let scale = max(1, wanted.map(abs).filter(\.isFinite).max() ?? 0)
    var largest = 0.0
    for (y, e) in zip(values, wanted) where y != e && !(y.isNaN && e.isNaN) {
      largest = max(largest, (y - e).isNaN ? .infinity : abs(y - e) / scale)
    }
    let part = check.bound > 0 ? largest / check.bound : largest > 0 ? .infinity : 0
    if part >= worst, largest > 0 { (worst, error, bound) = (part, largest, check.bound) }
    if part > 1 {
      miss(check, "\(place): error \(short(largest)), bound \(short(check.bound))")
    }
  }

  /// The device did not compute at all.
  mutating func fail(_ text: String) { misses.append("\(family): \(text)") }

  private mutating func miss(_ check: KernelFamily.Check, _ text: String) {
    guard missed.insert(check.detail).inserted else { return }
    misses.append("\(family), \(check.detail): \(text)")
  }

  enum CodingKeys: String, CodingKey {
    case family, operators, streams, outputs, error, bound, misses, milliseconds
  }
}

import SluiceBackends
import SluiceGraph
import SluicePlanning

/// Measures the sizes of kernels on a device: one choice after another, each with the best of those
/// before it.
public struct DeviceTuner {
  let device: OpenCLDevice
  /// Units of the GRU layer that is measured, and the times it is run for each size; the least counts.
  let hidden: Int
  let repetitions: Int
  /// Seconds of one step's launches.
  private let clock: Clock

  /// Runs a step of some slots and says what its launches took.
  typealias Clock = (_ executable: OpenCLExecutable, _ slots: [Int]) throws(BackendError) -> Double

  /// One size that was measured.
  public struct Measurement: Sendable {
    public let choice: String
    public let size: String
    public let streams: Int
    /// Of one step's launches.
    public let microseconds: Double
  }

  public init(device: OpenCLDevice) { self.init(device: device, hidden: 512, repetitions: 20) }

  /// - Parameter clock: the device's unless a test has its own.
  init(
    device: OpenCLDevice, hidden: Int, repetitions: Int,
    clock: @escaping Clock = { (executable, slots) throws(BackendError) in
      try executable.secondsOfLaunches(slots)
    }
  ) {
    (self.device, self.hidden, self.repetitions) = (device, hidden, repetitions)
    self.clock = clock
  }

  /// Choices are made anew, beginning with the defaults; a size replaces the default where it takes 3 %
  /// less time: of the launches alone, by the device's clock, because frames and outputs of many streams
  /// take longer than the kernel that is measured.
  public func run(report: (Measurement) -> Void) throws(BackendError) -> DeviceTuning {
    var best = DeviceTuning()
    for choice in choices {
      var least = Double.infinity
      let start = best
      for (index, change) in choice.sizes.enumerated() {
        var candidate = start
        change.apply(&candidate)
        guard fits(candidate) else { continue }
        let time = try self.time(candidate, choice)
        report(
          Measurement(
            choice: choice.name, size: change.name, streams: choice.streams, microseconds: time))
        if time < (index == 0 ? least : least * 0.97) { (least, best) = (time, candidate) }
      }
    }
    return best
  }

  // MARK: Choices

  private struct Size {
    var name: String
    var apply: (inout DeviceTuning) -> Void
  }

  private struct Choice {
    var name: String
    var streams: Int
    /// Whether the layer is small enough to be run stream by stream.
    var isRegion = false
    /// The default first.
    var sizes: [Size]
  }

  private var choices: [Choice] { device.type == .cpu ? vectors : items }

  private var vectors: [Choice] {
    [
      Choice(
        name: "units, one stream", streams: 1,
        sizes: [2, 1, 4].map { count in
          Size(name: "\(count * 16)") { $0.wide.fewVectors = count }
        }),
      Choice(
        name: "streams x units", streams: 16,
        sizes: [(4, 2), (4, 1), (8, 1), (2, 2), (2, 4)].map { streams, count in
          Size(name: "\(streams) x \(count * 16)") {
            ($0.wide.vectorStreams, $0.wide.manyVectors) = (streams, count)
          }
        }),
    ]
  }

  private var items: [Choice] {
    [
      Choice(
        name: "sums, work-items, one stream", streams: 1,
        sizes: [(24, 256), (24, 128), (24, 512), (48, 256), (48, 512)].map { sums, count in
          Size(name: "\(sums), \(count)") {
            ($0.wide.rowSums, $0.wide.rowItems) = (sums, count)
          }
        }),
      Choice(
        name: "tile; of a work-item", streams: 1024,
        sizes: [
          (64, 4, 4, 2), (64, 4, 4, 4), (64, 8, 4, 4), (128, 4, 4, 4), (128, 8, 4, 4),
        ].map { streams, blocks, own, units in
          Size(name: "\(streams) x \(blocks * 8); \(own) x \(units)") {
            ($0.wide.tileStreams, $0.wide.tileBlocks) = (streams, blocks)
            ($0.wide.itemStreams, $0.wide.itemUnits) = (own, units)
          }
        }),
      Choice(
        name: "work-items of a region", streams: 256, isRegion: true,
        sizes: [128, 64, 256].map { (count: Int) in
          Size(name: "\(count)") { $0.regionGroup = count }
        }),
    ]
  }

  private func fits(_ tuning: DeviceTuning) -> Bool {
    let wide = tuning.wide
    let items = max(
      wide.rowItems, wide.tileStreams / wide.itemStreams * (wide.tileBlocks * 8 / wide.itemUnits),
      tuning.regionGroup ?? 1)
    return tuning.isSound && items <= device.largestGroup
  }

  // MARK: Times

  private func time(
    _ tuning: DeviceTuning, _ choice: Choice
  ) throws(BackendError) -> Double {
    var tuning = tuning
    tuning.wide.limit = choice.isRegion ? .max : 0
    let plan = try layer(choice.isRegion ? min(hidden, 64) : hidden)
    let executable = try OpenCLBackend(device: device, groupSize: nil, tuning: tuning).executable(
      plan, ExecutableOptions(slots: choice.streams), cuts: [], isTimed: true)
    let slots = Array(0..<choice.streams)
    var least = Double.infinity
    for _ in 0..<repetitions { least = min(least, try clock(executable, slots)) }
    return least * 1e6
  }

  /// One step of a GRU with as many inputs as units.
  private func layer(_ units: Int) throws(BackendError) -> Plan {
    var graph = Graph(name: "layer")
    let x = graph.addInput("x", .float32, Shape([1, 1, units]))
    let h = graph.addValue("h", ValueType(.float32, Shape([1, 1, units])))
    let weights = Tensor(repeating: Float(0.001), shape: [1, 3 * units, units])
    let w = graph.addConstant(weights, name: "w")
    let op = Operator.gru(GRU(Recurrence(hiddenSize: units, direction: .forward), resetAfter: true))
    let y = graph.addValue("y", ValueType(.float32, Shape([1, 1, 1, units])))
    let next = graph.addValue("next", ValueType(.float32, Shape([1, 1, units])))
    graph.nodes.append(
      Node(name: "gru", operator: op, inputs: [x, w, w, nil, nil, h], outputs: [y, next]))
    graph.addOutput(y, name: "y")
    let state = StateVariable(
      name: "h", input: h, output: next, initial: Tensor(zeros: .float32, shape: [1, 1, units]))
    do {
      return try Plan(Program(graph: graph, states: [state]), fusion: .full)
    } catch {
      throw BackendError(.unsupported, "the layer that is measured has no plan: \(error)")
    }
  }
}

extension OpenCLExecutable {
  /// What the launches of one step take by the device's clock; for an executable that is timed.
  fileprivate func secondsOfLaunches(_ slots: [Int]) throws(BackendError) -> Double {
    _ = try queue.times?.take()
    try step(slots, worker: 0)
    let commands = try queue.times?.take() ?? []
    return commands.reduce(0) { $0 + ($1.kernel == nil ? 0 : Double($1.span.count)) } * 1e-9
  }
}

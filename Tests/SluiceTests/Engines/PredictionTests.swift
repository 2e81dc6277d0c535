import Sluice
import SluiceCPU
import SluiceOpenCL
import SluiceTestSupport
import Testing

@testable import Sluice

/// What `auto` predicts and takes, for devices that are only names.
struct PredictionTests {
  private static let speeds: [PredictedSpeed] = [
    .processor, .device(computeUnits: 1), .device(computeUnits: 132),
  ]

  private static func demand(
    _ network: Graph, precision: Precision = .fp32, streams: Int = 1, threads: Int = 1
  ) -> StepDemand {
    StepDemand(
      Program(graph: network), precision: precision, streams: streams, threads: threads)
  }

  /// A chain of products of so many units.
  private static func chain(_ units: Int, layers: Int) -> Graph {
    var graph = Graph(name: "chain")
    let type = ValueType(.float32, [1, .size(units)])
    var value = graph.addInput("x", .float32, [1, .size(units)])
    let zeros = Tensor(zeros: .float32, shape: [units, units])
    for layer in 0..<layers {
      let weights = graph.addConstant(zeros, name: "w\(layer)")
      value = graph.addNode(.matMul, [value, weights], name: "product \(layer)", type: type)
    }
    graph.addOutput(value, name: "y")
    return graph
  }

  @Test("a program's demand is counted from its nodes, its ports and its weights")
  func counts() {
    let narrow = Self.demand(Self.chain(64, layers: 3))
    #expect(narrow.wide == StepDemand.Part())
    #expect(narrow.narrow.begun == 3)
    #expect(narrow.narrow.operations == 3 * 2 * 64 * 64)
    #expect(narrow.narrow.weightBytes == 3 * 4 * 64 * 64)
    #expect(narrow.transferBytes == 2 * 4 * 64)
    let wide = Self.demand(Self.chain(512, layers: 2))
    #expect(wide.narrow == StepDemand.Part())
    #expect(wide.wide.begun == 2)
    #expect(wide.weightBytes == 2 * 4 * 512 * 512)
    #expect(StepDemand(gruOf: 64, streams: 1).narrow.weightBytes == 24 * 64 * 64)
  }

  @Test("more streams, layers or units never take less", arguments: speeds)
  func grows(_ speed: PredictedSpeed) {
    func isAscending(_ demands: [StepDemand]) -> Bool {
      let seconds = demands.map(speed.seconds)
      let pairs = zip(seconds, seconds.dropFirst())
      return seconds.allSatisfy { $0 > 0 } && pairs.allSatisfy { $0 <= $1 }
    }
    for units in [16, 512] {
      let network = Self.chain(units, layers: 2)
      #expect(isAscending((0...14).map { Self.demand(network, streams: 1 << $0) }))
      #expect(isAscending([1, 2, 7].map { Self.demand(Self.chain(units, layers: $0)) }))
    }
    #expect(isAscending([8, 64, 400, 512, 600].map { Self.demand(Self.chain($0, layers: 2)) }))
  }

  @Test("threads, compute units and fewer bytes of weights never make it slower")
  func shrinks() {
    let networks = [Self.chain(16, layers: 2), Self.chain(700, layers: 2)]
    for network in networks {
      for streams in [1, 40, 5000] {
        let byThreads = [1, 2, 8].map {
          PredictedSpeed.processor.seconds(Self.demand(network, streams: streams, threads: $0))
        }
        #expect(byThreads.sorted(by: >) == byThreads)
        let byUnits = [1, 16, 132].map {
          PredictedSpeed.device(computeUnits: $0).seconds(Self.demand(network, streams: streams))
        }
        #expect(byUnits.sorted(by: >) == byUnits)
        let byBytes = [Precision.fp32, .fp16, .int8].map {
          PredictedSpeed.device(computeUnits: 132).seconds(
            Self.demand(network, precision: $0, streams: streams))
        }
        #expect(byBytes.sorted(by: >) == byBytes)
      }
    }
  }

  private let catalogue = BackendCatalogue(entries: [
    entry("cpu", "Zen 4", rank: 1, .processor), entry("opencl", "PoCL", rank: nil, nil),
    entry("opencl", "small GPU", rank: nil, .device(computeUnits: 8)),
    entry("opencl", "large GPU", rank: nil, .device(computeUnits: 132)),
    entry("reference", "scalar code", rank: 0, nil),
  ])

  @Test("one small stream stays on the CPU, many or wide ones go to the GPU predicted fastest")
  func choices() throws {
    for (units, streams, expected) in [
      (16, 1, "Zen 4"), (16, 4096, "large GPU"), (2048, 1, "large GPU"), (64, 4, "Zen 4"),
    ] {
      let demand = Self.demand(Self.chain(units, layers: 2), streams: streams)
      let decision = try catalogue.choose(.auto, device: nil, for: demand).decision
      #expect(decision.device == expected, "\(units) units, \(streams) streams: \(decision)")
      let times = decision.candidates.map(\.predictedStep)
      #expect(times.map { $0 != nil } == [true, false, true, true, false])
      #expect(decision.reason.hasPrefix("predicted "))
      #expect(decision.reason.contains("a step of \(counted(streams)), "))
      for name in ["Zen 4", "small GPU", "large GPU"] where name != expected {
        #expect(decision.reason.contains("(\(name))"), "\(decision.reason)")
      }
      #expect(!decision.reason.contains("PoCL"))
    }
  }

  private func counted(_ streams: Int) -> String {
    streams == 1 ? "1 stream" : "\(streams) streams"
  }

  @Test("a device that is named narrows the choice, and processors are taken by name only")
  func named() throws {
    let demand = Self.demand(Self.chain(16, layers: 1))
    #expect(
      try catalogue.choose(.auto, device: "large", for: demand).decision.device == "large GPU")
    #expect(try catalogue.choose(.auto, device: "1", for: demand).decision.device == "small GPU")
    let found =
      "cpu (Zen 4), opencl (PoCL), opencl (small GPU), opencl (large GPU), reference (scalar code)"
    expectError("backendUnavailable", "no backend for 'pocl'; found \(found)") {
      try catalogue.choose(.auto, device: "pocl", for: demand)
    }
    let many = Self.demand(Self.chain(1024, layers: 1), streams: 4096)
    let all = try catalogue.chooseAll(.auto, device: "all", for: many)
    #expect(all.entries.map(\.backend.deviceName) == ["small GPU", "large GPU"])
  }

  @Test("a precision that the CPU does not compute at goes to a GPU", arguments: Precision.allCases)
  func precisions(_ precision: Precision) throws {
    let demand = Self.demand(Self.chain(16, layers: 1), precision: precision)
    let decision = try catalogue.choose(.auto, device: nil, for: demand).decision
    #expect(decision.backend == (precision == .fp32 ? "cpu" : "opencl"))
    if precision != .fp32 {
      #expect(decision.candidates[0].reason == "it does not compute at \(precision)")
      let alone = BackendCatalogue(entries: [Self.entry("cpu", "Zen 4", rank: 1, .processor)])
      #expect(try alone.choose(.auto, device: nil, for: demand).decision.backend == "cpu")
    }
  }

  @Test("without a GPU the figure stands alone, and without a network nothing is predicted")
  func alone() throws {
    let alone = BackendCatalogue(entries: [Self.entry("cpu", "Zen 4", rank: 1, .processor)])
    let demand = Self.demand(Self.chain(16, layers: 1), streams: 3)
    let decision = try alone.choose(.auto, device: nil, for: demand).decision
    #expect(
      decision.reason
        == "predicted 0.1 µs a step of 3 streams, with nothing to compare: no OpenCL GPU here")
    #expect(try catalogue.choose(.auto, device: nil).decision.device == "Zen 4")
  }

  @Test("a network that the backend taken cannot prepare runs on the next, which says so")
  func alternative() throws {
    let network = TinyNetwork.runningSum
    let decision = BackendDecision(backend: "none", device: "a name", reason: "predicted")
    func engine(_ alternative: (any Backend)?) throws -> Engine {
      try Engine(
        network.model(), EngineOptions(), stepGraph: network.stepGraph,
        plan: Plan(network.stepGraph.program, fusion: .full),
        backends: [NamedBackend(name: "none", deviceName: "a name")], alternative: alternative,
        decision: decision)
    }
    let choice = try engine(CPUBackend()).backendChoice
    #expect(choice.backend == "cpu")
    #expect(
      choice.reason == "none (a name) cannot run it: none is only a name; it was predicted")
    expectError("backendUnavailable", "none is only a name") { try engine(nil) }
  }

  @Test("GPUs are looked for in the system's nodes before any driver is loaded")
  func nodes() throws {
    #expect(!GPUNodes.arePresent(in: "/nowhere"))
    #expect(!GPUNodes.arePresent(in: "/proc"))
  }

  private static func entry(
    _ name: String, _ device: String, rank: Int?, _ speed: PredictedSpeed?
  ) -> BackendCatalogue.Entry {
    BackendCatalogue.Entry(
      backend: NamedBackend(name: name, deviceName: device), fusion: .full, rank: rank,
      note: "a name", speed: speed)
  }
}

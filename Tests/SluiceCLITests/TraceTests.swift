import Sluice
import Testing

@testable import SluiceCLI

/// The reference with one operator exchanged for another: an error planted on purpose.
private struct PlantedError: Backend {
  let name = "planted"
  let deviceName = "test"
  /// The node that computes something else.
  var node: String
  var instead: Operator
  /// Only where nothing but the network's own outputs is looked at: an error of fusing.
  var onlyFused = false
  /// Outputs of the network itself.
  var outputCount = 1
  /// Inner values that may be looked at before the error goes away.
  var probes = 1

  func prepare(
    _ plan: Plan, options: ExecutableOptions
  ) throws(BackendError) -> any Executable {
    var plan = plan
    for index in plan.operations.indices where plan.operations[index].name == node {
      guard !onlyFused || plan.outputs.count <= outputCount + probes else { continue }
      plan.operations[index].operator = instead
    }
    return try ReferenceBackend().prepare(plan, options: options)
  }
}

@Suite("A trace names the first node that leaves the tolerance")
struct TraceTests {
  /// x → scale (· 2) → squash (tanh) → shift (+ state) → clamp (relu) → y; the state is `shift`'s output.
  private let program: Program = {
    var graph = Graph(name: "traced")
    let type = ValueType(.float32, [1, 3])
    let x = graph.addInput("x", .float32, [1, 3])
    let h = graph.addValue("h", type)
    let two = graph.addConstant(Tensor(scalar: Float(2)), name: "two")
    let scale = graph.addNode(.binary(.mul), [x, two], name: "scale", type: type)
    let squash = graph.addNode(.unary(.tanh), [scale], name: "squash", type: type)
    let shift = graph.addNode(.binary(.add), [squash, h], name: "shift", type: type)
    let clamp = graph.addNode(.unary(.relu), [shift], name: "clamp", type: type)
    graph.addOutput(clamp, name: "y")
    let state = StateVariable(
      name: "h", input: h, output: shift, initial: Tensor(zeros: .float32, shape: [1, 3]))
    return Program(graph: graph, states: [state])
  }()

  private let streams = [
    Trace.Stream(
      states: ["h": Tensor([Float(0.5), 0, -0.5], shape: [1, 3])],
      calls: (0..<3).map { [Tensor([Float($0), 0.25, -1], shape: [1, 3])] })
  ]

  /// Unfused where an error is planted, so that each node is an operation of its own.
  private func trace(
    _ backend: any Backend, scaled: Double = 1e-6, fusion: Fusion = .none
  ) -> Trace {
    Trace(
      program: program, backend: backend, fusion: fusion, options: ExecutableOptions(),
      tolerance: Tolerance(absolute: 0, relative: 0, scaled: scaled))
  }

  @Test func `without an error every value of every call is compared`() throws {
    let report = try trace(ReferenceBackend(), fusion: .full).report(streams)
    #expect(report.first == nil)
    #expect(report.calls == 3)
    #expect(report.values.map(\.node) == ["scale", "squash", "shift", "clamp"])
    #expect(report.values.allSatisfy { $0.failures == 0 && $0.largest > 0 })
    #expect(report.summary == "every value of 3 calls stays within the tolerance on reference")
  }

  @Test(arguments: [
    ("scale", Operator.binary(.add), 0), ("squash", .unary(.softsign), 0),
    ("shift", .binary(.sub), 0), ("clamp", .unary(.abs), 0),
  ])
  func `the node with the planted error is named`(
    node: String, instead: Operator, call: Int
  ) throws {
    let report = try trace(PlantedError(node: node, instead: instead)).report(streams)
    let first = try #require(report.first)
    #expect(first.node == node)
    #expect(first.call == call)
    #expect(first.stream == 0)
    #expect(!first.onlyFused)
    #expect(report.summary.hasPrefix("first to diverge on planted: \(node) ("))
  }

  @Test func `an error within the tolerance is none`() throws {
    let planted = PlantedError(node: "squash", instead: .unary(.softsign))
    #expect(try trace(planted, scaled: 10).report(streams).first == nil)
  }

  @Test func `an error that fusing makes is found by looking at one node after the other`() throws {
    let planted = PlantedError(node: "squash", instead: .unary(.softsign), onlyFused: true)
    let first = try #require(try trace(planted).report(streams).first)
    #expect(first.node == "squash")
    #expect(first.onlyFused)
  }
}

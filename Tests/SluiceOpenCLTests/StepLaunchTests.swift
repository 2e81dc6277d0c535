import SluiceBackends
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

@testable import SluiceOpenCL

/// Recurrences whose steps are launches that follow each other (`Kernels/OpenCL/steps.cl`).
@Suite("Steps of sequences as launches on OpenCL", .needsDevice)
struct StepLaunchTests {
  private static let slots = 17

  private static let networks: [(SequenceNetwork, Precision)] = [
    (
      SequenceNetwork(kind: .gruAfter, hidden: 33, length: 3, rows: 2, direction: .bidirectional),
      .fp32
    ), (SequenceNetwork(kind: .gruBefore, hidden: 40, inputs: 131, length: 3, rows: 2), .int8),
    (
      SequenceNetwork(
        kind: .lstm, hidden: 65, length: 3, direction: .reverse, hasInitial: false), .fp16
    ), (SequenceNetwork(kind: .rnn, hidden: 130, length: 2, rows: 3, hasBias: false), .fp32),
    (SequenceNetwork(kind: .gruBefore, hidden: 16, length: 1, rows: 5, layers: 2), .fp32),
  ]

  private static func executable(
    _ plan: Plan, limit: Int, group: Int, _ precision: Precision, _ matrix: MatrixUse? = nil,
    chunk: Int? = nil
  ) throws -> any Executable {
    var tuning = DeviceTuning()
    tuning.wide.limit = limit
    return try OpenCLBackend(
      device: try #require(OpenCLDevice.all().first), groupSize: group, chunk: chunk,
      tuning: tuning, matrix: matrix
    ).prepare(plan, options: ExecutableOptions(slots: slots, precision: precision))
  }

  private static func feed(
    _ executables: [any Executable], _ plan: Plan, _ network: SequenceNetwork, _ slot: Int,
    _ random: inout SeededRandom
  ) {
    for (input, frame) in network.frames(plan, &random).enumerated() {
      for executable in executables {
        unsafe frame.withUnsafeBytes {
          unsafe executable.write(input: input, slot: slot, from: $0)
        }
      }
    }
  }

  @Test(
    "They give the bits of the steps inside a group, however many streams there are",
    arguments: networks)
  func equalBits(network: SequenceNetwork, precision: Precision) throws {
    try Self.check(network, precision, counts: [1, 3, 9, 17])
  }

  @Test("So they do for a layer of few units")
  func smallest() throws {
    let network = SequenceNetwork(
      kind: .gruBefore, hidden: 5, inputs: 3, length: 2, rows: 3, hasInitial: false)
    try Self.check(network, .fp32, counts: [1, 5])
  }

  /// Steps random streams and compares outputs with those of bodies.
  private static func check(
    _ network: SequenceNetwork, _ precision: Precision, counts: [Int]
  ) throws {
    var random = SeededRandom(41)
    let plan = try Plan(try network.program(&random), fusion: .full)
    let bodies = try executable(plan, limit: .max, group: 1, precision)
    let launched = [
      try executable(plan, limit: 0, group: 1, precision),
      try executable(plan, limit: 0, group: 4, precision, chunk: 10),
    ]
    for each in launched {
      #expect(each.listing.contains { $0.contains("steps of \(network.rows) x \(network.hidden)") })
    }
    for count in counts {
      let slots = Array((0..<Self.slots).shuffled(using: &random).prefix(count))
      for slot in slots { feed(launched + [bodies], plan, network, slot, &random) }
      for each in launched + [bodies] { try each.step(slots) }
      for (form, each) in launched.enumerated() {
        for slot in slots {
          #expect(
            plan.outputs.indices.allSatisfy {
              each.output($0, slot: slot) == bodies.output($0, slot: slot)
            }, "\(network), \(precision), form \(form), \(count) streams, slot \(slot)")
        }
      }
    }
  }

  @Test(
    "By matrix instructions they give the reference's results, and equal bits in any company",
    arguments: networks.prefix(3).map(\.0))
  func matrix(network: SequenceNetwork) throws {
    var random = SeededRandom(42)
    let program = try network.program(&random)
    let plan = try Plan(program, fusion: .full)
    let executables = try (0..<2).map { _ in
      try Self.executable(plan, limit: 0, group: 1, .fp16, .plain)
    }
    let reference = try ReferenceBackend().prepare(
      try Plan(program, fusion: .none), options: ExecutableOptions(slots: Self.slots))
    #expect(executables[0].listing.contains { $0.contains("matrix instructions") })
    for slot in 0..<Self.slots {
      Self.feed(executables + [reference], plan, network, slot, &random)
    }
    let slots = Array((0..<Self.slots).shuffled(using: &random))
    try executables[0].step(slots)
    try reference.step(slots)
    for part in [0..<1, 1..<8] { try executables[1].step(Array(slots[part])) }
    for (index, slot) in slots.enumerated() {
      for output in plan.outputs.indices {
        let found = executables[0].output(output, slot: slot)
        let expected = reference.output(output, slot: slot)
        let error = zip(found.floats(), expected.floats()).map { abs($0 - $1) }.max() ?? 0
        #expect(error <= 4e-3, "\(network), slot \(slot)")
        if index < 8 {
          #expect(executables[1].output(output, slot: slot) == found, "\(network), slot \(slot)")
        }
      }
    }
  }
}

import SluiceBackends
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

@testable import SluiceOpenCL

/// On CPU devices sequences are forced, in the plain form of their instructions; of groups that wait for
/// each other there are at most as many as the device runs threads, or one.
@Suite("Whole sequences on OpenCL", .needsDevice)
struct SequenceTests {
  /// Groups a device runs, and how many may share a row's units.
  private static let alone = SequenceDevice(
    groups: 1, most: 1, words: .max, floatWords: .max, partialBytes: 256 << 10,
    use: .plain)
  private static let pair = SequenceDevice(
    groups: 2, most: 2, words: .max, floatWords: .max, partialBytes: 256 << 10,
    use: .plain)
  private static let teams = SequenceDevice(
    groups: 2, most: 1, words: .max, floatWords: .max, partialBytes: 256 << 10,
    use: .plain)

  private static func backend(
    _ device: SequenceDevice, chunk: Int? = nil, limit: Int = .max
  ) throws -> OpenCLBackend {
    var tuning = DeviceTuning()
    tuning.wide.limit = limit
    return OpenCLBackend(
      device: try #require(OpenCLDevice.all().first), groupSize: 1, chunk: chunk, tuning: tuning,
      matrix: .plain, sequences: device)
  }

  private static func options(_ slots: Int, _ precision: Precision = .fp16) -> ExecutableOptions {
    ExecutableOptions(slots: slots, precision: precision)
  }

  private static func feed(_ executables: [any Executable], _ slot: Int, _ frames: [Tensor]) {
    for executable in executables {
      for (input, frame) in frames.enumerated() {
        unsafe frame.withUnsafeBytes {
          unsafe executable.write(input: input, slot: slot, from: $0)
        }
      }
    }
  }

  private static func error(
    _ found: any Executable, _ expected: any Executable, slot: Int
  ) -> Float {
    found.plan.outputs.indices.map { output in
      zip(
        found.output(output, slot: slot).floats(), expected.output(output, slot: slot).floats()
      ).map { ($0 - $1).isNaN ? .infinity : abs($0 - $1) }.max() ?? 0
    }.max() ?? 0
  }

  /// Steps 17 random streams together, then three and one of them, and holds them against the reference.
  private static func check(
    _ network: SequenceNetwork, on device: SequenceDevice, _ precision: Precision = .fp16
  ) throws {
    var random = SeededRandom(31)
    let program = try network.program(&random)
    let (plan, unfused) = (
      try Plan(program, fusion: .full), try Plan(program, fusion: .none)
    )
    let whole = try backend(device).prepare(plan, options: options(17, precision))
    let few = try backend(device).prepare(plan, options: options(17, precision))
    let reference = try ReferenceBackend().prepare(unfused, options: ExecutableOptions(slots: 17))
    #expect(whole.listing.contains { $0.contains("launch") && $0.contains("U in the registers") })
    for slot in 0..<17 {
      feed([whole, few, reference], slot, network.frames(plan, &random))
    }
    let slots = Array((0..<17).shuffled(using: &random))
    for executable in [whole, reference] { try executable.step(slots) }
    for part in [0..<1, 1..<4] { try few.step(Array(slots[part])) }
    let bound: Float = [.fp32: 2e-6, .fp16: 4e-3, .bf16: 3e-2][precision] ?? 0
    for (index, slot) in slots.enumerated() {
      let found = error(whole, reference, slot: slot)
      #expect(found <= bound, "\(network), slot \(slot)")
      // Two groups on a busy machine may have given up.
      if index < 4, whole.notes == few.notes {
        #expect(
          plan.outputs.indices.allSatisfy {
            whole.output($0, slot: slot) == few.output($0, slot: slot)
          }, "\(network), slot \(slot): other bits in other company")
      }
    }
  }

  @Test(
    "One group's sequences give what the reference gives, and equal bits in any company",
    arguments: [
      SequenceNetwork(kind: .gruAfter, hidden: 32),
      SequenceNetwork(kind: .gruAfter, hidden: 96, inputs: 33, hasBias: false, layers: 2),
      SequenceNetwork(kind: .lstm, hidden: 64, direction: .bidirectional),
      SequenceNetwork(kind: .gruAfter, hidden: 128, length: 2, hasInitial: false),
      SequenceNetwork(kind: .rnn, hidden: 96, rows: 3, direction: .reverse, hasInitial: false),
    ])
  func small(network: SequenceNetwork) throws {
    try Self.check(network, on: Self.alone, network.hidden == 32 ? .bf16 : .fp16)
  }

  @Test(
    "So do sequences that exchange their states, whether in one launch or several",
    arguments: [
      SequenceNetwork(kind: .gruAfter, hidden: 160),
      SequenceNetwork(kind: .gruAfter, hidden: 192, length: 3, rows: 3, direction: .bidirectional),
      SequenceNetwork(kind: .gruAfter, hidden: 512, length: 2),
      SequenceNetwork(kind: .lstm, hidden: 160, direction: .reverse, hasInitial: false),
      SequenceNetwork(kind: .lstm, hidden: 192, length: 2, hasBias: false, layers: 2),
      SequenceNetwork(kind: .rnn, hidden: 512, length: 3),
      SequenceNetwork(kind: .reluRNN, hidden: 160),
    ])
  func exchanged(network: SequenceNetwork) throws {
    try Self.check(network, on: Self.alone)
  }

  @Test(
    "So do groups that share a stream's units, and several teams in one launch",
    arguments: [
      SequenceNetwork(kind: .gruAfter, hidden: 256, length: 3),
      SequenceNetwork(kind: .reluRNN, hidden: 160),
    ])
  func shared(network: SequenceNetwork) throws {
    try Self.check(network, on: network.kind == .gruAfter ? Self.pair : Self.teams, .bf16)
  }

  @Test(
    "So do sequences in float32",
    arguments: [
      SequenceNetwork(kind: .gruAfter, hidden: 160),
      SequenceNetwork(kind: .gruAfter, hidden: 192, length: 3, rows: 3, direction: .bidirectional),
      SequenceNetwork(kind: .lstm, hidden: 160, direction: .reverse, hasInitial: false),
      SequenceNetwork(kind: .rnn, hidden: 256, length: 2, hasBias: false, layers: 2),
      SequenceNetwork(kind: .reluRNN, hidden: 160),
    ])
  func floats(network: SequenceNetwork) throws {
    try Self.check(network, on: network.kind == .rnn ? Self.teams : Self.alone, .fp32)
  }

  @Test(
    "A launch whose groups wait in vain is run again step by step, and the executable says so",
    arguments: [(Precision.fp16, Int.max), (.fp16, 0), (.fp32, 0)])
  func givenUp(precision: Precision, limit: Int) throws {
    let network = SequenceNetwork(kind: .gruAfter, hidden: 160)
    var random = SeededRandom(32)
    let program = try network.program(&random)
    let plan = try Plan(program, fusion: .full)
    var device = Self.alone
    device.bound = 100
    let executable = try Self.backend(device, limit: limit).prepare(
      plan, options: Self.options(3, precision)
    ) { launch in
      // One group more than there are.
      var launch = launch
      launch.source = launch.source.replacing(
        "get_num_groups(0)) * GROUPS;", with: "get_num_groups(0)) * GROUPS + 1;")
      return launch
    }
    let reference = try ReferenceBackend().prepare(
      try Plan(program, fusion: .none), options: ExecutableOptions(slots: 3))
    #expect(executable.notes.isEmpty)
    for _ in 0..<2 {
      for slot in 0..<3 { Self.feed([executable, reference], slot, network.frames(plan, &random)) }
      for each in [executable, reference] { try each.step([2, 0, 1]) }
      for slot in 0..<3 { #expect(Self.error(executable, reference, slot: slot) <= 4e-3) }
      #expect(executable.notes.count == 1)
      #expect(executable.notes.first?.contains("waited for each other in vain after 0") == true)
      #expect(executable.listing.last == executable.notes.first)
    }
  }

  @Test("A sequence whose kernel a driver refuses goes step by step, and the listing says why")
  func refused() throws {
    let network = SequenceNetwork(kind: .gruAfter, hidden: 160, length: 2)
    var random = SeededRandom(36)
    let program = try network.program(&random)
    let plan = try Plan(program, fusion: .full)
    let executable = try Self.backend(Self.alone, limit: 0).prepare(
      plan, options: Self.options(1, .fp32)
    ) { launch in
      var launch = launch
      if launch.kernel == SequenceForm.Kind.exchangingFloats.rawValue { launch.source += "broken" }
      return launch
    }
    let reference = try ReferenceBackend().prepare(
      try Plan(program, fusion: .none), options: ExecutableOptions())
    #expect(executable.listing.contains { $0.hasPrefix("sequences go step by step: ") })
    Self.feed([executable, reference], 0, network.frames(plan, &random))
    for each in [executable, reference] { try each.step([0]) }
    #expect(Self.error(executable, reference, slot: 0) <= 2e-6)
  }

  @Test(
    "A stream whose states do not pass between groups is run again alone; the others keep their bits",
    arguments: [Float(3), .nan, 1.9999])
  func marked(value: Float) throws {
    let network = SequenceNetwork(kind: .gruAfter, hidden: 160)
    var random = SeededRandom(33)
    let program = try network.program(&random)
    let plan = try Plan(program, fusion: .full)
    let (mixed, apart) = (
      try Self.backend(Self.alone, chunk: 2).prepare(plan, options: Self.options(5)),
      try Self.backend(Self.alone).prepare(plan, options: Self.options(5))
    )
    let reference = try ReferenceBackend().prepare(
      try Plan(program, fusion: .none), options: ExecutableOptions(slots: 5))
    for slot in 0..<5 {
      var frames = network.frames(plan, &random)
      if slot == 3 {
        var values = frames[1].floats()
        values[7] = value
        frames[1] = Tensor(values, shape: frames[1].shape)
      }
      Self.feed([mixed, apart, reference], slot, frames)
    }
    for each in [mixed, reference] { try each.step([4, 3, 0, 1, 2]) }
    try apart.step([0, 1, 2, 4])
    for slot in [0, 1, 2, 4] {
      #expect(mixed.output(0, slot: slot) == apart.output(0, slot: slot), "slot \(slot)")
      #expect(Self.error(mixed, reference, slot: slot) <= 4e-3)
    }
    if !value.isNaN { #expect(Self.error(mixed, reference, slot: 3) <= 1.2e-2) }
    if value.isNaN {
      let hasNumbers = mixed.output(0, slot: 3).floats().contains { !$0.isNaN }
      #expect(!hasNumbers)
    }
    #expect(mixed.notes.count == 1 && mixed.notes.first?.contains("of a sequence 1 times") == true)
    #expect(apart.notes.isEmpty)
  }

  @Test(
    "What has no such form runs step by step, and the listing says why",
    arguments: [
      (SequenceNetwork(kind: .gruBefore, hidden: 64), "resets before"),
      (SequenceNetwork(kind: .gruAfter, hidden: 33), "no multiple of 32"),
      (SequenceNetwork(kind: .gruAfter, hidden: 160), "may not wait"),
      (SequenceNetwork(kind: .reluRNN, hidden: 160), "no fence between groups"),
    ])
  func listed(network: SequenceNetwork, reason: String) throws {
    var random = SeededRandom(34)
    let program = try network.program(&random)
    let plan = try Plan(program, fusion: .full)
    let groups = network.kind == .reluRNN ? 64 : 0
    let device = SequenceDevice(groups: groups, use: .plain, hasFences: false)
    let executable = try Self.backend(device).prepare(plan, options: Self.options(1))
    #expect(executable.listing.contains { $0.contains(reason) })
    #expect(!executable.listing.contains { $0.contains("U in the registers") })
  }

  @Test("On CPU devices nobody's sequences take that form")
  func processors() throws {
    let device = try #require(OpenCLDevice.all().first { $0.type == .cpu })
    var random = SeededRandom(35)
    let program = try SequenceNetwork(kind: .gruAfter, hidden: 64).program(&random)
    let plan = try Plan(program, fusion: .full)
    let executable = try OpenCLBackend(device: device).prepare(plan, options: Self.options(1))
    #expect(!executable.listing.contains { $0.contains("sequence") })
    #expect(try GridBarrier.found(on: device) == nil)
  }

  @Test("The test of a grid barrier passes where all groups come, and fails where one does not")
  func barrier() throws {
    let context = try OpenCLContext(device: try #require(OpenCLDevice.all().first))
    let test = try GridBarrierTest(on: context, items: 8, bound: 1000)
    #expect(try test.passes(groups: 1))
    #expect(try !test.passes(groups: 1, awaited: 2))
  }
}

import SluiceBackends
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

/// What `Executable` promises, on every backend: states, slots, step counts, failed steps.
@Suite struct ExecutableContractTests {
  /// One step of an accumulator: `sum' = sum + table[index] + x`, and `late' = late + 1` from step 2.
  /// Outputs: the new sum, the sum before the step, `late` before the step.
  private static func program() -> Program {
    var graph = Graph(name: "accumulator")
    let x = graph.addInput("x", .float32, [2])
    let index = graph.addInput("index", .int64, [])
    let sum = graph.addValue("sum", ValueType(.float32, [2]))
    let late = graph.addValue("late", ValueType(.int32, []))
    let table = graph.addConstant(
      Tensor([0, 0, 10, 20, 100, 200] as [Float], shape: [3, 2]), name: "table")
    let one = graph.addConstant(Tensor(scalar: Int32(1)), name: "one")
    let vector = ValueType(.float32, [2])
    let row = graph.addNode(.gather(axis: 0), [table, index], name: "Look", type: vector)
    let added = graph.addNode(.binary(.add), [sum, row], name: "Add", type: vector)
    let next = graph.addNode(.binary(.add), [added, x], name: "Next", type: vector)
    let later = graph.addNode(
      .binary(.add), [late, one], name: "Later", type: ValueType(.int32, []))
    graph.addOutput(next, name: "after")
    graph.addOutput(sum, name: "before")
    graph.addOutput(late, name: "late")
    return Program(
      graph: graph,
      states: [
        StateVariable(
          name: "sum", input: sum, output: next, initial: Tensor([1, 2] as [Float])),
        StateVariable(
          name: "late", input: late, output: later, initial: Tensor(scalar: Int32(5)),
          firstStep: 2),
      ])
  }

  private func executable(_ setup: BackendSetup, slots: Int = 1) throws -> any Executable {
    try setup.backend.prepare(
      Plan(Self.program(), fusion: setup.fusion), options: ExecutableOptions(slots: slots))
  }

  private func feed(_ executable: any Executable, _ x: [Float], _ index: Int64, slot: Int = 0) {
    for (input, tensor) in [Tensor(x), Tensor(scalar: index)].enumerated() {
      unsafe tensor.withUnsafeBytes { unsafe executable.write(input: input, slot: slot, from: $0) }
    }
  }

  private func floats(_ executable: any Executable, _ output: Int, slot: Int = 0) -> [Float] {
    var values: [Float] = [.nan, .nan]
    unsafe values.withUnsafeMutableBytes {
      unsafe executable.read(output: output, slot: slot, into: $0)
    }
    return values
  }

  private func late(_ executable: any Executable) -> Int32 {
    var value: Int32 = -1
    unsafe withUnsafeMutableBytes(of: &value) {
      unsafe executable.read(output: 2, slot: 0, into: $0)
    }
    return value
  }

  @Test(
    "A step reads the states of the step before and leaves the next ones",
    arguments: BackendSetup.all)
  func statesMove(_ setup: BackendSetup) throws {
    let executable = try executable(setup)
    feed(executable, [0.5, 0.25], 1)
    try executable.step([0])
    #expect(floats(executable, 0) == [11.5, 22.25])
    #expect(floats(executable, 1) == [1, 2])
    #expect(try executable.state(0, slot: 0) == Tensor([11.5, 22.25] as [Float]))
    feed(executable, [0, 0], -1)
    try executable.step([0])
    #expect(floats(executable, 0) == [111.5, 222.25])
    #expect(floats(executable, 1) == [11.5, 22.25])
    #expect(executable.stepCount(slot: 0) == 2)
  }

  @Test("A state keeps its initial value before its first step", arguments: BackendSetup.all)
  func firstStep(_ setup: BackendSetup) throws {
    let executable = try executable(setup)
    feed(executable, [0, 0], 0)
    var seen: [Int32] = []
    for _ in 0..<5 {
      try executable.step([0])
      seen.append(late(executable))
    }
    #expect(seen == [5, 5, 5, 6, 7])
    executable.setStepCount(0, slot: 0)
    try executable.step([0])
    #expect(try executable.state(1, slot: 0) == Tensor(scalar: Int32(8)))
  }

  @Test(
    "A step that throws leaves states and step counts of every slot as they were",
    arguments: BackendSetup.all)
  func failedStep(_ setup: BackendSetup) throws {
    let executable = try executable(setup, slots: 2)
    feed(executable, [1, 1], 0, slot: 0)
    feed(executable, [1, 1], 3, slot: 1)
    let error = #expect(throws: BackendError.self) { try executable.step([0, 1]) }
    #expect(error?.code == .invalidValue)
    #expect(error?.description.hasPrefix("Look: ") == true)
    for slot in 0..<2 {
      #expect(try executable.state(0, slot: slot) == Tensor([1, 2] as [Float]))
      #expect(executable.stepCount(slot: slot) == 0)
    }
    feed(executable, [1, 1], 2, slot: 1)
    try executable.step([1])
    #expect(floats(executable, 0, slot: 1) == [102, 203])
  }

  @Test("Slots have their own frames, states and step counts", arguments: BackendSetup.all)
  func slotsAreApart(_ setup: BackendSetup) throws {
    let executable = try executable(setup, slots: 3)
    for slot in 0..<3 { feed(executable, [Float(slot), 0], 0, slot: slot) }
    try executable.step([2, 0])
    try executable.step([2])
    #expect((0..<3).map { executable.stepCount(slot: $0) } == [1, 0, 2])
    #expect(
      try (0..<3).map { try executable.state(0, slot: $0).floats() } == [[1, 2], [1, 2], [5, 2]])
  }

  @Test("States can be set, and a reset brings the initial ones back", arguments: BackendSetup.all)
  func setAndReset(_ setup: BackendSetup) throws {
    let executable = try executable(setup)
    feed(executable, [0, 0], 0)
    try executable.setState(0, slot: 0, to: Tensor([7, 8] as [Float]))
    try executable.step([0])
    #expect(floats(executable, 0) == [7, 8])
    try executable.reset(slot: 0)
    #expect(executable.stepCount(slot: 0) == 0)
    #expect(try executable.state(0, slot: 0) == Tensor([1, 2] as [Float]))
  }

  @Test("A precision that is not offered is refused with the list of those that are")
  func precision() throws {
    let plan = try Plan(Self.program(), fusion: .none)
    let error = #expect(throws: BackendError.self) {
      try ReferenceBackend().prepare(plan, options: ExecutableOptions(precision: .fp16))
    }
    #expect(error?.code == .unsupported)
    #expect(
      error?.description == """
        precision fp16 is not offered by the reference backend
        fp32: reference, cpu, opencl
        bf16: opencl
        fp16: opencl
        int8: opencl
        """)
  }

  @Test(
    "Slots that pass the memory limit are refused before anything is allocated",
    arguments: BackendSetup.all)
  func memoryLimit(_ setup: BackendSetup) throws {
    let plan = try Plan(Self.program(), fusion: setup.fusion)
    for slots in [1 << 40, Int.max] {
      let error = #expect(throws: BackendError.self) {
        try setup.backend.prepare(plan, options: ExecutableOptions(slots: slots))
      }
      #expect(error?.code == .limit)
    }
  }
}

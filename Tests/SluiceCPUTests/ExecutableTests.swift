import SluiceBackends
import SluiceCPU
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

@Suite("CPU executable")
struct ExecutableTests {
  /// counter' = counter + x; swapped and frozen states beside it; outputs of every placement.
  static func program() -> Program {
    var graph = Graph(name: "states")
    let type = ValueType(.float32, [2])
    let x = graph.addInput("x", .float32, [2])
    let counter = graph.addValue("counter", type)
    let a = graph.addValue("a", type)
    let b = graph.addValue("b", type)
    let sum = graph.addNode(.binary(.add), [counter, x], name: "sum", type: type)
    let constant = graph.addConstant(Tensor([Float(5), 6]), name: "k")
    let again = graph.addNode(.identity, [sum], name: "again", type: type)
    for (value, name) in [
      (sum, "sum"), (again, "again"), (x, "x"), (constant, "k"), (counter, "before"), (a, "a"),
    ] {
      graph.addOutput(value, name: name)
    }
    let initial = { (first: Float) in Tensor([first, first + 1]) }
    let late = graph.addValue("late", type)
    let once = graph.addValue("once", type)
    return Program(
      graph: graph,
      states: [
        StateVariable(name: "counter", input: counter, output: sum, initial: initial(0)),
        StateVariable(name: "a", input: a, output: b, initial: initial(10)),
        StateVariable(name: "b", input: b, output: a, initial: initial(20)),
        StateVariable(name: "late", input: late, output: sum, initial: initial(30), firstStep: 2),
        StateVariable(name: "once", input: once, output: constant, initial: initial(40)),
      ])
  }

  static func step(_ executable: any Executable, _ slot: Int, _ x: [Float]) throws {
    unsafe Tensor(x).withUnsafeBytes { unsafe executable.write(input: 0, slot: slot, from: $0) }
    try executable.step([slot])
  }

  @Test("States carry, swap, wait for their first step; outputs are what the step gave")
  func states() throws {
    for backend in [CPUBackend() as any Backend, ReferenceBackend()] {
      let plan = try Plan(Self.program(), fusion: backend is CPUBackend ? .full : .none)
      let executable = try backend.prepare(plan, options: ExecutableOptions(slots: 3))
      try Self.step(executable, 1, [1, 1])
      try Self.step(executable, 1, [2, 2])
      let outputs = (0..<6).map { executable.output($0, slot: 1).floats() }
      #expect(outputs == [[3, 4], [3, 4], [2, 2], [5, 6], [1, 2], [20, 21]])
      let states = try (0..<5).map { try executable.state($0, slot: 1).floats() }
      #expect(states == [[3, 4], [10, 11], [20, 21], [30, 31], [5, 6]])
      try Self.step(executable, 1, [1, 0])
      #expect(try executable.state(3, slot: 1).floats() == [4, 4])
      #expect(executable.stepCount(slot: 1) == 3)
      #expect(try executable.state(0, slot: 0).floats() == [0, 1])
      try executable.reset(slot: 1)
      #expect(try executable.state(1, slot: 1).floats() == [10, 11])
      #expect(executable.stepCount(slot: 1) == 0)
      try executable.setState(0, slot: 2, to: Tensor([Float(7), 8]))
      executable.setStepCount(5, slot: 2)
      try Self.step(executable, 2, [1, 1])
      #expect(try executable.state(0, slot: 2).floats() == [8, 9])
      #expect(try executable.state(3, slot: 2).floats() == [8, 9])
    }
  }

  @Test("More than the memory limit is refused with both numbers, before it is allocated")
  func memoryLimit() throws {
    let plan = try Plan(Self.program(), fusion: .full)
    let error = #expect(throws: BackendError.self) {
      try CPUBackend().prepare(
        plan, options: ExecutableOptions(slots: 1 << 40, memoryLimit: 1 << 30))
    }
    #expect(error?.code == .limit)
    #expect(
      error?.message
        == "frames, states and scratch of 1099511627776 slots take 1196268651020352 bytes, the "
        + "memory limit is 1073741824 bytes")
    #expect(throws: BackendError.self) {
      try CPUBackend().prepare(plan, options: ExecutableOptions(slots: 1 << 60))
    }
  }

  @Test("Other precisions are refused with the list", arguments: [Precision.bf16, .fp16, .int8])
  func precision(precision: Precision) throws {
    let plan = try Plan(Self.program(), fusion: .full)
    let error = #expect(throws: BackendError.self) {
      try CPUBackend().prepare(plan, options: ExecutableOptions(precision: precision))
    }
    #expect(error?.code == .unsupported)
    #expect(
      error?.message == """
        precision \(precision.rawValue) is not offered by the cpu backend
        fp32: reference, cpu, opencl
        bf16: opencl
        fp16: opencl
        int8: opencl
        """)
  }

  @Test(
    "The tag names backend and kernels, and OpenBLAS with its threads where a product is its own")
  func names() throws {
    let plan = try Plan(Self.program(), fusion: .full)
    for variant in CPUBackend.variants {
      let backend = CPUBackend(variant: variant)
      let tag = try backend.prepare(plan, options: ExecutableOptions()).numericsTag
      #expect(tag == "cpu/\(variant)")
    }
    var graph = Graph(name: "large")
    let x = graph.addInput("x", .float32, [256, 256])
    let w = graph.addConstant(Tensor(zeros: .float32, shape: [256, 256]), name: "w")
    graph.addOutput(
      graph.addNode(.matMul, [x, w], name: "y", type: ValueType(.float32, [256, 256])))
    let large = try Plan(Program(graph: graph), fusion: .full)
    let tag = try CPUBackend().prepare(large, options: ExecutableOptions()).numericsTag
    let form = /cpu\/[a-z0-9]+\/openblas-[0-9.]+-[A-Za-z0-9]+\/threads-1/
    #expect(tag.wholeMatch(of: form) != nil, "\(tag)")
    #expect(!CPUBackend().deviceName.isEmpty)
  }

  @Test("An instruction set that is not there is refused with those that are")
  func unknownVariant() throws {
    let plan = try Plan(Self.program(), fusion: .full)
    let error = #expect(throws: BackendError.self) {
      try CPUBackend(variant: "sse9").prepare(plan, options: ExecutableOptions())
    }
    let known = CPUBackend.variants.joined(separator: ", ")
    #expect(error?.message == "no kernels for 'sse9' here; expected one of \(known)")
  }
}

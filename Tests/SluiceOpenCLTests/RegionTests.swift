import FoundationEssentials
import SluiceBackends
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

@testable import SluiceOpenCL

@Suite("OpenCL regions")
struct RegionTests {
  @Test("The sources in the binary are the files of Kernels/OpenCL")
  func sources() throws {
    let folder = PackageFolder.file("Kernels/OpenCL")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".cl") }
    #expect(Set(files) == Set(KernelSource.texts.keys.map { "\($0).cl" }))
    for (name, text) in KernelSource.texts {
      let file = try Data(contentsOf: URL(filePath: "\(folder)/\(name).cl"))
      let isSame = Array(file) == Array(text.utf8)
      #expect(isSame, "\(name).cl")
    }
  }

  /// Odd seeds: 4 work-items and all local memory; even ones: 8, and local memory for some values only.
  @Test(
    "Groups of several work-items give the bits of one work-item with vectors",
    .needsDevice, arguments: UInt64(1)...8)
  func groups(seed: UInt64) throws {
    let device = try #require(OpenCLDevice.all().first)
    let network = RandomNetwork(seed: seed)
    let step = try network.graph.stepGraph(
      options: network.options, evaluator: ReferenceEvaluator())
    let plan = try Plan(step.program, fusion: .full)
    let alone = try OpenCLBackend(device: device, groupSize: 1).prepare(
      plan, options: ExecutableOptions())
    let isEven = seed.isMultiple(of: 2)
    let group = try OpenCLBackend(
      device: device, groupSize: isEven ? 8 : 4, localMemory: isEven ? 1024 + 128 : .max
    ).prepare(plan, options: ExecutableOptions())
    var random = SeededGenerator(seed: seed)
    for frame in 0..<4 {
      for (input, port) in plan.inputs.enumerated() {
        let buffer = plan.buffers[port.buffer]
        let tensor = Tensor(random.floats(buffer.count), shape: buffer.shape)
        for executable in [alone, group] {
          unsafe tensor.withUnsafeBytes {
            unsafe executable.write(input: input, slot: 0, from: $0)
          }
        }
      }
      try alone.step([0])
      try group.step([0])
      for output in plan.outputs.indices {
        #expect(
          alone.output(output, slot: 0) == group.output(output, slot: 0),
          "\(network), frame \(frame), output \(output)")
      }
    }
  }

  @Test("What has no form on the device is refused, all of it by name", .needsDevice)
  func refusal() throws {
    var graph = Graph(name: "refused")
    let x = graph.addInput("x", .int32, [2, 3])
    let axes = graph.addConstant(Tensor([Int64(1)]), name: "axes")
    for name in ["first", "second"] {
      let sum = graph.addNode(
        .reduce(Reduction(.l2)), [x, axes], name: name, type: ValueType(.int32, [2, 1]))
      graph.addOutput(sum, name: name)
    }
    let plan = try Plan(Program(graph: graph), fusion: .full)
    let device = try #require(OpenCLDevice.all().first)
    let error = #expect(throws: BackendError.self) {
      try OpenCLBackend(device: device).prepare(plan, options: ExecutableOptions())
    }
    #expect(error?.code == .unsupported)
    #expect(
      error?.message
        == "the opencl backend does not run first (reduce.l2): no form for l2 of int32; second "
        + "(reduce.l2): no form for l2 of int32. The cpu backend does.")
  }

  @Test("A device that fails in a step leaves the states as they were", .needsDevice)
  func failure() throws {
    let setup = try OpenCLSetup()
    var graph = Graph(name: "counter")
    let x = graph.addInput("x", .float32, [2])
    let past = graph.addValue("past", ValueType(.float32, [2]))
    let sum = graph.addNode(
      .binary(.add), [past, x], name: "sum", type: ValueType(.float32, [2]))
    graph.addOutput(sum, name: "sum")
    let state = StateVariable(
      name: "past", input: past, output: sum, initial: Tensor([Float(1), 2]))
    let plan = try Plan(Program(graph: graph, states: [state]), fusion: .full)
    let executable = try OpenCLBackend(device: setup.context.device).prepare(
      plan, options: ExecutableOptions())
    unsafe Tensor([Float(1), 1]).withUnsafeBytes {
      unsafe executable.write(input: 0, slot: 0, from: $0)
    }
    try executable.step([0])
    for call in [OpenCLCall.enqueueNDRangeKernel, .finish, .enqueueReadBuffer] {
      setup.library.inject(failureOf: call, failures: 1)
      #expect(throws: BackendError.self) { try executable.step([0]) }
      #expect(try executable.state(0, slot: 0) == Tensor([Float(2), 3]))
      #expect(executable.stepCount(slot: 0) == 1)
    }
    try executable.step([0])
    #expect(executable.output(0, slot: 0) == Tensor([Float(3), 4]))
  }

  @Test("Slots that do not fit are refused with the bytes needed and the device's", .needsDevice)
  func limits() throws {
    let device = try #require(OpenCLDevice.all().first)
    let case1 = OperatorCase(op: .unary(.abs), inputs: [.fed(Tensor([Float(1)]))])
    let plan = try Plan(case1.program(), fusion: .full)
    for slots in [1 << 40, 1 << 60] {
      let error = #expect(throws: BackendError.self) {
        try OpenCLBackend(device: device).prepare(
          plan, options: ExecutableOptions(slots: slots, memoryLimit: .max))
      }
      #expect(error?.code == .limit)
      #expect(error?.message.contains("\(device.largestAllocation) for one buffer") == true)
    }
  }
}

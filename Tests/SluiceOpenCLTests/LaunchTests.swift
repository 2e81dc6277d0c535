import Sluice
import SluiceBackends
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

@testable import SluiceOpenCL

@Suite("OpenCL launches")
struct LaunchTests {
  @Test(
    "Launches cut anywhere and streams in chunks give the bits of one launch of all streams",
    .needsDevice, arguments: UInt64(1)...4)
  func cuts(seed: UInt64) throws {
    let device = try #require(OpenCLDevice.all().first)
    let network = RandomNetwork(seed: seed)
    let step = try network.graph.stepGraph(
      options: network.options, evaluator: ReferenceEvaluator())
    let plan = try Plan(step.program, fusion: .full)
    let cuts = [plan.operations.count / 3, plan.operations.count * 2 / 3]
    let whole = try OpenCLBackend(device: device).prepare(
      plan, options: ExecutableOptions(slots: 5))
    let cut = try OpenCLBackend(device: device, groupSize: nil, cuts: cuts, chunk: 2).prepare(
      plan, options: ExecutableOptions(slots: 5))
    #expect(cut.listing.count(where: { $0.hasPrefix("launch ") }) == Set([0] + cuts).count)
    var random = SeededGenerator(seed: seed)
    for slots in [[4, 0, 2], [0, 1, 2, 3, 4], [3]] {
      for slot in slots { feed([whole, cut], slot, &random) }
      try whole.step(slots)
      try cut.step(slots)
      for slot in 0..<5 {
        for output in plan.outputs.indices {
          #expect(
            whole.output(output, slot: slot) == cut.output(output, slot: slot),
            "\(network), slot \(slot), output \(output)")
        }
        for state in plan.states.indices {
          #expect(
            try whole.state(state, slot: slot) == cut.state(state, slot: slot),
            "\(network), slot \(slot), state \(state)")
        }
      }
    }
  }

  private func feed(
    _ executables: [any Executable], _ slot: Int, _ random: inout SeededGenerator
  ) {
    for (input, port) in executables[0].plan.inputs.enumerated() {
      let buffer = executables[0].plan.buffers[port.buffer]
      let tensor = Tensor(random.floats(buffer.count), shape: buffer.shape)
      for executable in executables {
        unsafe tensor.withUnsafeBytes {
          unsafe executable.write(input: input, slot: slot, from: $0)
        }
      }
    }
  }

  /// y = |x| of 7 elements, element j of a stream by group j mod 3 of those that serve it.
  private static let tiles = """
    __kernel __attribute__((reqd_work_group_size(2, 1, 1)))
    void tiles(
        __global const uchar *constants, __global uchar *input_rows, __global uchar *output_rows,
        __global uchar *state_rows, __global uchar *crossing_rows, __global uchar *scratch_rows,
        __global const int4 *streams, const int first, const int count, __global int *status) {
      const int begin = get_group_id(0) * 2;
      for (int i = begin + get_local_id(0); i < min(begin + 2, count); i += 2) {
        const int slot = streams[first + i].x;
        __global const float *x = (__global const float *)(input_rows + slot * 64);
        __global float *y = (__global float *)(output_rows + slot * 64);
        for (int j = get_group_id(1); j < 7; j += 3) y[j] = fabs(x[j]);
      }
    }
    """

  private static let sevenNumbers = Tensor((0..<7).map { Float($0) - 3 })

  private func magnitudes(of x: Tensor) throws -> Plan {
    try Plan(OperatorCase(op: .unary(.abs), inputs: [.fed(x)]).program(), fusion: .full)
  }

  @Test("Groups that a kernel has no registers for are refused with both numbers", .needsDevice)
  func largeGroups() throws {
    let device = try #require(OpenCLDevice.all().first)
    let plan = try magnitudes(of: Self.sevenNumbers)
    let error = #expect(throws: BackendError.self) {
      try OpenCLBackend(device: device).prepare(plan, options: ExecutableOptions()) { launch in
        var launch = launch
        launch.groupSize = 1 << 20
        return launch
      }
    }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("1048576 work-items") == true)
    #expect(error?.message.contains("at most \(device.largestGroup) of it") == true)
  }

  @Test("A launch of tiles has a group for each tile of streams and columns", .needsDevice)
  func tiles() throws {
    let device = try #require(OpenCLDevice.all().first)
    let x = Self.sevenNumbers
    let plan = try magnitudes(of: x)
    let lowering = try DeviceLowering(
      plan, form: DeviceForm(groupSize: 1, vectorLimit: 16, hasDouble: device.hasDouble))
    let layout = try RowLayout(
      lowering, [StepSection(operations: 0..<plan.operations.count, sharesGroups: true)])
    let launch = Launch(
      source: Self.tiles, kernel: "tiles", geometry: .tiles(streams: 2, columns: 3), groupSize: 2,
      note: "abs")
    #expect(Array(launch.parts(5, scratchRows: 1)).map(\.size) == [WorkSize(6, 3)])
    let source = StepProgram.Source(lowering: lowering, layout: layout, launches: [launch])
    let executable = try OpenCLExecutable(
      source, options: ExecutableOptions(slots: 5), chunk: 3, on: device)
    for slot in 0..<5 {
      unsafe x.withUnsafeBytes { unsafe executable.write(input: 0, slot: slot, from: $0) }
    }
    try executable.step([0, 1, 2, 3, 4])
    for slot in 0..<5 {
      #expect(executable.output(0, slot: slot) == Tensor((0..<7).map { abs(Float($0) - 3) }))
    }
  }
}

/// What is generated, without a device.
@Suite("OpenCL launches as text")
struct LaunchTextTests {
  /// A CPU device's form, and a GPU's.
  static let forms = [
    DeviceForm(groupSize: 1, vectorLimit: 16, hasDouble: true),
    DeviceForm(groupSize: 128, vectorLimit: 1, hasDouble: true, localByteCount: 47 << 10),
  ]

  static let shared = [
    "gtcrn/gtcrn_simple.onnx", "gtcrn/gtcrn.onnx", "fastenhancer/fastenhancer_t.spec.onnx",
    "fastenhancer/fastenhancer_b.spec.onnx", "rnnoise_v1/rnnoise_v1.onnx",
  ]

  private func launches(_ plan: Plan, _ form: DeviceForm) throws -> [Launch] {
    let lowering = try DeviceLowering(plan, form: form)
    return try RowLayout(lowering, lowering.sections()).launches(lowering)
  }

  @Test("A body that many operations share is written once", arguments: forms)
  func sharedBodies(form: DeviceForm) throws {
    var graph = Graph(name: "chain")
    let type = ValueType(.float32, [3, 8])
    var value = graph.addInput("x", .float32, [3, 8])
    for layer in 0..<9 {
      let weights = Tensor([Float](repeating: Float(layer), count: 64), shape: [8, 8])
      let w = graph.addConstant(weights, name: "w\(layer)")
      value = graph.addNode(.matMul, [value, w], name: "product \(layer)", type: type)
    }
    graph.addOutput(value, name: "y")
    let plan = try Plan(Program(graph: graph), fusion: .full)
    let lowering = try DeviceLowering(plan, form: form)
    let layout = try RowLayout(lowering, lowering.sections())
    let generator = RegionGenerator(lowering, layout, section: 0)
    // From the inputs, from scratch to scratch, into the outputs.
    #expect(generator.counts == (bodies: 3, calls: 9))
    #expect(generator.source.components(of: "#define NAME body_") == 3)
    #expect(generator.source.components(of: "// Matrix products, one after another:") == 3)
  }

  @Test(
    "A frame of the small networks takes at most three launches",
    .enabled(if: SharedFolder.isPresent, "../shared is absent: skipped"), arguments: shared, forms)
  func smallNetworks(file: String, form: DeviceForm) throws {
    let model = try Model(path: try #require(SharedFolder.file("models/\(file)")))
    let plan = try Plan(model.stepGraph().program, fusion: .full)
    #expect(try launches(plan, form).count <= 3)
  }

  @Test(
    "Values lie in local memory as far as they fit, the smallest first",
    arguments: [0, 128, 2048, 47 << 10])
  func localMemory(limit: Int) throws {
    let model = try Model(path: PackageFolder.file("Examples/video-actions/video-actions.onnx"))
    let plan = try Plan(model.stepGraph().program, fusion: .full)
    let lowering = try DeviceLowering(
      plan,
      form: DeviceForm(
        groupSize: 128, vectorLimit: 1, hasDouble: true, localByteCount: limit))
    let layout = try RowLayout(lowering, lowering.sections())
    let row = layout.rows[0]
    #expect(row.arenaByteCount <= limit)
    let near = row.buffers.filter { $0.value.space == .arena }.keys.map {
      plan.buffers[$0].byteCount
    }
    let far = row.buffers.filter { $0.value.space == .scratch }.keys.map {
      plan.buffers[$0].byteCount
    }
    #expect(near.max() ?? 0 <= far.min() ?? .max)
    #expect(far.isEmpty || row.scratchByteCount > 0)
    let source = try #require(layout.launches(lowering).first).source
    #expect(source.contains("__local uchar own[\(row.arenaByteCount + 64)]") == (limit > 0))
  }

  @Test("A section ends where its calls fill a table", arguments: forms)
  func tables(form: DeviceForm) throws {
    let model = try Model(path: PackageFolder.file("Examples/video-actions/video-actions.onnx"))
    let plan = try Plan(model.stepGraph().program, fusion: .full)
    let lowering = try DeviceLowering(plan, form: form)
    #expect(lowering.sections().count == 1)
    let limit = 160
    let sections = lowering.sections(tableLimit: limit)
    #expect(sections.count > 1)
    #expect(sections.flatMap(\.operations) == Array(plan.operations.indices))
    let operands = lowering.calls.joined().map { $0.reads.count + $0.writes.count }
    let row = BodyTable.rowByteCount(operands: operands.max() ?? 0)
    for section in sections where section.operations.count > 1 {
      let calls = lowering.calls[section.operations].joined().count
      #expect(calls * row <= limit)
    }
  }

  @Test("Sums of int8 that pass 32 bits are refused", arguments: forms)
  func longSums(form: DeviceForm) throws {
    for (depth, fits) in [(133_144, true), (133_145, false)] {
      var graph = Graph(name: "long")
      let x = graph.addInput("x", .float32, Shape([1, depth]))
      let w = graph.addConstant(Tensor(zeros: .float32, shape: [depth, 1]), name: "w")
      let type = ValueType(.float32, [1, 1])
      graph.addOutput(graph.addNode(.matMul, [x, w], name: "sum", type: type), name: "y")
      var own = form
      own.precision = .int8
      let plan = try Plan(Program(graph: graph), fusion: .full)
      guard !fits else {
        _ = try DeviceLowering(plan, form: own)
        continue
      }
      let error = #expect(throws: BackendError.self) { try DeviceLowering(plan, form: own) }
      #expect(error?.message.contains("133145 terms") == true)
    }
  }

  @Test("A frame of the package's network takes at most three launches", arguments: forms)
  func shippedNetwork(form: DeviceForm) throws {
    let model = try Model(path: PackageFolder.file("Examples/video-actions/video-actions.onnx"))
    let plan = try Plan(model.stepGraph().program, fusion: .full)
    #expect(try launches(plan, form).count <= 3)
  }
}

extension String {
  /// How often a text stands in it.
  fileprivate func components(of text: String) -> Int { split(separator: text).count - 1 }
}

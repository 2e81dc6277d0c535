import Sluice
import SluiceBackends
import SluiceCPU
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

/// DESIGN.md section 5, property 2: a stream's outputs are the same bits whatever its slot, whoever its
/// neighbours, however many step together; for every instruction set of this processor and the first OpenCL
/// device.
@Suite("A stream's bits do not depend on its slot or its neighbours")
struct SlotInvarianceTests {
  static let seeds = Array(UInt64(1)...40)
  static let shipped = [
    "Examples/video-actions/video-actions.onnx", "Examples/video-actions/model.json",
  ]
  static let shared = [
    "gtcrn/gtcrn.onnx", "gtcrn/gtcrn_simple.onnx", "fastenhancer/fastenhancer_t.spec.onnx",
    "fastenhancer/fastenhancer_b.spec.onnx", "pose_gru_fall/pose_gru_step.onnx",
    "pose_gru_fall/gru_model.onnx", "kws_gru_crnn/GRU_S.onnx", "kws_gru_crnn/GRU_M.onnx",
    "kws_gru_crnn/GRU_L.onnx", "kws_gru_crnn/CRNN_S.onnx", "kws_gru_crnn/CRNN_M.onnx",
    "rnnoise_v1/rnnoise_v1.onnx", "rnnoise_v1/rnnoise_v1_q8.onnx",
  ]

  @Test("random networks", arguments: CPUBackend.variants, seeds)
  func randomNetworks(variant: String, seed: UInt64) throws {
    let network = RandomNetwork(seed: seed)
    let step = try network.graph.stepGraph(
      options: network.options, evaluator: ReferenceEvaluator())
    try check(
      step.program, CPUBackend(variant: variant), seed: seed, streams: 24, "\(network), \(variant)")
  }

  @Test("the networks of the package", arguments: CPUBackend.variants, shipped)
  func shippedNetworks(variant: String, file: String) throws {
    let model = try Model(path: PackageFolder.file(file))
    try check(
      try model.stepGraph().program, CPUBackend(variant: variant), seed: 7, streams: 70,
      "\(file), \(variant)")
  }

  @Test(
    "the trained networks of ../shared",
    .enabled(if: SharedFolder.isPresent, "../shared is absent: skipped"),
    arguments: CPUBackend.variants, shared)
  func sharedNetworks(variant: String, file: String) throws {
    let model = try Model(path: try #require(SharedFolder.file("models/\(file)")))
    try check(
      try model.stepGraph().program, CPUBackend(variant: variant), seed: 8, streams: 70,
      "\(file), \(variant)")
  }

  static let devices = TestDevices.openCL

  @Test(
    "random networks on OpenCL", .enabled(if: !devices.isEmpty, "\(TestDevices.problem)"),
    arguments: devices.indices, seeds.prefix(3))
  func randomNetworksOnOpenCL(device: Int, seed: UInt64) throws {
    let network = RandomNetwork(seed: seed)
    let step = try network.graph.stepGraph(
      options: network.options, evaluator: ReferenceEvaluator())
    try check(
      step.program, Self.devices[device], seed: seed, streams: 24,
      "\(network), \(Self.devices[device])")
  }

  @Test(
    "the networks of the package on OpenCL",
    .enabled(if: !devices.isEmpty, "\(TestDevices.problem)"), arguments: devices.indices, shipped)
  func shippedNetworksOnOpenCL(device: Int, file: String) throws {
    let model = try Model(path: PackageFolder.file(file))
    try check(
      try model.stepGraph().program, Self.devices[device], seed: 7, streams: 70,
      "\(file), \(Self.devices[device])")
  }

  @Test(
    "the networks of the package on OpenCL at every precision",
    .enabled(if: !devices.isEmpty, "\(TestDevices.problem)"), arguments: devices.indices,
    [Precision.fp16, .bf16, .int8])
  func precisionsOnOpenCL(device: Int, precision: Precision) throws {
    let model = try Model(path: PackageFolder.file(Self.shipped[1]))
    try check(
      try model.stepGraph().program, Self.devices[device], seed: 9, streams: 40,
      "\(precision), \(Self.devices[device])", at: precision)
  }

  /// Streams of 3 to 8 frames join and leave at random times, in free slots of 64; every round a
  /// random number of them, 1 to all, steps in a random order. Each has been run alone before.
  private func check(
    _ program: Program, _ backend: any Backend, seed: UInt64, streams: Int, _ name: String,
    at precision: Precision = .fp32
  ) throws {
    let plan = try Plan(program, fusion: .full)
    var random = SeededGenerator(seed: seed)
    let alone = try backend.prepare(
      plan, options: ExecutableOptions(slots: 1, precision: precision))
    var waiting: [StreamOfFrames] = []
    for _ in 0..<streams {
      let frames = StreamOfFrames(plan, length: Int.random(in: 3...8, using: &random), &random)
      waiting.append(try frames.run(alone))
    }
    let many = try backend.prepare(
      plan, options: ExecutableOptions(slots: 64, precision: precision))
    #expect(many.numericsTag == alone.numericsTag)
    var active: [Int: StreamOfFrames] = [:]
    while !waiting.isEmpty || !active.isEmpty {
      let free = (0..<64).filter { active[$0] == nil }.shuffled(using: &random)
      let joining = min(Int.random(in: 0...40, using: &random), waiting.count)
      for slot in free.prefix(joining) {
        active[slot] = waiting.removeLast()
        try many.reset(slot: slot)
      }
      guard !active.isEmpty else { continue }
      let count = Int.random(in: 1...active.count, using: &random)
      let stepping = Array(active.keys.sorted().shuffled(using: &random).prefix(count))
      for slot in stepping { active[slot]?.write(to: many, slot: slot) }
      try many.step(stepping)
      for slot in stepping {
        let difference = active[slot]?.difference(from: many, slot: slot)
        #expect(difference == nil, "\(name), seed \(seed), \(count) streams")
        if difference != nil { return }
        if active[slot]?.isOver == true { active[slot] = nil }
      }
    }
  }
}

/// A stream's frames, and what comes of them when it runs alone.
private struct StreamOfFrames {
  private let plan: Plan
  private let frames: [[Tensor]]
  private var expected: [[Tensor]] = []
  private var position = 0

  init(_ plan: Plan, length: Int, _ random: inout SeededGenerator) {
    self.plan = plan
    frames = (0..<length).map { _ in
      plan.inputs.map { port in
        let buffer = plan.buffers[port.buffer]
        return Tensor(random.floats(buffer.count), shape: buffer.shape)
          .converted(to: buffer.elementType)
      }
    }
  }

  var isOver: Bool { position == frames.count }

  func write(to executable: any Executable, slot: Int) {
    for (input, frame) in frames[position].enumerated() {
      unsafe frame.withUnsafeBytes { unsafe executable.write(input: input, slot: slot, from: $0) }
    }
  }

  /// The first difference of what the step gave; goes on to the next frame.
  mutating func difference(from executable: any Executable, slot: Int) -> String? {
    let found = outputs(of: executable, slot: slot)
    defer { position += 1 }
    for (index, (found, expected)) in zip(found, expected[position]).enumerated()
    where found.bytes != expected.bytes {
      return "frame \(position), output \(plan.outputs[index].name)"
    }
    return nil
  }

  func outputs(of executable: any Executable, slot: Int) -> [Tensor] {
    plan.outputs.indices.map { output in
      let buffer = plan.buffers[plan.outputs[output].buffer]
      var bytes = [UInt8](repeating: 0, count: buffer.byteCount)
      unsafe bytes.withUnsafeMutableBytes {
        unsafe executable.read(output: output, slot: slot, into: $0)
      }
      return Tensor(elementType: buffer.elementType, shape: buffer.shape, bytes: bytes)
        ?? Tensor(zeros: buffer.elementType, shape: buffer.shape)
    }
  }

  /// With the outputs of an executable of one slot as what is expected.
  func run(_ executable: any Executable) throws -> StreamOfFrames {
    var stream = self
    try executable.reset(slot: 0)
    for _ in frames {
      stream.write(to: executable, slot: 0)
      try executable.step([0])
      stream.expected.append(outputs(of: executable, slot: 0))
      stream.position += 1
    }
    stream.position = 0
    return stream
  }
}

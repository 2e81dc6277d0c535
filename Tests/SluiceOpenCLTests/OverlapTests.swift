import SluiceBackends
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

@testable import SluiceOpenCL

/// How a step is cut, without a device.
@Suite("Parts of an overlapped step")
struct OverlapPartsTests {
  @Test(
    "Parts cover all streams in order, each of whole tiles and of the least bytes",
    arguments: [1, 127, 128, 129, 500, 4096, 5000], [1, 4096, 8192, 1 << 20])
  func parts(count: Int, byteCount: Int) {
    let overlap = TransferOverlap()
    let parts = overlap.parts(of: count, byteCount: byteCount)
    #expect(parts.flatMap(Array.init) == Array(0..<count))
    #expect((1...overlap.mostParts).contains(parts.count))
    guard parts.count > 1 else { return }
    for part in parts.dropLast() {
      #expect(part.count.isMultiple(of: overlap.streamMultiple))
      #expect(part.count * byteCount >= overlap.leastByteCount)
    }
  }

  @Test("4096 streams of 1024 floats in and out go in four parts, small steps whole")
  func examples() {
    let overlap = TransferOverlap()
    #expect(overlap.parts(of: 4096, byteCount: 8192).map(\.count) == [1024, 1024, 1024, 1024])
    #expect(overlap.parts(of: 511, byteCount: 8192).count == 1)
    #expect(overlap.parts(of: 512, byteCount: 8192).map(\.count) == [256, 256])
    #expect(overlap.parts(of: 4, byteCount: .max).map(\.count) == [4])
    #expect(overlap.parts(of: 0, byteCount: 8192) == [0..<0])
  }
}

/// Transfers beside kernels, on whatever device there is.
@Suite("Overlapped steps", .needsDevice)
struct OverlapTests {
  /// Every step of more than one stream in up to three parts.
  private static let always = TransferOverlap(leastByteCount: 1, mostParts: 3, streamMultiple: 1)

  /// past' = past + x, y = |past'|.
  private func counter(width: Int = 2) throws -> Plan {
    var graph = Graph(name: "counter")
    let type = ValueType(.float32, [.size(width)])
    let x = graph.addInput("x", .float32, [.size(width)])
    let past = graph.addValue("past", type)
    let sum = graph.addNode(.binary(.add), [past, x], name: "sum", type: type)
    graph.addOutput(graph.addNode(.unary(.abs), [sum], name: "y", type: type), name: "y")
    let initial = Tensor((0..<width).map { Float($0) })
    let state = StateVariable(name: "past", input: past, output: sum, initial: initial)
    return try Plan(Program(graph: graph, states: [state]), fusion: .full)
  }

  private func feed(
    _ executables: [any Executable], _ slot: Int, _ random: inout SeededRandom
  ) {
    for (input, port) in executables[0].plan.inputs.enumerated() {
      let frame = random.floats(executables[0].plan.buffers[port.buffer].shape)
      for executable in executables {
        unsafe frame.withUnsafeBytes {
          unsafe executable.write(input: input, slot: slot, from: $0)
        }
      }
    }
  }

  private func expectEqual(
    _ a: any Executable, _ b: any Executable, _ comment: @autoclosure () -> String
  ) throws {
    for slot in 0..<a.slotCount {
      let outputs = a.plan.outputs.indices.allSatisfy {
        a.output($0, slot: slot) == b.output($0, slot: slot)
      }
      let states = try a.plan.states.indices.allSatisfy {
        try a.state($0, slot: slot) == b.state($0, slot: slot)
      }
      #expect(outputs && states, "slot \(slot), \(comment())")
      #expect(a.stepCount(slot: slot) == b.stepCount(slot: slot))
    }
  }

  @Test("Parts and chunks change no bits", arguments: UInt64(1)...4)
  func equalBits(seed: UInt64) throws {
    let network = RandomNetwork(seed: seed)
    let step = try network.graph.stepGraph(
      options: network.options, evaluator: ReferenceEvaluator())
    let plan = try Plan(step.program, fusion: .full)
    let device = try #require(OpenCLDevice.all().first)
    let options = ExecutableOptions(slots: 7)
    let whole = try OpenCLBackend(device: device).prepare(plan, options: options)
    let parts = try OpenCLBackend(
      device: device, groupSize: nil, chunk: 2, overlap: Self.always
    ).prepare(plan, options: options)
    try compare(whole, parts, "\(network)")
  }

  @Test("Neither do slabs, with parts or without", arguments: [always, nil])
  func slabs(overlap: TransferOverlap?) throws {
    let device = try #require(OpenCLDevice.all().first)
    let plan = try counter(width: 256)
    let options = ExecutableOptions(slots: 7)
    let whole = try OpenCLBackend(device: device).prepare(plan, options: options)
    let slabs = try OpenCLBackend(
      device: device.limited(to: 3 * 2 * 1024), groupSize: nil, overlap: overlap
    ).executable(plan, options, cuts: [], isTimed: false)
    #expect(slabs.memory.slabs.map(\.slots) == [0..<3, 3..<6, 6..<7])
    try compare(whole, slabs, "\(overlap == nil ? "one queue" : "parts")")
  }

  private func compare(
    _ a: any Executable, _ b: any Executable, _ comment: String
  ) throws {
    var random = SeededRandom(5)
    for slots in [[6, 0, 2], [0, 1, 2, 3, 4, 5, 6], [3], [1, 3, 5], [4, 5]] {
      for slot in slots { feed([a, b], slot, &random) }
      try a.step(slots)
      try b.step(slots)
      try expectEqual(a, b, "\(comment), \(slots)")
    }
  }

  private static let calls: [OpenCLCall] = [
    .setKernelArg, .enqueueWriteBuffer, .enqueueNDRangeKernel, .enqueueReadBuffer,
    .enqueueMarkerWithWaitList, .enqueueBarrierWithWaitList, .flush, .finish,
  ]

  @Test(
    "Each call of an overlapped step refused, wherever it comes: every state stays as it was",
    arguments: calls)
  func failures(call: OpenCLCall) throws {
    let setup = try OpenCLSetup()
    let plan = try counter()
    let options = ExecutableOptions(slots: 6)
    let whole = try OpenCLBackend(device: setup.context.device).prepare(plan, options: options)
    let backend = OpenCLBackend(
      device: setup.context.device, groupSize: nil, overlap: Self.always)
    let parts = try backend.prepare(plan, options: options)
    var random = SeededRandom(3)
    var place = 0
    while true {
      for slot in 0..<6 { feed([whole, parts], slot, &random) }
      let before = try (0..<6).map { try parts.state(0, slot: $0) }
      setup.library.inject(failureOf: call, after: place, failures: 1)
      let isRefused = (try? parts.step([0, 1, 2, 4, 5])) == nil
      setup.library.removeInjectedFailures()
      if isRefused {
        #expect(try (0..<6).map { try parts.state(0, slot: $0) } == before)
        try parts.step([0, 1, 2, 4, 5])
      }
      try whole.step([0, 1, 2, 4, 5])
      try expectEqual(whole, parts, "\(call), place \(place)")
      guard isRefused else { break }
      place += 1
    }
    // One wait a step; of everything else several.
    #expect(call == .finish ? place == 1 : place >= 3, "\(call) was made \(place) times")
  }

  @Test("An executable goes while what a failed step gave still runs", arguments: calls)
  func released(call: OpenCLCall) throws {
    let setup = try OpenCLSetup()
    let plan = try counter()
    // There is one wait a step.
    for place in 0..<(call == .finish ? 1 : 3) {
      let executable = try OpenCLBackend(
        device: setup.context.device, groupSize: nil, overlap: Self.always
      ).prepare(plan, options: ExecutableOptions(slots: 300))
      setup.library.inject(failureOf: call, after: place)
      let error = #expect(throws: BackendError.self) { try executable.step(Array(0..<300)) }
      #expect(error?.message.hasPrefix(call.rawValue) == true)
      setup.library.removeInjectedFailures()
    }
  }

  @Test("A frame that an operation refuses is refused in parts, and the next one is not")
  func refusals() throws {
    var graph = Graph(name: "gather")
    let x = graph.addInput("x", .int64, [1])
    let table = graph.addConstant(Tensor([Float(5), 6, 7]), name: "table")
    let row = graph.addNode(
      .gather(axis: 0), [table, x], name: "row", type: ValueType(.float32, [1]))
    graph.addOutput(row, name: "y")
    let setup = try OpenCLSetup()
    let executable = try OpenCLBackend(
      device: setup.context.device, groupSize: nil, overlap: Self.always
    ).prepare(Plan(Program(graph: graph), fusion: .full), options: ExecutableOptions(slots: 3))
    func step(_ indices: [Int64]) throws {
      for (slot, index) in indices.enumerated() {
        unsafe Tensor([index]).withUnsafeBytes {
          unsafe executable.write(input: 0, slot: slot, from: $0)
        }
      }
      try executable.step([0, 1, 2])
    }
    let error = #expect(throws: BackendError.self) { try step([0, 9, 2]) }
    #expect(error?.code == .invalidValue)
    try step([0, 1, 2])
    // Refused by the operation, and the word that says so could not be read.
    setup.library.inject(failureOf: .finish, failures: 1)
    #expect(throws: BackendError.self) { try step([0, 9, 2]) }
    try step([2, 1, 0])
    let rows = [7, 6, 5].map { Tensor([Float($0)]) }
    #expect((0..<3).map { executable.output(0, slot: $0) } == rows)
  }

  @Test("An overlapped step can be taken apart, every operation a part once")
  func profile() throws {
    let backend = OpenCLBackend(
      device: try #require(OpenCLDevice.all().first), groupSize: nil, overlap: Self.always)
    let plan = try counter()
    let profile = try backend.profile(plan, options: ExecutableOptions(slots: 5), rounds: 2) {
      _, _ in
    }
    #expect(profile.parts.compactMap(\.operation) == Array(plan.operations.indices))
    #expect(profile.parts.allSatisfy { $0.nanoseconds >= 0 })
  }

  @Test("One queue follows another: what it is given later finds what the other was given")
  func following() throws {
    let setup = try OpenCLSetup()
    let other = try setup.context.makeQueue()
    let buffer = try setup.context.makeBuffer(byteCount: 4)
    for round in 0..<UInt32(50) {
      try setup.queue.fill(buffer, byteCount: 4, with: round)
      try other.follow(setup.queue)
      var read: UInt32 = 0
      try unsafe withUnsafeMutableBytes(of: &read) { try unsafe other.read(buffer, into: $0) }
      #expect(read == round)
    }
  }
}

extension OpenCLDevice {
  /// The same device, as if one buffer held so many bytes only.
  fileprivate func limited(to bytes: Int) -> OpenCLDevice {
    OpenCLDevice(
      platform: platform, name: name, vendor: vendor, driver: driver, version: version, type: type,
      globalMemory: globalMemory, largestAllocation: bytes, localMemory: localMemory,
      computeUnits: computeUnits, largestGroup: largestGroup, extensions: extensions,
      hasHalf: hasHalf, hasDouble: hasDouble, subgroupSizes: subgroupSizes, id: id,
      library: library)
  }
}

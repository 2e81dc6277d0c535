import Sluice
import Testing

/// Networks that go through every stage, in every mode.
struct ModelRunTests {
  @Test("a GRU over sequences gives the same in stream and in sequence mode")
  func modesAgree() throws {
    let model = Model(graph: gruGraph())
    let x = wave([3, 5, 2])
    let stream = try model.run(["x": x], options: EngineOptions(backend: .reference))
    let sequence = try model.run(
      ["x": x], mode: .sequence, options: EngineOptions(backend: .reference))
    #expect((stream.mode, sequence.mode) == (.stream, .sequence))
    #expect(stream.outputs["y"]?.shape == [3, 5, 4])
    #expect(stream.outputs["y"] == sequence.outputs["y"])
    #expect(stream.newest("last") == sequence.outputs["last"])
    #expect(stream.modeReason == "the network can run frame by frame")
    #expect(stream.backend.backend == "reference")
  }

  @Test("a network that looks back from the end runs in sequence mode, with the reason")
  func notStreamable() throws {
    let model = Model(graph: gruGraph(direction: .reverse))
    let result = try model.run(["x": wave([2, 5, 2])])
    #expect(result.mode == .sequence)
    #expect(result.modeReason.contains("'gru'"), "\(result.modeReason)")
    #expect(result.outputs["y"]?.shape == [2, 5, 4])
    let error = #expect(throws: SluiceError.self) {
      try model.run(["x": wave([2, 5, 2])], mode: .stream)
    }
    #expect(error?.code == .notStreamable)
    let engineError = #expect(throws: SluiceError.self) { try Engine(model) }
    #expect(engineError?.code == .notStreamable)
  }

  @Test("calls along the leading axis are stacked in sequence mode too")
  func sequenceCalls() throws {
    let model = Model(graph: gruGraph(direction: .reverse))
    let x = wave([4, 2, 5, 2])
    let options = EngineOptions(backend: .reference)
    let whole = try model.run(["x": x], options: options)
    #expect(whole.outputs["y"]?.shape == [4, 2, 5, 4])
    #expect((whole.calls, whole.steps, whole.stepNanoseconds.count) == (4, 4, 4))
    let flat = try model.run(["x": x.reshaped([8, 5, 2])], options: options)
    #expect(flat.outputs["y"]?.elements == whole.outputs["y"]?.elements)
  }

  @Test("a network of one frame carries its states in both modes", arguments: [1, 3])
  func oneFrame(rows: Int) throws {
    let options = NetworkOptions(states: ["sum": "sum_out"])
    let model = TinyNetwork.runningSum.model(options: options)
    let x = wave([6, rows, 2])
    let h = wave([rows, 2])
    let stream = try model.run(["x": x, "sum": h], mode: .stream)
    let sequence = try model.run(["x": x, "sum": h], mode: .sequence)
    #expect(stream.outputs == sequence.outputs)
    #expect(stream.finalStates == sequence.finalStates)
    #expect(stream.results.names == ["y", "sum_out"])
    let fresh = try model.run(["x": x], mode: .sequence)
    #expect(try fresh.outputs == model.run(["x": x]).outputs, "states begin at zero")
  }

  @Test(
    "names that are missing or unknown are refused in both modes",
    arguments: [
      RunMode.stream, .sequence,
    ])
  func names(mode: RunMode) throws {
    let model = Model(graph: gruGraph())
    let missing = #expect(throws: SluiceError.self) { try model.run([:], mode: mode) }
    #expect(missing?.code == .inputRefused)
    #expect(missing?.message.contains("'x'") == true)
    let unknown = #expect(throws: SluiceError.self) {
      try model.run(["x": wave([1, 2, 2]), "z": wave([1])], mode: mode)
    }
    #expect(unknown?.code == .inputRefused)
    #expect(unknown?.message.contains("'z'") == true)
    let shape = #expect(throws: SluiceError.self) {
      try model.run(["x": wave([1, 2, 3])], mode: mode)
    }
    #expect(shape?.code == .inputRefused, "\(shape?.message ?? "")")
  }

  @Test(
    "an input that was bound agrees with every entry or the run is refused",
    arguments: [RunMode.stream, .sequence])
  func boundInputs(mode: RunMode) throws {
    let options = NetworkOptions(
      dimensions: ["half": 2], inputs: ["repeats": Tensor([Int64(1), 2])],
      states: ["h": "h_out"])
    let model = Model(graph: tiledGraph(), options: options)
    let repeats = Tensor([Int64(1), 2])
    let half = Tensor([Int64(2), 2, 2], shape: [3, 1])
    let result = try model.run(
      ["x": wave([3, 1, 2]), "h": wave([1, 4]), "repeats": repeats, "half": half], mode: mode)
    #expect(result.outputs["y"]?.shape == [3, 1, 4])
    for wrong in [Tensor([Int64(1), 3]), Tensor([Int64(1), 2, 1, 3], shape: [2, 2])] {
      expectError("inputRefused", "'repeats' was bound to another value and cannot change") {
        try model.run(["x": wave([3, 1, 2]), "h": wave([1, 4]), "repeats": wrong], mode: mode)
      }
    }
    expectError("inputRefused", "'half' was bound to another value and cannot change") {
      try model.run(
        ["x": wave([3, 1, 2]), "h": wave([1, 4]), "half": Tensor([Int64(3)])], mode: mode)
    }
  }

  @Test("an input that decides a shape comes from the first frame and holds")
  func decidingInput() throws {
    let options = NetworkOptions(states: ["h": "h_out"])
    let model = Model(graph: tiledGraph(), options: options)
    let inputs = [
      "x": wave([3, 1, 2]), "h": wave([1, 4]), "half": Tensor([Int64(2)]),
      "repeats": Tensor([Int64(1), 2, 1, 2, 1, 2], shape: [3, 2]),
    ]
    let result = try model.run(inputs, mode: .stream)
    #expect(result.outputs["y"]?.shape == [3, 1, 4])
    let bound = try model.bound(by: inputs)
    #expect(bound.options.inputs["repeats"] == Tensor([Int64(1), 2]))
    #expect(bound.digest != model.digest)
    var changing = inputs
    changing["repeats"] = Tensor([Int64(1), 2, 1, 3, 1, 2], shape: [3, 2])
    expectError(
      "inputRefused",
      "'repeats' decides a shape or a branch: it cannot change from frame to frame"
    ) { try model.run(changing, mode: .stream) }
  }

  /// `y = (x tiled by repeats + h) · half; h_out = x tiled + h` for frames `x [batch, 2]`.
  private func tiledGraph() -> Graph {
    var graph = Graph(name: "tiled")
    let x = graph.addInput("x", .float32, [.symbol("batch"), 2])
    let h = graph.addInput("h", .float32, [.symbol("batch"), 4])
    let repeats = graph.addInput("repeats", .int64, [2])
    let half = graph.addInput("half", .int64, [1])
    let tiled = graph.addNode(.tile, [x, repeats], name: "tile")
    let sum = graph.addNode(.binary(.add), [tiled, h], name: "add")
    let factor = graph.addNode(.cast(.float32), [half], name: "cast")
    graph.addOutput(graph.addNode(.binary(.mul), [sum, factor], name: "mul"), name: "y")
    graph.addOutput(sum, name: "h_out")
    return graph
  }

  @Test("dimensions that are neither stream nor time come from the first frame")
  func boundDimension() throws {
    let model = Model(graph: gruGraph(bands: .symbol("bands")))
    let error = #expect(throws: SluiceError.self) { try model.stepGraph() }
    #expect(error?.code == .unbound)
    let result = try model.run(["x": wave([3, 2, 7])], mode: .stream)
    #expect(result.outputs["y"]?.shape == [3, 2, 4])
    let bound = try model.bound(by: ["x": wave([1, 1, 7])])
    #expect(bound.options.dimensions == ["bands": 7])
    #expect(try bound.bound(by: [:]) === bound)
    let open = #expect(throws: SluiceError.self) { try model.bound(by: [:]) }
    #expect(open?.message == error?.message)
    let session = try Engine(bound).openSession()
    expectError(
      "frameRefused",
      "a frame of 'x' has the shape [1, 1, 7] or [1, 7] or [7]; found [8]"
    ) { try session.step(wave([8])) }
  }

  /// `x [batch, time, 2]` → GRU of 4 → `y [batch, time, 4]` and the last step's `last [batch, 4]`.
  /// With open `bands` instead of 2 there is a sum of them, twice, before the GRU.
  private func gruGraph(
    direction: Recurrence.Direction = .forward, bands: Dimension = 2
  ) -> Graph {
    var graph = Graph(name: "gru")
    var x = graph.addInput("x", .float32, [.symbol("batch"), .symbol("time"), bands])
    if bands.size == nil {
      let last = graph.addConstant(Tensor([Int64(2)]), name: "bands")
      let sum = graph.addNode(.reduce(Reduction(.sum)), [x, last], name: "sum")
      x = graph.addNode(.concat(axis: 2), [sum, sum], name: "twice")
    }
    let steps = graph.addNode(.transpose(permutation: [1, 0, 2]), [x], name: "steps")
    let gru = GRU(Recurrence(hiddenSize: 4, direction: direction), resetAfter: true)
    let output = graph.addValue("Y", ValueType(.float32, nil))
    let last = graph.addValue("Y_h", ValueType(.float32, nil))
    graph.nodes.append(
      Node(
        name: "gru", operator: .gru(gru),
        inputs: [
          steps, graph.addConstant(wave([1, 12, 2]), name: "W"),
          graph.addConstant(wave([1, 12, 4]), name: "U"),
        ], outputs: [output, last]))
    let one = graph.addConstant(Tensor([Int64(1)]), name: "one")
    let zero = graph.addConstant(Tensor([Int64(0)]), name: "zero")
    let flat = graph.addNode(.squeeze, [output, one], name: "flat")
    let y = graph.addNode(.transpose(permutation: [1, 0, 2]), [flat], name: "rows")
    graph.addOutput(y, name: "y")
    graph.addOutput(graph.addNode(.squeeze, [last, zero], name: "newest"), name: "last")
    return graph
  }

  /// Values between −1 and 1 that do not repeat soon.
  private func wave(_ shape: [Int]) -> Tensor {
    let count = shape.reduce(1, *)
    return Tensor((0..<count).map { Float(($0 * 37) % 101) / 50 - 1 }, shape: shape)
  }
}

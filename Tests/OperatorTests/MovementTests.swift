import SluiceBackends
import SluiceCPU
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

@Suite("Operators, movement and indexing")
struct MovementTests {
  /// One type of each element size.
  static let types: [ElementType] = [.uint8, .int16, .float32, .int64]

  static func integers(_ values: Int...) -> OperatorCase.Input {
    .known(Tensor(values.map { Int64($0) }))
  }

  @Test("Transposes of each element size and rank", arguments: types)
  func transpose(type: ElementType) throws {
    var random = SeededRandom(11)
    let cases: [([Int], [Int])] = [
      ([2, 3], []), ([2, 3, 4], [1, 0, 2]), ([2, 3, 4], [2, 0, 1]), ([2, 3, 4, 5], [0, 2, 1, 3]),
      ([2, 3, 4, 5], [3, 1, 0, 2]), ([0, 3], [1, 0]), ([], []),
      ([2, 1, 3, 1, 2], [4, 3, 2, 1, 0]),
    ]
    for (shape, permutation) in cases {
      let x = random.integers(type, shape, in: 0..<100)
      try OperatorCase(op: .transpose(permutation: permutation), inputs: [.fed(x)]).check()
    }
  }

  @Test("Slices forward, backward, empty and clamped")
  func slice() throws {
    var random = SeededRandom(12)
    let x = random.floats([4, 5, 6])
    let cases: [([Int], [Int], [Int], [Int])] = [
      ([1], [3], [0], [1]), ([-1], [-100], [1], [-1]), ([0, 1], [4, 100], [0, 2], [2, 3]),
      ([3], [1], [1], [1]), ([4], [0], [2], [-2]), ([-3], [Int.max], [-1], [1]),
      ([0, 0, 0], [2, 2, 2], [2, 1, 0], [1, 1, 1]),
    ]
    for (starts, ends, axes, steps) in cases {
      let lists = [starts, ends, axes, steps].map { list in
        OperatorCase.Input.known(Tensor(list.map { Int64($0) }))
      }
      try OperatorCase(op: .slice, inputs: [.fed(x)] + lists).check()
    }
  }

  @Test("Concats and splits along each axis, parts without a reader included", arguments: types)
  func concatAndSplit(type: ElementType) throws {
    var random = SeededRandom(13)
    for axis in -3..<3 {
      let resolved = axis < 0 ? axis + 3 : axis
      let parts = [1, 0, 3].map { size in
        var shape = [2, 4, 3]
        shape[resolved] = size
        return random.integers(type, shape, in: 0..<100)
      }
      try OperatorCase(op: .concat(axis: axis), inputs: parts.map { .fed($0) }).check()
      let x = random.integers(type, [5, 5, 5], in: 0..<100)
      for unused in [Set<Int>(), [0], [1, 2]] {
        try OperatorCase(
          op: .split(axis: axis), inputs: [.fed(x)], outputCount: 3, unused: unused
        ).check()
        try OperatorCase(
          op: .split(axis: axis), inputs: [.fed(x), Self.integers(1, 0, 4)], outputCount: 3,
          unused: unused
        ).check()
      }
    }
  }

  @Test("Expand and tile repeat axes", arguments: types)
  func repeats(type: ElementType) throws {
    var random = SeededRandom(14)
    let x = random.integers(type, [2, 1, 3], in: 0..<100)
    try OperatorCase(op: .expand, inputs: [.fed(x), Self.integers(4, 2, 5, 3)]).check()
    try OperatorCase(op: .expand, inputs: [.fed(x), Self.integers(1)]).check()
    try OperatorCase(op: .expand, inputs: [.fed(x), Self.integers(2, 0, 3)]).check()
    try OperatorCase(op: .tile, inputs: [.fed(x), Self.integers(2, 3, 2)]).check()
    try OperatorCase(op: .tile, inputs: [.fed(x), Self.integers(1, 0, 2)]).check()
  }

  @Test("Pads of every mode, larger than the axis, negative, with a fill fed at run time")
  func pad() throws {
    var random = SeededRandom(15)
    let x = random.floats([2, 3, 4])
    let pads = [[1, 2, 0, 0, 1, 3], [0, 0, 9, 0, 0, 7], [0, -1, 1, 0, -1, -2]]
    for mode in [PadMode.constant, .reflect, .edge, .wrap] {
      for pad in pads {
        let list = OperatorCase.Input.known(Tensor(pad.map { Int64($0) }))
        try OperatorCase(op: .pad(mode), inputs: [.fed(x), list]).check()
        guard mode == .constant else { continue }
        try OperatorCase(
          op: .pad(mode), inputs: [.fed(x), list, .fed(Tensor(scalar: Float(7)))]
        ).check()
      }
      try OperatorCase(
        op: .pad(mode), inputs: [.fed(x), Self.integers(2, 1), .absent, Self.integers(-1)]
      ).check()
    }
  }

  @Test("Gather, gather elements and scatter with indices from both ends", arguments: types)
  func indexing(type: ElementType) throws {
    var random = SeededRandom(16)
    let x = random.integers(type, [3, 4, 2], in: 0..<100)
    for indexType in [ElementType.int32, .int64] {
      for axis in -3..<3 {
        let size = x.shape[axis < 0 ? axis + 3 : axis]
        for shape in [[], [5], [2, 3], [0]] {
          let indices = random.integers(indexType, shape, in: -size..<size)
          try OperatorCase(op: .gather(axis: axis), inputs: [.fed(x), .fed(indices)]).check()
        }
        let elements = random.integers(indexType, [2, 2, 2], in: -2..<2)
        try OperatorCase(op: .gatherElements(axis: axis), inputs: [.fed(x), .fed(elements)])
          .check()
      }
    }
    for reduction in [ScatterReduction.none, .add, .mul, .max, .min] {
      for depth in 1...3 {
        let indices = random.integers(.int64, [5, depth], in: -2..<2)
        let updates = random.integers(type, [5] + x.shape[depth...], in: 0..<9)
        try OperatorCase(
          op: .scatterND(reduction), inputs: [.fed(x), .fed(indices), .fed(updates)]
        ).check()
      }
    }
  }

  @Test("An index out of range is refused with the operation's name and leaves the states")
  func outOfRange() throws {
    var graph = Graph(name: "refused")
    let table = graph.addConstant(Tensor([Float(1), 2, 3]), name: "table")
    let index = graph.addInput("index", .int64, [1])
    let past = graph.addValue("past", ValueType(.float32, [1]))
    let sum = graph.addNode(
      .binary(.add), [past, past], name: "sum", type: ValueType(.float32, [1]))
    let y = graph.addNode(
      .gather(axis: 0), [table, index], name: "look", type: ValueType(.float32, [1]))
    graph.addOutput(y, name: "y")
    let state = StateVariable(
      name: "past", input: past, output: sum, initial: Tensor([Float(1)]))
    let plan = try Plan(Program(graph: graph, states: [state]), fusion: .full)
    let executable = try CPUBackend().prepare(plan, options: ExecutableOptions(slots: 2))
    for (slot, value) in [Int64(-3), 3].enumerated() {
      unsafe Tensor([value]).withUnsafeBytes {
        unsafe executable.write(input: 0, slot: slot, from: $0)
      }
    }
    try executable.step([0])
    #expect(executable.output(0, slot: 0) == Tensor([Float(1)]))
    let error = #expect(throws: BackendError.self) { try executable.step([0, 1]) }
    #expect(error?.message == "look: an index is out of range")
    #expect(error?.code == .invalidValue)
    #expect(try executable.state(0, slot: 0) == Tensor([Float(2)]))
    #expect(try executable.state(0, slot: 1) == Tensor([Float(1)]))
    #expect(executable.stepCount(slot: 0) == 1)
  }

  @Test("Resizing in every mode and coordinate system, antialiased too")
  func resize() throws {
    var random = SeededRandom(17)
    let x = random.floats([1, 2, 5, 7])
    let coordinates: [Resize.Coordinates] = [
      .halfPixel, .halfPixelSymmetric, .pytorchHalfPixel, .alignCorners, .asymmetric,
      .tfCropAndResize,
    ]
    for mode in [Resize.Mode.nearest, .linear, .cubic] {
      for coordinate in coordinates {
        for sizes in [[1, 2, 8, 3], [1, 2, 3, 14], [1, 2, 5, 7]] {
          var resize = Resize()
          (resize.mode, resize.coordinates) = (mode, coordinate)
          resize.antialias = mode != .nearest && sizes[2] == 3
          resize.excludeOutside = mode == .cubic && sizes[2] == 8
          resize.extrapolationValue = 3
          let region: [Float] = [0, 0, -0.2, 0.1, 1, 1, 1.3, 0.8]
          try OperatorCase(
            op: .resize(resize),
            inputs: [
              .fed(x), .known(Tensor(region)), .absent, .known(Tensor(sizes.map { Int64($0) })),
            ]
          ).check(tolerance: 2e-6)
        }
      }
    }
  }

  @Test("Reshapes are copies without fusion, aliases with it, and equal")
  func reshapes() throws {
    var random = SeededRandom(18)
    let x = random.floats([2, 1, 6])
    let reshaped = OperatorCase(
      op: .reshape(allowZero: false), inputs: [.fed(x), Self.integers(3, -1)])
    #expect(try reshaped.run(CPUBackend(), .none).outputs == [x.reshaped([3, 4])])
    #expect(try reshaped.run(CPUBackend(), .full).outputs == [x.reshaped([3, 4])])
    try OperatorCase(op: .shape(start: 0, end: nil), inputs: [.fed(x)]).check()
    try OperatorCase(op: .size, inputs: [.fed(x)]).check()
    try OperatorCase(
      op: .constantOfShape(Tensor([Float(2.5)])), inputs: [Self.integers(2, 3)]
    ).check()
  }
}

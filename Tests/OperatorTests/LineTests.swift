import SluiceBackends
import SluiceCPU
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

@Suite("Operators, reductions, order and normalisation")
struct LineTests {
  @Test("Reductions over each set of axes, empty ones included", arguments: Reduction.Kind.allCases)
  func reduce(kind: Reduction.Kind) throws {
    var random = SeededRandom(21)
    let sets: [[Int]?] = [
      nil, [], [0], [1], [-1], [0, 2], [1, 2], [0, 1, 2, 3], [1, 3], [2],
    ]
    for axes in sets {
      let list = axes.map { OperatorCase.Input.known(Tensor($0.map { Int64($0) })) } ?? .absent
      for keep in [true, false] {
        for noop in [true, false] {
          let op = Operator.reduce(
            Reduction(kind, keepDimensions: keep, noopWithEmptyAxes: noop))
          try OperatorCase(op: op, inputs: [.fed(random.floats([2, 3, 4, 5])), list]).check()
        }
      }
    }
    let last = OperatorCase.Input.known(Tensor([Int64(1)]))
    if kind != .max && kind != .min {
      try OperatorCase(
        op: .reduce(Reduction(kind)), inputs: [.fed(random.floats([3, 0])), last]
      ).check()
    }
    let nan = Tensor([Float(1), .nan, 2, 3, -.infinity, 5], shape: [2, 3])
    try OperatorCase(op: .reduce(Reduction(kind)), inputs: [.fed(nan), last]).check()
  }

  @Test(
    "Reductions of integers and booleans",
    arguments: ElementType.allCases.filter { !$0.isFloatingPoint })
  func reduceIntegers(type: ElementType) throws {
    var random = SeededRandom(22)
    let x = random.integers(type, [3, 5], in: -200..<200)
    let last = OperatorCase.Input.known(Tensor([Int64(1)]))
    for kind in Reduction.Kind.allCases where kind != .l2 {
      guard type != .bool || kind == .max || kind == .min else { continue }
      try OperatorCase(op: .reduce(Reduction(kind)), inputs: [.fed(x), last]).check()
    }
  }

  @Test(
    "argMax, topK and cumulative sums along each axis",
    arguments: [ElementType.float32, .int64, .int32, .uint8, .float64])
  func order(type: ElementType) throws {
    var random = SeededRandom(23)
    let x = random.integers(type, [3, 6, 2], in: 0..<5)
    for axis in -3..<3 {
      for flag in [true, false] {
        try OperatorCase(
          op: .argMax(axis: axis, keepDimensions: flag, selectLastIndex: !flag), inputs: [.fed(x)]
        ).check()
        let size = x.shape[axis < 0 ? axis + 3 : axis]
        for k in [0, 1, size] {
          for unused in [Set<Int>(), [0], [1]] {
            try OperatorCase(
              op: .topK(axis: axis, largest: flag, sorted: true),
              inputs: [.fed(x), .known(Tensor([Int64(k)]))], outputCount: 2, unused: unused
            ).check()
          }
        }
        for reverse in [true, false] where type != .uint8 {
          try OperatorCase(
            op: .cumSum(exclusive: flag, reverse: reverse),
            inputs: [.fed(x), .known(Tensor(scalar: Int64(axis)))]
          ).check()
        }
      }
    }
  }

  @Test("NaN is the greatest for argMax and topK")
  func nanOrder() throws {
    let x = Tensor([Float(1), .nan, 3, -.infinity, .nan, .infinity])
    try OperatorCase(
      op: .argMax(axis: 0, keepDimensions: true, selectLastIndex: false), inputs: [.fed(x)]
    ).check()
    for largest in [true, false] {
      try OperatorCase(
        op: .topK(axis: 0, largest: largest, sorted: true),
        inputs: [.fed(x), .known(Tensor([Int64(6)]))], outputCount: 2
      ).check()
    }
  }

  @Test("Layer, instance, group and batch normalisation")
  func normalization() throws {
    var random = SeededRandom(24)
    let x = random.floats([2, 6, 3, 5])
    for axis in [-4, -2, -1, 1, 3] {
      let normalized = Array(x.shape[(axis < 0 ? axis + 4 : axis)...])
      let scale = OperatorCase.Input.known(random.floats(normalized))
      let bias = OperatorCase.Input.known(random.floats(normalized))
      for inputs in [[.fed(x), scale], [.fed(x), scale, bias]] {
        for unused in [Set<Int>(), [1, 2], [0]] {
          try OperatorCase(
            op: .layerNormalization(axis: axis, epsilon: 1e-5), inputs: inputs, outputCount: 3,
            unused: unused
          ).check()
        }
      }
    }
    let channel = (0..<4).map { _ in OperatorCase.Input.fed(random.floats([6])) }
    let variance = OperatorCase.Input.fed(Tensor([Float(0.1), 0.2, 1, 2, 3, 4]))
    try OperatorCase(
      op: .batchNormalization(epsilon: 1e-3), inputs: [.fed(x)] + channel[0..<3] + [variance]
    ).check(tolerance: 1e-5)
    try OperatorCase(
      op: .instanceNormalization(epsilon: 1e-3), inputs: [.fed(x)] + channel[0..<2]
    ).check()
    for groups in [1, 2, 3, 6] {
      try OperatorCase(
        op: .groupNormalization(groups: groups, epsilon: 1e-3, perGroup: false),
        inputs: [.fed(x)] + channel[0..<2]
      ).check()
      let perGroup = (0..<2).map { _ in OperatorCase.Input.fed(random.floats([groups])) }
      try OperatorCase(
        op: .groupNormalization(groups: groups, epsilon: 1e-3, perGroup: true),
        inputs: [.fed(x)] + perGroup
      ).check()
    }
  }

  @Test(
    "Global pools over one to three spatial axes",
    arguments: [[2, 3, 4], [2, 3, 4, 5], [1, 2, 3, 4, 2]])
  func globalPools(shape: [Int]) throws {
    var random = SeededRandom(25)
    try OperatorCase(op: .globalAveragePool, inputs: [.fed(random.floats(shape))]).check()
    try OperatorCase(op: .globalMaxPool, inputs: [.fed(random.floats(shape))]).check()
  }
}

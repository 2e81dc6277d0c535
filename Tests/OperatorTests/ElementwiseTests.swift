import SluiceBackends
import SluiceCPU
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

@Suite("Operators, element by element")
struct ElementwiseTests {
  static let unary: [UnaryOperator] = [
    .relu, .sigmoid, .tanh, .softplus, .softsign, .erf, .mish, .hardSwish, .leakyRelu(alpha: 0.1),
    .elu(alpha: 1.5), .selu(alpha: 1.6, gamma: 1.05), .celu(alpha: 0.7),
    .hardSigmoid(alpha: 0.3, beta: 0.4), .thresholdedRelu(alpha: 0.5), .gelu(tanh: false),
    .gelu(tanh: true), .sqrt, .exp, .log, .abs, .neg, .sign, .reciprocal, .floor, .ceil, .round,
    .sin, .cos, .atan,
  ]

  @Test("Every unary operator on floats, NaN, infinities and zeros included", arguments: unary)
  func unaryFloats(op: UnaryOperator) throws {
    var random = SeededRandom(1)
    var values = try #require(random.floats([61]).array(of: Float.self))
    values += [0, -0.0, 0.5, 1.5, 2.5, -0.5, -1.5, 20, -20, 100, -100, .infinity, -.infinity, .nan]
    try OperatorCase(op: .unary(op), inputs: [.fed(Tensor(values))]).check()
    try OperatorCase(op: .unary(op), inputs: [.fed(Tensor([Float](), shape: [3, 0]))]).check()
    try OperatorCase(op: .unary(op), inputs: [.fed(Tensor(scalar: Float(0.3)))]).check()
  }

  @Test(
    "Integers keep relu, abs, neg and sign, the least one included",
    arguments: ElementType.allCases.filter(\.isInteger))
  func unaryIntegers(type: ElementType) throws {
    let x = Tensor([Int64(0), 1, -1, 5, -128, -32768, -1 << 31, .min]).converted(to: type)
    for op in [UnaryOperator.relu, .abs, .neg, .sign] {
      try OperatorCase(op: .unary(op), inputs: [.fed(x)]).check()
    }
  }

  @Test("Booleans: not, and, or, equal")
  func booleans() throws {
    let (a, b) = (Tensor([false, true, false, true]), Tensor([false, false, true, true]))
    try OperatorCase(op: .unary(.not), inputs: [.fed(a)]).check()
    for op in [BinaryOperator.and, .or, .equal] {
      try OperatorCase(op: .binary(op), inputs: [.fed(a), .fed(b)]).check()
    }
  }

  static let shapes: [([Int], [Int])] = [
    ([], []), ([5], []), ([], [5]), ([2, 3], [3]), ([2, 3], [2, 1]), ([2, 1, 4], [3, 1]),
    ([1, 3, 1, 2], [2, 1, 4, 1]), ([0, 3], [3]), ([2, 0], [1]), ([4, 1], [1, 5]),
    ([2, 3, 4, 5], [3, 1, 5]), ([7], [7]),
    ([2, 1, 2, 1, 2, 1, 2, 1, 2], [1, 2, 1, 2, 1, 2, 1, 2, 1]),
  ]

  @Test("Binary operators broadcast floats", arguments: BinaryOperator.allCases)
  func binaryFloats(op: BinaryOperator) throws {
    guard op != .and, op != .or else { return }
    var random = SeededRandom(2)
    for (a, b) in Self.shapes {
      let tensors = [random.floats(a), random.floats(b)]
      let merges = a.count < 9
      try OperatorCase(op: .binary(op), inputs: tensors.map { .fed($0) })
        .check(tolerance: 1e-5, isNative: merges)
    }
    let special = Tensor([Float.nan, 1, .infinity, -.infinity, 0, -0.0, 2, -3])
    let other = Tensor([Float(1), .nan, .infinity, 2, -0.0, 0, 0.5, -2])
    try OperatorCase(op: .binary(op), inputs: [.fed(special), .fed(other)]).check()
  }

  @Test(
    "Binary operators on every integer type wrap around and cut toward zero",
    arguments: ElementType.allCases.filter(\.isInteger))
  func binaryIntegers(type: ElementType) throws {
    var random = SeededRandom(3)
    let a = random.integers(type, [3, 4], in: -1000..<1000)
    let b = random.integers(type, [4], in: 1..<9)
    for op in BinaryOperator.allCases where op != .and && op != .or && op != .pow {
      try OperatorCase(op: .binary(op), inputs: [.fed(a), .fed(b)]).check()
    }
    let least = Tensor([Int64(-128), -32768, -1 << 31, .min]).converted(to: type)
    let minusOne = Tensor(repeating: Int64(-1), shape: [4]).converted(to: type)
    for op in [BinaryOperator.div, .mul, .add, .sub] where type.rawValue.hasPrefix("int") {
      try OperatorCase(op: .binary(op), inputs: [.fed(least), .fed(minusOne)]).check()
    }
  }

  @Test("Mixed powers, and types without a kernel, run on the reference")
  func rareTypes() throws {
    let x = Tensor([Float(1), 2, 3])
    let mixed = OperatorCase(
      op: .binary(.pow), inputs: [.fed(x), .fed(Tensor([Int64(2), 3, -1]))])
    try mixed.check(isNative: false)
    #expect(
      try mixed.run(CPUBackend(), .full).listing == [
        "0 node pow: float32[3], int64[3] -> float32[3]; "
          + "reference: no kernel for float32 with int64"
      ])
    let doubles = Tensor([1.5, -2, 1e300])
    try OperatorCase(op: .unary(.tanh), inputs: [.fed(doubles)]).check(isNative: false)
  }

  @Test("Variadic operators of one to four inputs", arguments: VariadicOperator.allCases)
  func variadic(op: VariadicOperator) throws {
    var random = SeededRandom(4)
    let shapes = [[2, 1, 4], [3, 1], [4], [1, 3, 4]]
    for count in 1...4 {
      let inputs = shapes.prefix(count).map { OperatorCase.Input.fed(random.floats($0)) }
      try OperatorCase(op: .variadic(op), inputs: inputs).check()
    }
    let nan = Tensor([Float.nan, 1, 2])
    let inputs: [OperatorCase.Input] = [.fed(nan), .fed(Tensor([Float(0), .nan, 1]))]
    try OperatorCase(op: .variadic(op), inputs: inputs).check()
    guard op != .mean else { return }
    let integers = (0..<3).map { _ in
      OperatorCase.Input.fed(random.integers(.int32, [5], in: -9..<9))
    }
    try OperatorCase(op: .variadic(op), inputs: integers).check()
  }

  @Test("Clip with each limit present or absent, crossed limits and NaN")
  func clip() throws {
    let x = Tensor([Float(-3), -1, 0, 1, 3, .nan, .infinity])
    let (low, high) = (Tensor(scalar: Float(-1)), Tensor(scalar: Float(2)))
    for minimum in [OperatorCase.Input.absent, .fed(low), .known(high)] {
      for maximum in [OperatorCase.Input.absent, .fed(high), .known(low)] {
        try OperatorCase(op: .clip, inputs: [.fed(x), minimum, maximum]).check()
      }
    }
    let integers = Tensor([Int64(-3), 0, 9]).converted(to: .int8)
    try OperatorCase(
      op: .clip, inputs: [.fed(integers), .absent, .fed(Tensor(scalar: Int8(4)))]
    ).check()
  }

  @Test("Where and prelu broadcast", arguments: [ElementType.float32, .int64, .int16, .uint8])
  func choice(type: ElementType) throws {
    var random = SeededRandom(5)
    let condition = random.integers(.bool, [3, 1], in: 0..<2)
    let a = random.integers(type, [2, 1, 4], in: 0..<99)
    let b = random.integers(type, [3, 4], in: 0..<99)
    try OperatorCase(op: .where, inputs: [.fed(condition), .fed(a), .fed(b)]).check()
    let x = random.integers(type, [2, 3, 4], in: -9..<9)
    let slope = random.integers(type, [3, 1], in: 0..<3)
    try OperatorCase(op: .prelu, inputs: [.fed(x), .fed(slope)]).check()
  }

  @Test("Cast from every type to every type", arguments: ElementType.allCases)
  func cast(from: ElementType) throws {
    let x = Tensor([
      0, 1, -1, 0.5, -0.5, 1.9, -1.9, 127, 128, 255, 256, -129, 32767, 65536, 3e9, -3e9, 1e19,
      -1e19,
      1e25, .nan, .infinity, -.infinity, 9_007_199_254_740_992,
    ]).converted(to: from)
    for target in ElementType.allCases where target != from {
      try OperatorCase(op: .cast(target), inputs: [.fed(x)]).check()
    }
  }

  @Test("Softmax and its logarithm over each axis, infinities included")
  func softmax() throws {
    var random = SeededRandom(6)
    let x = random.floats([3, 4, 5])
    for axis in [-3, -2, -1, 0, 1, 2] {
      try OperatorCase(op: .softmax(axis: axis), inputs: [.fed(x)]).check()
      try OperatorCase(op: .logSoftmax(axis: axis), inputs: [.fed(x)]).check()
    }
    let special = Tensor([1000, 999, -1000, -Float.infinity, 0, .nan, 1, 2], shape: [2, 4])
    try OperatorCase(op: .softmax(axis: 1), inputs: [.fed(special)]).check()
    try OperatorCase(op: .softmax(axis: 0), inputs: [.fed(random.floats([0, 2]))]).check()
  }

  @Test("Quantisation per tensor, per axis and in blocks")
  func quantization() throws {
    var random = SeededRandom(7)
    let x = random.floats([3, 6, 2])
    let scales = { (shape: [Int]) -> Tensor in
      Tensor((0..<shape.reduce(1, *)).map { 0.01 * Float($0 + 1) }, shape: shape)
    }
    let forms: [(Quantization, [Int])] = [
      (Quantization(), []), (Quantization(axis: 1), [6]), (Quantization(axis: -3), [3]),
      (Quantization(axis: 1, blockSize: 4), [3, 2, 2]),
    ]
    for (form, shape) in forms {
      for type in [ElementType.int8, .uint8, .int16, .uint16] {
        let zero = random.integers(type, shape, in: 0..<9)
        try OperatorCase(
          op: .quantizeLinear(form, type: type),
          inputs: [.fed(x), .known(scales(shape)), .known(zero)]
        ).check()
        let levels = random.integers(type, [3, 6, 2], in: 0..<100)
        try OperatorCase(
          op: .dequantizeLinear(form), inputs: [.fed(levels), .known(scales(shape)), .known(zero)]
        ).check()
      }
    }
    let sums = random.integers(.int32, [4], in: -100_000..<100_000)
    try OperatorCase(
      op: .dequantizeLinear(Quantization()),
      inputs: [.fed(sums), .fed(Tensor(scalar: Float(0.1)))]
    ).check()
  }
}

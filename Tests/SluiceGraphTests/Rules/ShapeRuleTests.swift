import SluiceGraph
import Testing

@Suite struct `Shape rules of shapes, resampling, quantisation and branches` {
  static func resize(_ change: (inout Resize) -> Void = { _ in }) -> Operator {
    var resize = Resize()
    change(&resize)
    return .resize(resize)
  }

  static func range(_ start: Int64, _ limit: Int64, _ delta: Int64) -> [Int: Tensor] {
    [0: scalar(start), 1: scalar(limit), 2: scalar(delta)]
  }

  static let three = ["int64[]", "int64[]", "int64[]"]
  static let floats = ["float32[]", "float32[]", "float32[]"]

  static let shapes: [RuleCase] = [
    .gives(.shape(start: 0, end: nil), ["float32[a, 3]"], [:], "int64[2]"),
    .gives(.shape(start: -1, end: nil), ["float32[a, 3]"], [:], "int64[1]"),
    .gives(.shape(start: 5, end: -9), ["float32[a, 3]"], [:], "int64[0]"),
    .gives(.size, ["float32[a, 3]"], [:], "int64[]"),
    .gives(.range, three, range(2, 9, 3), "int64[3]"),
    .gives(.range, three, range(9, 2, -3), "int64[3]"),
    .gives(.range, three, range(9, 2, 3), "int64[0]"),
    .gives(.range, three, [:], "int64[?]"),
    .fails(.range, three, range(0, 1, 0), "expected a delta other than 0, found 0"),
    .fails(
      .range, three, range(.min, .max, 1),
      "size 9223372036854775807 - -9223372036854775808 is beyond 2^63"),
    .fails(
      .range, floats,
      [
        0: Tensor(scalar: Float(0)), 1: Tensor(scalar: Float.infinity), 2: Tensor(scalar: Float(1)),
      ],
      "expected a finite range, found 0.0 to inf by 1.0"),
    .gives(
      .constantOfShape(Tensor([Float(1)])), ["int64[2]"], [0: vector(2, 3)], "float32[2, 3]"),
    .gives(.constantOfShape(Tensor([true])), ["int64[2]"], [:], "bool[?, ?]"),
    .fails(
      .constantOfShape(Tensor([Float(1)])), ["int64[2]"], [0: vector(2, -3)],
      "input 0: expected sizes of at least 0, found -3"),
    .fails(
      .constantOfShape(Tensor([Float(1)])), ["int64[2]"], [0: vector(1 << 40, 1 << 40)],
      "shape [1099511627776, 1099511627776] has more than 2^63 elements"),
  ]

  static let resizes: [RuleCase] = [
    .gives(
      resize(), ["float32[1, 2, 10]", nil, "float32[3]"], [2: Tensor([Float(1), 1, 0.7])],
      "float32[1, 2, 7]"),
    .gives(
      resize(), ["float32[n, 2, t]", nil, "float32[3]"], [2: Tensor([Float(1), 1, 2])],
      "float32[n, 2, t*2]"),
    .gives(
      resize { $0.axes = [2] }, ["float32[1, 2, 10]", nil, nil, "int64[1]"], [3: vector(4)],
      "float32[1, 2, 4]"),
    .gives(
      resize {
        $0.aspectRatio = .notLarger
        $0.axes = [1, 2]
      }, ["float32[1, 4, 10]", nil, "float32[0]", "int64[2]"],
      [2: Tensor([Float]()), 3: vector(8, 12)], "float32[1, 5, 12]"),
    .gives(resize(), ["float32[1, t]", nil, nil, "int64[2]"], [:], "float32[?, ?]"),
    .fails(
      resize(), ["float32[1, 2]", nil, "float32[2]"], [2: Tensor([Float(1), 0])],
      "expected a scale above 0, found 0.0"),
    .fails(
      resize(), ["float32[1, 2]"], [:], "expected either scales or sizes, found 0 and 0"),
    .fails(
      resize(), ["float32[1, 2]", nil, "float32[2]"], [2: Tensor([Float(1), 1e30])],
      "a resized axis would have 2e+30 elements"),
  ]

  static let quantization: [RuleCase] = [
    .gives(
      .quantizeLinear(Quantization(), type: .int8), ["float32[n, 4]", "float32[]", "int8[]"], [:],
      "int8[n, 4]"),
    .gives(
      .dequantizeLinear(Quantization(axis: 0)), ["int8[4, n]", "float32[4]", "int8[4]"], [:],
      "float32[4, n]"),
    .gives(
      .dequantizeLinear(Quantization(axis: 1, blockSize: 2)), ["int8[4, 5]", "float32[4, 3]"], [:],
      "float32[4, 5]"),
    .fails(
      .dequantizeLinear(Quantization(axis: 0)), ["int8[4, n]", "float32[5]"], [:],
      "input 1 (scale): expected shape [4], found [5]"),
    .fails(
      .dequantizeLinear(Quantization(axis: 0)), ["int8[4, n]", "float32[4]", "uint8[4]"], [:],
      "input 2: expected int8, found uint8"),
    .fails(
      .quantizeLinear(Quantization(), type: .bool), ["float32[n, 4]", "float32[]"], [:],
      "quantised type bool is not offered"),
  ]

  static func branch(_ op: Operator, constants: [Tensor] = []) -> Branch {
    var graph = Graph(name: "branch")
    let input = graph.addInput("inner", .float32, nil)
    let others = constants.enumerated().map { graph.addConstant($1, name: "c\($0)") }
    graph.addOutput(graph.addNode(op, [input] + others, name: "only"))
    return Branch(Subgraph(graph: graph, captures: [ValueID(1)]))
  }

  static let branches: [RuleCase] = [
    .gives(
      .if(then: branch(.unary(.relu)), else: branch(.unary(.tanh))),
      ["bool[]", "float32[a, 3]", "float32[a, 3]"], [:], "float32[a, 3]"),
    .gives(
      .if(then: branch(.unary(.relu)), else: branch(.unsqueeze, constants: [vector(0)])),
      ["bool[1]", "float32[a, 3]", "float32[a, 3]"], [:], "float32[?]"),
    .gives(
      .if(then: branch(.unary(.relu)), else: branch(.tile, constants: [vector(2, 1)])),
      ["bool[1]", "float32[a, 3]", "float32[a, 3]"], [:], "float32[?, 3]"),
    .fails(
      .if(then: branch(.unary(.relu)), else: branch(.cast(.int64))),
      ["bool[]", "float32[a]", "float32[a]"], [:],
      "expected branches that give one type, found float32[a] and int64[a]"),
    .fails(
      .if(then: branch(.unary(.relu)), else: branch(.softmax(axis: 4))),
      ["bool[]", "float32[a]", "float32[a]"], [:],
      "node 'only' (softmax): axis 4 is outside a shape of rank 1"),
    .fails(
      .if(then: branch(.unary(.relu)), else: branch(.unary(.tanh))),
      ["bool[2]", "float32[a]", "float32[a]"], [:],
      "input 0: expected one condition, found 2"),
  ]

  @Test(arguments: shapes + resizes + quantization + branches)
  func `Their types follow from their inputs`(ruleCase: RuleCase) throws {
    try ruleCase.check()
  }
}

import SluiceGraph
import Testing

@Suite struct `Shape rules of element-wise operators, norms and reductions` {
  static let elementwise: [RuleCase] = [
    .gives(.unary(.relu), ["float32[a, 3]"], [:], "float32[a, 3]"),
    .gives(.unary(.neg), ["int8[?]"], [:], "int8[?]"),
    .fails(
      .unary(.sqrt), ["int64[3]"], [:], "input 0: expected a floating-point type, found int64"),
    .fails(.unary(.not), ["float32[3]"], [:], "input 0: expected bool, found float32"),
    .gives(.binary(.add), ["float32[a, 1, 3]", "float32[4, 3]"], [:], "float32[a, 4, 3]"),
    .gives(.binary(.add), ["float32[a, 3]", "float32[b, 3]"], [:], "float32[?, 3]"),
    .gives(.binary(.add), ["float32[a, 3]", "float32[a, 3]"], [:], "float32[a, 3]"),
    .gives(.binary(.less), ["float32[a, 3]", "float32[]"], [:], "bool[a, 3]"),
    .gives(.binary(.pow), ["float32[3]", "int64[]"], [:], "float32[3]"),
    .gives(.binary(.equal), ["bool[3]", "bool[3]"], [:], "bool[3]"),
    .fails(
      .binary(.mul), ["float32[2, 3]", "float32[2, 4]"], [:],
      "shapes [2, 3] and [2, 4] do not broadcast: 3 meets 4"),
    .fails(
      .binary(.mul), ["float32[3]", "int64[3]"], [:],
      "input 1: expected float32 like input 0, found int64"),
    .fails(.binary(.and), ["int64[3]", "int64[3]"], [:], "input 0: expected bool, found int64"),
    .fails(.binary(.add), ["float32[3]"], [:], "expected 2 inputs, found 1"),
    .gives(
      .variadic(.mean), ["float32[3]", "float32[2, 1]", "float32[]"], [:], "float32[2, 3]"),
    .fails(.variadic(.sum), [], [:], "expected at least 1 input, found 0"),
    .gives(.prelu, ["float32[n, 4, 5]", "float32[4, 1]"], [:], "float32[n, 4, 5]"),
    .fails(
      .prelu, ["float32[4, 5]", "float32[2, 4, 5]"], [:],
      "input 1 (slope): expected a shape that broadcasts to [4, 5], found [2, 4, 5]"),
    .gives(.clip, ["float32[n]", nil, "float32[]"], [:], "float32[n]"),
    .fails(
      .clip, ["float32[n]", "float32[2]"], [:],
      "input 1 (minimum): expected one element, found 2"),
    .gives(.where, ["bool[a, 1]", "float32[3]", "float32[]"], [:], "float32[a, 3]"),
    .fails(
      .where, ["int64[1]", "float32[3]", "float32[]"], [:], "input 0: expected bool, found int64"),
    .gives(.softmax(axis: -1), ["float32[a, 3]"], [:], "float32[a, 3]"),
    .fails(
      .logSoftmax(axis: 2), ["float32[a, 3]"], [:], "axis 2 is outside a shape of rank 2"),
    .gives(.cast(.int64), ["float32[a]"], [:], "int64[a]"),
    .gives(.identity, ["bool[a]"], [:], "bool[a]"),
  ]

  static let norms: [RuleCase] = [
    .gives(
      .batchNormalization(epsilon: 1e-5),
      ["float32[n, 4, t]", "float32[4]", "float32[4]", "float32[4]", "float32[4]"], [:],
      "float32[n, 4, t]"),
    .fails(
      .batchNormalization(epsilon: 1e-5),
      ["float32[n, 4, t]", "float32[4]", "float32[4]", "float32[5]", "float32[4]"], [:],
      "input 3 (mean): expected shape [4], found [5]"),
    .gives(
      .layerNormalization(axis: -1, epsilon: 1e-5), ["float32[n, t, 4]", "float32[4]"], [:],
      "float32[n, t, 4]", "float32[n, t, 1]", "float32[n, t, 1]"),
    .fails(
      .layerNormalization(axis: -1, epsilon: 1e-5), ["float32[n, t, 4]", "float32[5]"], [:],
      "input 1 (scale): expected a shape that broadcasts to [4], found [5]"),
    .gives(
      .instanceNormalization(epsilon: 1e-5), ["float32[n, 4, t]", "float32[4]", "float32[4]"], [:],
      "float32[n, 4, t]"),
    .gives(
      .groupNormalization(groups: 2, epsilon: 1e-5, perGroup: true),
      ["float32[n, 4, t]", "float32[2]", "float32[2]"], [:], "float32[n, 4, t]"),
    .fails(
      .groupNormalization(groups: 3, epsilon: 1e-5, perGroup: false),
      ["float32[n, 4, t]", "float32[4]", "float32[4]"], [:], "3 groups do not divide 4 channels"),
  ]

  static let reductions: [RuleCase] = [
    .gives(.reduce(Reduction(.mean)), ["float32[a, 3]"], [:], "float32[1, 1]"),
    .gives(
      .reduce(Reduction(.mean, keepDimensions: false)), ["float32[a, 3, b]", "int64[1]"],
      [1: vector(-2)], "float32[a, b]"),
    .gives(
      .reduce(Reduction(.sum, noopWithEmptyAxes: true)), ["float32[a, 3]", "int64[0]"],
      [1: Tensor([Int64]())], "float32[a, 3]"),
    .gives(.reduce(Reduction(.max)), ["bool[a, 3]", "int64[1]"], [:], "bool[?, ?]"),
    .gives(
      .reduce(Reduction(.max, keepDimensions: false)), ["float32[a, 3]", "int64[1]"], [:],
      "float32[?]"),
    .fails(
      .reduce(Reduction(.sum)), ["float32[a, 3]", "int64[2]"], [1: vector(1, -1)],
      "axis -1 is named twice in [1, -1]"),
    .fails(
      .reduce(Reduction(.sum)), ["bool[a, 3]"], [:], "input 0: expected numbers, found bool"),
    .gives(
      .argMax(axis: 1, keepDimensions: false, selectLastIndex: false), ["float32[a, 3]"], [:],
      "int64[a]"),
    .fails(
      .argMax(axis: 0, keepDimensions: true, selectLastIndex: false), ["float32[0, 3]"], [:],
      "axis 0 of shape [0, 3] is empty"),
    .gives(
      .topK(axis: -1, largest: true, sorted: true), ["float32[a, 9]", "int64[1]"],
      [1: vector(4)], "float32[a, 4]", "int64[a, 4]"),
    .fails(
      .topK(axis: -1, largest: true, sorted: true), ["float32[a, 9]", "int64[1]"],
      [1: vector(10)], "input 1 (k): expected 0 to 9, found 10"),
    .gives(
      .cumSum(exclusive: false, reverse: false), ["float32[a, 9]", "int64[]"], [1: scalar(1)],
      "float32[a, 9]"),
    .fails(
      .cumSum(exclusive: false, reverse: false), ["float32[a, 9]", "int64[]"], [1: scalar(2)],
      "axis 2 is outside a shape of rank 2"),
  ]

  @Test(arguments: elementwise + norms + reductions)
  func `Their types follow from their inputs`(ruleCase: RuleCase) throws {
    try ruleCase.check()
  }
}

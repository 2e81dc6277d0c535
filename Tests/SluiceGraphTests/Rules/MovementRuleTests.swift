import SluiceGraph
import Testing

@Suite struct `Shape rules of movement and selection` {
  static let reshape = Operator.reshape(allowZero: false)

  static let movement: [RuleCase] = [
    .gives(reshape, ["float32[2, 3, 4]", "int64[2]"], [1: vector(0, -1)], "float32[2, 12]"),
    .gives(
      reshape, ["float32[batch, time, 4, 8]", "int64[3]"], [1: vector(0, 0, -1)],
      "float32[batch, time, 32]"),
    .gives(
      reshape, ["float32[batch, time, 6]", "int64[2]"], [1: vector(-1, 6)],
      "float32[batch*time, 6]"),
    .gives(
      reshape, ["float32[batch, time, 6]", "int64[2]"], [1: vector(-1, 4)], "float32[?, 4]"),
    .gives(reshape, ["float32[a]", "int64[3]"], [:], "float32[?, ?, ?]"),
    .gives(reshape, ["float32[a]", "int64[?]"], [:], "float32[?]"),
    .gives(
      .reshape(allowZero: true), ["float32[0, 3]", "int64[2]"], [1: vector(5, 0)],
      "float32[5, 0]"),
    .fails(
      reshape, ["float32[2, 3]", "int64[2]"], [1: vector(4, -1)],
      "target [4, -1] does not hold the 6 elements of shape [2, 3]"),
    .fails(
      reshape, ["float32[batch, 6]", "int64[2]"], [1: vector(0, 5)],
      "target [batch, 5] does not hold the elements of shape [batch, 6]"),
    .fails(
      reshape, ["float32[2, 3]", "int64[2]"], [1: vector(-1, -1)],
      "expected sizes and at most one -1 as a target, found [-1, -1]"),
    .fails(
      reshape, ["float32[6]", "int64[2]"], [1: vector(6, 0)],
      "target [6, 0] copies axis 1 of shape [6], which it has not"),
    .fails(
      reshape, ["float32[6]", "int64[2]"], [1: vector(1 << 40, 1 << 40)],
      "target [1099511627776, 1099511627776] does not hold the 6 elements of shape [6]"),
    .gives(.flatten(axis: 2), ["float32[a, 3, b, 4]"], [:], "float32[a*3, b*4]"),
    .gives(.flatten(axis: 0), ["float32[a, 3]"], [:], "float32[1, a*3]"),
    .fails(.flatten(axis: 3), ["float32[a, 3]"], [:], "cut at axis 3 is outside a shape of rank 2"),
    .gives(.transpose(permutation: []), ["float32[a, 2, b]"], [:], "float32[b, 2, a]"),
    .gives(.transpose(permutation: [1, 0, 2]), ["float32[a, 2, b]"], [:], "float32[2, a, b]"),
    .fails(
      .transpose(permutation: [0, 0]), ["float32[a, 2]"], [:],
      "expected a permutation of the axes of rank 2, found [0, 0]"),
    .gives(.squeeze, ["float32[1, a, 1]", "int64[1]"], [1: vector(-1)], "float32[1, a]"),
    .gives(.squeeze, ["float32[1, 3, 1]"], [:], "float32[3]"),
    .gives(.squeeze, ["float32[1, a, 1]"], [:], "float32[?]"),
    .fails(
      .squeeze, ["float32[1, 3]", "int64[1]"], [1: vector(1)],
      "expected axis 1 of shape [1, 3] to have size 1, found 3"),
    .gives(.unsqueeze, ["float32[a]", "int64[2]"], [1: vector(0, -1)], "float32[1, a, 1]"),
    .fails(
      .unsqueeze, ["float32[a]", "int64[1]"], [1: vector(4)], "axis 4 is outside a shape of rank 2"),
    .gives(.expand, ["float32[a, 1]", "int64[3]"], [1: vector(2, 1, 5)], "float32[2, a, 5]"),
    .fails(
      .expand, ["float32[3]", "int64[1]"], [1: vector(4)],
      "shapes [3] and [4] do not broadcast: 3 meets 4"),
    .gives(.tile, ["float32[a, 3]", "int64[2]"], [1: vector(2, 3)], "float32[a*2, 9]"),
    .fails(
      .tile, ["float32[3, 3]", "int64[2]"], [1: vector(1 << 62, 1 << 62)],
      "size 3 * 4611686018427387904 is beyond 2^63"),
    .gives(
      .pad(.constant), ["float32[a, 3]", "int64[4]"], [1: vector(2, 0, 0, -1)],
      "float32[a+2, 2]"),
    .gives(
      .pad(.edge), ["float32[a, 3]", "int64[2]", nil, "int64[1]"],
      [1: vector(2, 1), 3: vector(1)], "float32[a, 6]"),
    .fails(
      .pad(.constant), ["float32[3]", "int64[2]"], [1: vector(-2, -2)],
      "pads -2 and -2 cut more than an axis of 3 elements"),
    .fails(
      .pad(.reflect), ["float32[0]", "int64[2]"], [1: vector(1, 0)],
      "mode reflect has no elements to pad with"),
  ]

  static let selection: [RuleCase] = [
    .gives(.concat(axis: -1), ["float32[a, 2]", "float32[a, b]"], [:], "float32[a, b+2]"),
    .fails(
      .concat(axis: 0), ["float32[1, 2]", "float32[1, 3]"], [:],
      "input 1: expected a shape that joins [1, 2] along axis 0, found [1, 3]"),
    .gives(.split(axis: 0), ["float32[7]"], [:], "float32[4]", "float32[3]"),
    .gives(
      .split(axis: 1), ["float32[a, 7]", "int64[2]"], [1: vector(2, 5)], "float32[a, 2]",
      "float32[a, 5]"),
    .gives(.split(axis: 0), ["float32[a*2]"], [:], "float32[a]", "float32[a]"),
    .fails(
      .split(axis: 0), ["float32[7]", "int64[2]"], [1: vector(2, 6)],
      "expected sizes with the sum 7, found [2, 6]", outputs: 2),
    .gives(
      .slice, ["float32[10, 5]", "int64[2]", "int64[2]", nil, "int64[2]"],
      [1: vector(1, -1), 2: vector(9, .min), 4: vector(3, -2)], "float32[3, 3]"),
    .gives(
      .slice, ["float32[b, time, 5]", "int64[1]", "int64[1]", "int64[1]"],
      [1: vector(0), 2: vector(-1), 3: vector(1)], "float32[b, time-1, 5]"),
    .gives(
      .slice, ["float32[b, time, 5]", "int64[1]", "int64[1]", "int64[1]"],
      [1: vector(-1), 2: vector(.max), 3: vector(1)], "float32[b, 1, 5]"),
    .gives(
      .slice, ["float32[time]", "int64[1]", "int64[1]"], [1: vector(3), 2: vector(8)],
      "float32[?]"),
    .fails(
      .slice, ["float32[10]", "int64[1]", "int64[1]", nil, "int64[1]"],
      [1: vector(0), 2: vector(5), 4: vector(0)], "expected slice steps other than 0, found [0]"),
    .fails(
      .slice, ["float32[10]", "int64[2]", "int64[1]"], [1: vector(0, 1), 2: vector(5)],
      "expected starts, ends, axes and steps of equal length, found 2, 1, 2 and 2"),
    .fails(
      .slice, ["float32[10]", "float32[1]", "int64[1]"], [:],
      "input 1: expected int32 or int64, found float32"),
    .gives(.gather(axis: 1), ["float32[a, 5, b]", "int64[]"], [1: scalar(-1)], "float32[a, b]"),
    .gives(.gather(axis: 0), ["float32[5, b]", "int64[2, n]"], [:], "float32[2, n, b]"),
    .fails(
      .gather(axis: 1), ["float32[a, 5, b]", "int64[]"], [1: scalar(5)],
      "index 5 is outside axis 1 of shape [a, 5, b]"),
    .gives(.gatherElements(axis: 0), ["float32[4, 3]", "int64[9, 2]"], [:], "float32[9, 2]"),
    .fails(
      .gatherElements(axis: 0), ["float32[4, 3]", "int64[9, 4]"], [:],
      "input 1 (indices): expected at most 3 along axis 1 of [4, 3], found 4"),
    .gives(
      .scatterND(.none), ["float32[a, 3]", "int64[7, 1]", "float32[7, 3]"], [:], "float32[a, 3]"),
    .fails(
      .scatterND(.add), ["float32[a, 3]", "int64[7, 1]", "float32[7]"], [:],
      "input 2 (updates): expected shape [7, 3], found [7]"),
    .fails(
      .scatterND(.add), ["float32[a, 3]", "int64[7, 3]", "float32[7]"], [:],
      "input 1 (indices): expected at most 2 numbers a place, found 3"),
  ]

  @Test(arguments: movement + selection)
  func `Their types follow from their inputs`(ruleCase: RuleCase) throws {
    try ruleCase.check()
  }
}

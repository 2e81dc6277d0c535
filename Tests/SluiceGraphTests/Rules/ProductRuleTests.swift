import SluiceGraph
import Testing

@Suite struct `Shape rules of products and pools` {
  static let causal = Operator.conv(
    Convolution(strides: [2], dilations: [2], padding: .explicit(begin: [4], end: [0])))
  static let transposed = Operator.convTranspose(
    TransposedConvolution(
      Convolution(groups: 2, strides: [2], padding: .explicit(begin: [1], end: [1])),
      outputPadding: [1]))

  static let products: [RuleCase] = [
    .gives(.matMul, ["float32[2, 3]", "float32[3, 4]"], [:], "float32[2, 4]"),
    .gives(.matMul, ["float32[3]", "float32[3, 4]"], [:], "float32[4]"),
    .gives(.matMul, ["float32[2, 3]", "float32[3]"], [:], "float32[2]"),
    .gives(.matMul, ["float32[3]", "float32[3]"], [:], "float32[]"),
    .gives(
      .matMul, ["float32[batch, 1, time, 3]", "float32[5, 3, 4]"], [:],
      "float32[batch, 5, time, 4]"),
    .gives(.matMul, ["float32[?]", "float32[3, 4]"], [:], "float32[?]"),
    .fails(
      .matMul, ["float32[2, 3]", "float32[4, 5]"], [:],
      "shapes [2, 3] and [4, 5] do not multiply: 3 columns meet 4 rows"),
    .fails(
      .matMul, ["float32[2, 2, 3]", "float32[3, 3, 5]"], [:],
      "shapes [2] and [3] do not broadcast: 2 meets 3"),
    .gives(
      .gemm(Gemm(transposeB: true)), ["float32[batch, 3]", "float32[4, 3]", "float32[4]"], [:],
      "float32[batch, 4]"),
    .gives(
      .gemm(Gemm(transposeA: true)), ["float32[3, 2]", "float32[3, 4]"], [:], "float32[2, 4]"),
    .fails(
      .gemm(Gemm()), ["float32[2, 3]", "float32[4, 5]"], [:],
      "A' [2, 3] and B' [4, 5] do not multiply"),
    .fails(
      .gemm(Gemm()), ["float32[2, 3]", "float32[3, 5]", "float32[3]"], [:],
      "input 2 (C): expected a shape that broadcasts to [2, 5], found [3]"),
  ]

  static let windows: [RuleCase] = [
    .gives(causal, ["float32[1, 4, 20]", "float32[6, 4, 3]"], [:], "float32[1, 6, 10]"),
    .gives(
      causal, ["float32[batch, 4, time]", "float32[6, 4, 3]", "float32[6]"], [:],
      "float32[batch, 6, floor((time+1)/2)]"),
    .gives(
      .conv(Convolution(strides: [2, 2], padding: .sameUpper)),
      ["float32[1, 1, 49, w]", "float32[8, 1, 10, 4]"], [:], "float32[1, 8, 25, floor((w+1)/2)]"),
    .gives(
      .conv(Convolution(groups: 4)), ["float32[1, 4, 20]", "float32[8, 1, 3]"], [:],
      "float32[1, 8, 18]"),
    .gives(
      .conv(Convolution()), ["float32[1, 4, 20]", "float32[8, 4, *]"], [:], "float32[1, 8, ?]"),
    .fails(
      .conv(Convolution()), ["float32[1, 5, 20]", "float32[8, 4, 3]"], [:],
      "input 0: expected 4 channels (4 a group, 1 groups), found 5 in [1, 5, 20]"),
    .fails(
      .conv(Convolution(groups: 3)), ["float32[1, 12, 20]", "float32[8, 4, 3]"], [:],
      "3 groups do not divide 8 filters"),
    .fails(
      .conv(Convolution(groups: 0)), ["float32[1, 12, 20]", "float32[8, 4, 3]"], [:],
      "0 groups do not divide 8 filters"),
    .fails(
      .conv(Convolution(strides: [0])), ["float32[1, 4, 20]", "float32[8, 4, 3]"], [:],
      "expected a stride of at least 1, found 0"),
    .fails(
      .conv(Convolution()), ["float32[1, 4, 2]", "float32[8, 4, 3]"], [:],
      "a window of 3 does not fit 2 elements padded to 2"),
    .fails(
      .conv(Convolution()), ["float32[1, 4, 20]", "float32[8, 4, 3, 3]"], [:],
      "expected X and W of one rank, found [1, 4, 20] and [8, 4, 3, 3]"),
    .gives(
      transposed, ["float32[1, 4, 10]", "float32[4, 3, 3]", "float32[6]"], [:],
      "float32[1, 6, 20]"),
    .gives(transposed, ["float32[1, 4, t]", "float32[4, 3, 3]"], [:], "float32[1, 6, t*2]"),
    .gives(
      .convTranspose(TransposedConvolution(Convolution(strides: [3], padding: .sameLower))),
      ["float32[1, 4, t]", "float32[4, 3, 2]"], [:], "float32[1, 3, t*3-1]"),
    .gives(
      .convTranspose(TransposedConvolution(Convolution(strides: [3]), outputShape: [12])),
      ["float32[1, 4, t]", "float32[4, 3, 2]"], [:], "float32[1, 3, 12]"),
    .fails(
      transposed, ["float32[1, 5, 10]", "float32[4, 3, 3]"], [:],
      "input 0: expected 4 channels, found 5 in [1, 5, 10]"),
    .gives(
      .maxPool(Pool(kernel: [3], strides: [2], ceilMode: true)), ["float32[1, 4, 10]"], [:],
      "float32[1, 4, 5]", "int64[1, 4, 5]"),
    .gives(
      .maxPool(Pool(kernel: [2], strides: [2])), ["int8[1, 4, t]"], [:], "int8[1, 4, floor(t/2)]"),
    .gives(
      .averagePool(Pool(kernel: [2], strides: [2], ceilMode: true)), ["float32[1, 4, t]"], [:],
      "float32[1, 4, ?]"),
    .gives(.globalAveragePool, ["float32[n, 4, 5, t]"], [:], "float32[n, 4, 1, 1]"),
    .gives(.globalMaxPool, ["float32[?]"], [:], "float32[?]"),
    .fails(
      .maxPool(Pool(kernel: [0])), ["float32[1, 4, 10]"], [:],
      "expected a kernel size of at least 1, found 0"),
    .fails(
      .averagePool(Pool(kernel: [2, 2])), ["float32[1, 4, 10]"], [:],
      "input 0: expected rank 4, found shape [1, 4, 10]"),
  ]

  @Test(arguments: products + windows) func `Their types follow from their inputs`(
    ruleCase: RuleCase
  ) throws {
    try ruleCase.check()
  }
}

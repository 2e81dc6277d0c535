import Sluice

extension KernelFamily {
  static func elementwise() throws(GraphError) -> KernelFamily {
    try KernelFamily("elementwise") { family in
      for size in [1, 7, 65] {
        for op in unaries {
          let x = family.fed([size])
          family.check(.unary(op), [x], "\(op) of \(size)", within: RoundingBound.elementwise)
        }
      }
      let positive = family.add(.unary(.exp), [family.fed([3, 17])])
      for op in [UnaryOperator.sqrt, .log, .reciprocal] {
        family.check(.unary(op), [positive[0]], "\(op) of e^x", within: RoundingBound.elementwise)
      }
      for op in BinaryOperator.allCases where ![.and, .or, .div, .pow].contains(op) {
        let (a, b) = (family.fed([5, 1, 9]), family.fed([3, 1]))
        family.check(.binary(op), [a, b], "\(op) of [5, 1, 9] and [3, 1]", within: 0)
      }
      family.check(
        .binary(.div), [family.fed([3, 17]), positive[0]], "div",
        within: RoundingBound.elementwise)
      family.check(
        .binary(.pow), [positive[0], family.fed([17])], "pow", within: RoundingBound.elementwise)
      for op in VariadicOperator.allCases {
        let list = [family.fed([4, 13]), family.fed([13]), family.fed([4, 1])]
        family.check(.variadic(op), list, "\(op) of three", within: RoundingBound.elementwise)
      }
      let x = family.fed([5, 11])
      family.check(.prelu, [x, family.known([11])], "prelu", within: 0)
      family.check(.clip, [x, family.number(-0.5), family.number(0.25)], "clip", within: 0)
      let condition = family.add(.binary(.greater), [x, family.fed([5, 1])])
      family.check(.where, [condition[0], x, family.fed([11])], "where", within: 0)
      family.check(.cast(.int32), [family.add(.unary(.round), [x])[0]], "cast to int32", within: 0)
    }
  }

  private static var unaries: [UnaryOperator] {
    [
      .relu, .sigmoid, .tanh, .softplus, .softsign, .erf, .mish, .hardSwish, .leakyRelu(alpha: 0.1),
      .elu(alpha: 0.7), .selu(alpha: 1.6, gamma: 1.05), .celu(alpha: 0.8),
      .hardSigmoid(alpha: 0.2, beta: 0.5), .thresholdedRelu(alpha: 0.3), .gelu(tanh: false),
      .gelu(tanh: true), .exp, .abs, .neg, .sign, .floor, .ceil, .round, .sin, .cos, .atan,
    ]
  }

  static func normalizations() throws(GraphError) -> KernelFamily {
    try KernelFamily("normalization") { family in
      for size in [1, 7, 65, 528] {
        let x = family.fed([2, size])
        family.check(
          .layerNormalization(axis: -1, epsilon: 1e-3),
          [x, family.known([size]), family.known([size])],
          "layer, 2 x \(size)", within: RoundingBound.lines)
      }
      let x = family.fed([1, 6, 33])
      let (scale, bias) = (family.known([6]), family.known([6]))
      family.check(
        .instanceNormalization(epsilon: 1e-3), [x, scale, bias], "instance, 6 x 33",
        within: RoundingBound.lines)
      family.check(
        .groupNormalization(groups: 3, epsilon: 1e-3, perGroup: false), [x, scale, bias],
        "3 groups, 6 x 33", within: RoundingBound.lines)
      let variance = family.graph.addConstant(
        Tensor([Float](repeating: 0.7, count: 6), shape: [6]), name: "variance")
      family.check(
        .batchNormalization(epsilon: 1e-3), [x, scale, bias, family.known([6]), variance],
        "batch, 6 x 33", within: RoundingBound.elementwise)
    }
  }

  static func lines() throws(GraphError) -> KernelFamily {
    try KernelFamily("reduction") { family in
      for size in [1, 7, 65, 1000] {
        let x = family.fed([3, size])
        family.check(.softmax(axis: -1), [x], "softmax of \(size)", within: RoundingBound.lines)
        family.check(
          .logSoftmax(axis: -1), [x], "log softmax of \(size)", within: RoundingBound.lines)
        for kind in Reduction.Kind.allCases {
          family.check(
            .reduce(Reduction(kind)), [x, family.numbers([1])], "\(kind) of \(size)",
            within: RoundingBound.lines)
        }
      }
      let x = family.fed([4, 9, 5])
      family.check(.softmax(axis: 1), [x], "softmax across lines", within: RoundingBound.lines)
      for axes in [[0], [0, 2], [0, 1, 2]] {
        family.check(
          .reduce(Reduction(.sum, keepDimensions: false)), [x, family.numbers(axes)],
          "sum over \(axes)", within: RoundingBound.lines)
      }
      family.check(
        .argMax(axis: 1, keepDimensions: false, selectLastIndex: false), [x], "argMax", within: 0)
      family.check(
        .topK(axis: 1, largest: true, sorted: true), [x, family.numbers([4])], outputs: 2,
        "the largest 4 of 9", within: 0)
      let axis = family.graph.addConstant(Tensor([Int64(1)], shape: []), name: "axis")
      family.check(
        .cumSum(exclusive: false, reverse: true), [x, axis], "sums so far",
        within: RoundingBound.lines)
    }
  }
}

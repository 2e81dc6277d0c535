import Sluice

/// What is no float32.
extension KernelFamily {
  /// Integers and bools: equal values.
  static func integers() throws(GraphError) -> KernelFamily {
    try KernelFamily("integer") { family in
      for type in [ElementType.int32, .int64] {
        let (a, b) = (family.spread([5, 9], type), family.spread([9], type))
        for op in [BinaryOperator.add, .sub, .mul, .greater, .lessOrEqual, .equal] {
          family.check(.binary(op), [a, b], "\(op) of \(type)", within: 0)
        }
        family.check(
          .binary(.div), [a, family.whole([9], type, in: 1...7)], "div of \(type)", within: 0)
        family.check(
          .binary(.pow), [a, family.whole([9], type, in: 0...5)], "pow of \(type)", within: 0)
        for op in [UnaryOperator.relu, .abs, .neg, .sign] {
          family.check(.unary(op), [a], "\(op) of \(type)", within: 0)
        }
        for kind in [Reduction.Kind.sum, .max, .min] {
          family.check(
            .reduce(Reduction(kind)), [a, family.numbers([1])], "\(kind) of \(type)", within: 0)
        }
        let right = family.spread([9, 6], type)
        family.check(.matMul, [a, right], "product of \(type), 5 x 9 x 6", within: 0)
        family.check(.cast(.float32), [a], "\(type) to float32", within: 0)
        family.sums(type, within: 0)
        family.scattered(type, within: 0)
      }
      let (p, q) = (family.fed([3, 7], .bool), family.fed([7], .bool))
      for op in [BinaryOperator.and, .or, .equal] {
        family.check(.binary(op), [p, q], "\(op) of bools", within: 0)
      }
      family.check(.unary(.not), [p], "not", within: 0)
      family.check(
        .where, [p, family.spread([7], .int64), family.spread([3, 1], .int64)], "where of int64",
        within: 0)
    }
  }

  /// For devices with fp64.
  static func doubles() throws(GraphError) -> KernelFamily {
    try KernelFamily("float64", needsDouble: true) { family in
      let bound = 256 * 0x1p-53
      let x = family.fed([3, 65], .float64)
      for op in [
        UnaryOperator.sigmoid, .tanh, .softplus, .erf, .exp, .abs, .floor, .sin,
        .leakyRelu(alpha: 0.25),
      ] {
        family.check(.unary(op), [x], "\(op) of float64", within: bound)
      }
      let y = family.fed([65], .float64)
      for op in [BinaryOperator.add, .sub, .mul] {
        family.check(.binary(op), [x, y], "\(op) of float64", within: 0)
      }
      for kind in Reduction.Kind.allCases {
        family.check(
          .reduce(Reduction(kind)), [x, family.numbers([1])], "\(kind) of float64", within: bound)
      }
      family.check(
        .matMul, [x, family.fed([65, 5], .float64)], "product of float64, 3 x 65 x 5",
        within: bound)
      family.sums(.float64, within: bound)
      family.scattered(.float64, within: bound)
      family.check(.cast(.float32), [x], "float64 to float32", within: 0)
    }
  }

  /// Sums along an axis that is read in the step.
  mutating func sums(_ type: ElementType, within bound: Double) {
    let x = spread([4, 9], type)
    for (exclusive, reverse) in [(false, false), (true, true)] {
      check(
        .cumSum(exclusive: exclusive, reverse: reverse), [x, fed([1], .int32)],
        "sums of \(type) along an axis read in the step", within: bound)
    }
  }

  /// Updates of which two land on one place.
  mutating func scattered(_ type: ElementType, within bound: Double) {
    let places = graph.addConstant(
      Tensor([Int64(2), 0, 2], shape: [3, 1]), name: "places\(graph.values.count)")
    for reduction in [ScatterReduction.add, .mul, .max, .min] {
      check(
        .scatterND(reduction), [spread([4, 5], type), places, spread([3, 5], type)],
        "\(reduction.rawValue) of \(type) where updates land", within: bound)
    }
  }

  /// An input whose numbers are spread wider than a frame's 0 and 1; floating-point ones as they are.
  private mutating func spread(_ shape: [Int], _ type: ElementType) -> ValueID {
    let x = fed(shape, type)
    if type.isFloatingPoint { return x }
    let scaled = add(.binary(.mul), [x, whole(shape, type, in: -60...60)])
    return add(.binary(.add), [scaled[0], whole(shape, type, in: -9...9)])[0]
  }

  /// Known whole numbers.
  private mutating func whole(
    _ shape: [Int], _ type: ElementType, in range: ClosedRange<Float>
  ) -> ValueID {
    let values = seeded(shape.reduce(1, *), in: range).map { $0.rounded() }
    return graph.addConstant(
      Tensor(values, shape: shape).converted(to: type), name: "k\(graph.values.count)")
  }
}

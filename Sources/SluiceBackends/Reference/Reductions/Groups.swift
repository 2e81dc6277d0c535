import SluiceGraph

/// Which output element of a reduction each input element belongs to.
struct Groups {
  let targets: [Int]
  /// Number of output elements.
  let count: Int

  init(of shape: [Int], reducing axes: Set<Int>) {
    let kept = shape.indices.map { axes.contains($0) ? 1 : shape[$0] }
    let strides = rowMajorStrides(kept)
    targets = sums(
      of: shape.indices.map { axis in
        (0..<shape[axis]).map { axes.contains(axis) ? 0 : $0 * strides[axis] }
      })
    count = kept.reduce(1, *)
  }
}

/// The maximum or minimum of each group; of an empty one what every number beats.
struct Extremum: NumberVisitor {
  let groups: Groups
  let isMaximum: Bool
  let shape: [Int]

  func visit<Element: ArithmeticElement>(_ elements: [Element]) -> Tensor {
    var result = [Element](repeating: isMaximum ? .lowest : .highest, count: groups.count)
    for (target, value) in zip(groups.targets, elements) {
      result[target] =
        isMaximum ? result[target].maximum(value) : result[target].minimum(value)
    }
    return Tensor(result, shape: shape)
  }
}

/// The sum of each group and what follows from it: floats in double and rounded once; integers wrap
/// around and their mean is cut toward zero.
struct Total: NumberVisitor {
  let groups: Groups
  let kind: Reduction.Kind
  let shape: [Int]

  func visit<Element: ArithmeticElement>(_ elements: [Element]) throws(GraphError) -> Tensor {
    if kind != .l2, Element.elementType.isInteger { return try integers(elements) }
    var sums = [Double](repeating: 0, count: groups.count)
    for (target, value) in zip(groups.targets, elements) {
      sums[target] += kind == .l2 ? value.double * value.double : value.double
    }
    let size = Double(elements.count / max(groups.count, 1))
    let result = sums.map { sum in
      switch kind {
      case .mean: sum / size
      case .l2: sum.squareRoot()
      default: sum
      }
    }
    return Tensor(result.map { Element(rounding: $0) }, shape: shape)
  }

  private func integers<Element: ArithmeticElement>(
    _ elements: [Element]
  ) throws(GraphError) -> Tensor {
    var sums = [Int64](repeating: 0, count: groups.count)
    let wide = Tensor(elements).converted(to: .int64).array(of: Int64.self) ?? []
    for (target, value) in zip(groups.targets, wide) { sums[target] &+= value }
    if kind == .mean {
      let size = Int64(elements.count / max(groups.count, 1))
      for i in sums.indices { sums[i] = try sums[i].divided(by: size) }
    }
    return Tensor(sums, shape: shape).converted(to: Element.elementType)
  }
}

import SluiceGraph

/// Reductions and scans along axes.
extension ReferenceEvaluator {
  func reduction(_ op: Operator, _ arguments: Arguments) throws(GraphError) -> [Tensor] {
    switch op {
    case .reduce(let reduction): [try reduce(arguments, reduction)]
    case .argMax(let axis, _, let selectLast):
      [try argMax(arguments, axis: axis, selectLast: selectLast)]
    case .topK(let axis, let largest, _): try topK(arguments, axis: axis, largest: largest)
    case .cumSum(let exclusive, let reverse):
      [try cumSum(arguments, exclusive: exclusive, reverse: reverse)]
    default: throw GraphError(.unsupported, "\(op.name) is not a reduction")
    }
  }

  private func reduce(_ arguments: Arguments, _ reduction: Reduction) throws(GraphError) -> Tensor {
    let input = try arguments.required(0)
    let listed = try arguments.integers(1)
    if listed ?? [] == [], reduction.noopWithEmptyAxes { return input }
    let axes = Set(try reduction.resolvedAxes(listed, rank: input.rank))
    let groups = Groups(of: input.shape, reducing: axes)
    let shape = try arguments.shape()
    if case .bool(let bools) = input.elements {
      return try reduce(bools, groups, reduction.kind, shape: shape)
    }
    switch reduction.kind {
    case .max, .min:
      return try input.accept(
        Extremum(groups: groups, isMaximum: reduction.kind == .max, shape: shape))
    case .mean, .sum, .l2:
      return try input.accept(Total(groups: groups, kind: reduction.kind, shape: shape))
    }
  }

  /// ONNX allows `max` (any) and `min` (all) of bools.
  private func reduce(
    _ bools: [Bool], _ groups: Groups, _ kind: Reduction.Kind, shape: [Int]
  ) throws(GraphError) -> Tensor {
    guard kind == .max || kind == .min else {
      throw GraphError(.unsupported, "reduce.\(kind.rawValue) takes numbers, found bool")
    }
    var result = [Bool](repeating: kind == .min, count: groups.count)
    for (target, value) in zip(groups.targets, bools) where value == (kind == .max) {
      result[target] = value
    }
    return Tensor(result, shape: shape)
  }

  /// The position of the maximum along `axis`; the first one of equals, or the last.
  private func argMax(
    _ arguments: Arguments, axis: Int, selectLast: Bool
  ) throws(GraphError) -> Tensor {
    let input = try arguments.required(0)
    let axis = try Axes.resolved(axis, rank: input.rank)
    let shape = try arguments.shape()
    guard input.shape[axis] > 0 || shape.contains(0) else {
      throw GraphError(.invalid, "argMax over axis \(axis) of \(input.shape): no element to choose")
    }
    let maxima = try input.accept(
      Maxima(lines: lines(of: input.shape, along: axis), selectLast: selectLast))
    return Tensor(maxima, shape: shape)
  }

  private struct Maxima: NumberVisitor {
    let lines: [Line]
    let selectLast: Bool

    func visit<Element: ArithmeticElement>(_ elements: [Element]) -> [Int64] {
      lines.map { line in
        var best = 0
        for (i, position) in line.positions.enumerated() {
          let value = elements[position]
          let top = elements[line.start + best * line.step]
          if value > top || (value.isNaN && !top.isNaN) || (selectLast && value == top) {
            best = i
          }
        }
        return Int64(best)
      }
    }
  }
}

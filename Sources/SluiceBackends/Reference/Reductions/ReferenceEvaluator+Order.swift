import SluiceGraph

/// Operators whose result depends on the order along an axis.
extension ReferenceEvaluator {
  /// The k largest or smallest elements of each line, best first, ties by lowest index (ONNX leaves
  /// the order open without `sorted`).
  func topK(_ arguments: Arguments, axis: Int, largest: Bool) throws(GraphError) -> [Tensor] {
    let input = try arguments.required(0)
    let axis = try Axes.resolved(axis, rank: input.rank)
    let shape = try arguments.shape()
    let sources = lines(of: input.shape, along: axis)
    let ranking = try input.accept(Ranking(lines: sources, largest: largest))
    var chosen = [Int](repeating: 0, count: shape.reduce(1, *))
    var indices = [Int64](repeating: 0, count: chosen.count)
    for (number, target) in lines(of: shape, along: axis).enumerated() {
      for (rank, position) in target.positions.enumerated() {
        let index = ranking[number][rank]
        chosen[position] = sources[number].start + index * sources[number].step
        indices[position] = Int64(index)
      }
    }
    return [
      try input.accept(IndexedCopy(shape: shape, indices: chosen)), Tensor(indices, shape: shape),
    ]
  }

  /// Per line, the positions from best to worst; NaN counts as the largest number.
  private struct Ranking: NumberVisitor {
    let lines: [Line]
    let largest: Bool

    func visit<Element: ArithmeticElement>(_ elements: [Element]) -> [[Int]] {
      lines.map { line in
        let values = line.positions.map { elements[$0] }
        return values.indices.sorted { a, b in
          if isGreater(values[a], values[b]) { return largest }
          if isGreater(values[b], values[a]) { return !largest }
          return a < b
        }
      }
    }

    private func isGreater<Element: ArithmeticElement>(_ a: Element, _ b: Element) -> Bool {
      a > b || (a.isNaN && !b.isNaN)
    }
  }

  /// Running sums along the axis input 1 names, each rounded once; `exclusive` leaves the element
  /// itself out, `reverse` runs from the end.
  func cumSum(
    _ arguments: Arguments, exclusive: Bool, reverse: Bool
  ) throws(GraphError) -> Tensor {
    let input = try arguments.required(0)
    let axis = try Axes.resolved(try arguments.requiredInteger(1), rank: input.rank)
    return try input.accept(
      RunningSum(
        lines: lines(of: input.shape, along: axis), exclusive: exclusive, reverse: reverse,
        shape: input.shape))
  }

  private struct RunningSum: NumberVisitor {
    let lines: [Line]
    let exclusive: Bool
    let reverse: Bool
    let shape: [Int]

    func visit<Element: ArithmeticElement>(_ elements: [Element]) -> Tensor {
      guard Element.elementType.isFloatingPoint else {
        return Tensor(sums(of: elements, zero: Element.zero) { $0.adding($1) }, shape: shape)
      }
      let sums = sums(of: elements.map(\.double), zero: 0) { $0 + $1 }
      return Tensor(sums.map { Element(rounding: $0) }, shape: shape)
    }

    private func sums<Sum>(of elements: [Sum], zero: Sum, _ add: (Sum, Sum) -> Sum) -> [Sum] {
      var result = elements
      for line in lines {
        var sum = zero
        for i in 0..<line.count {
          let position = line.start + (reverse ? line.count - 1 - i : i) * line.step
          let next = add(sum, elements[position])
          result[position] = exclusive ? sum : next
          sum = next
        }
      }
      return result
    }
  }
}

import SluiceGraph

extension ReferenceEvaluator {
  func pooling(_ op: Operator, _ arguments: Arguments) throws(GraphError) -> [Tensor] {
    switch op {
    case .maxPool(let pool): try maxPool(arguments, pool)
    case .averagePool(let pool): [try averagePool(arguments, pool)]
    case .globalAveragePool: [try globalPool(arguments, .mean)]
    case .globalMaxPool: [try globalPool(arguments, .max)]
    default: throw GraphError(.unsupported, "\(op.name) is not a pooling")
    }
  }

  private func globalPool(
    _ arguments: Arguments, _ kind: Reduction.Kind
  ) throws(GraphError) -> Tensor {
    let input = try arguments.required(0)
    let groups = Groups(of: input.shape, reducing: Set(input.shape.indices.dropFirst(2)))
    let shape = try arguments.shape()
    return kind == .max
      ? try input.accept(Extremum(groups: groups, isMaximum: true, shape: shape))
      : try input.accept(Total(groups: groups, kind: .mean, shape: shape))
  }

  /// The mean of the elements under the window; padding counts if `countIncludePad`, what `ceilMode`
  /// adds beyond it does not.
  private func averagePool(_ arguments: Arguments, _ pool: Pool) throws(GraphError) -> Tensor {
    let input = try arguments.required(0)
    let shape = try arguments.shape()
    let geometry = try WindowGeometry(pool, input: Array(input.shape.dropFirst(2)))
    let windows = WindowTaps(sliding: geometry)
    let plane = geometry.inputSizes.reduce(1, *)
    let x = try arguments.doubles(0)
    var y = [Double](repeating: 0, count: shape.reduce(1, *))
    for window in 0..<(y.isEmpty ? 0 : windows.count) {
      let taps = windows.taps(window)
      let divisor = pool.countIncludePad ? windows.paddedCount(window) : taps.count
      for channel in 0..<input.shape[0] * input.shape[1] {
        let sum = taps.reduce(0) { $0 + x[channel * plane + $1.place] }
        y[channel * windows.count + window] = sum / Double(max(divisor, 1))
      }
    }
    return arguments.rounded(y, shape: shape)
  }

  /// The maximum under the window and its flat index in X, batch and channels included; a window
  /// without an element gives the lowest number, index −1.
  private func maxPool(_ arguments: Arguments, _ pool: Pool) throws(GraphError) -> [Tensor] {
    let input = try arguments.required(0)
    let shape = try arguments.shape()
    let geometry = try WindowGeometry(pool, input: Array(input.shape.dropFirst(2)))
    let chosen = try input.accept(
      WindowMaxima(
        windows: WindowTaps(sliding: geometry), planes: shape.prefix(2).reduce(1, *),
        plane: geometry.inputSizes.reduce(1, *)))
    let values = try input.accept(ChosenMaxima(shape: shape, indices: chosen))
    guard arguments.outputCount > 1 else { return [values] }
    let order = pool.columnMajorIndices ? columnMajor(geometry.inputSizes) : nil
    let indices = chosen.map { index in
      guard let order, index >= 0 else { return Int64(index) }
      return Int64(index / order.count * order.count + order[index % order.count])
    }
    return [values, Tensor(indices, shape: shape)]
  }

  /// Per row-major position the column-major one.
  private func columnMajor(_ shape: [Int]) -> [Int] {
    let strides = Array(rowMajorStrides(shape.reversed()).reversed())
    return sums(of: zip(shape, strides).map { size, stride in (0..<size).map { $0 * stride } })
  }

  /// The flat index of the maximum under each window, the first of equals.
  private struct WindowMaxima: NumberVisitor {
    let windows: WindowTaps
    let planes: Int
    /// Elements of one plane of the input.
    let plane: Int

    func visit<Element: ArithmeticElement>(_ elements: [Element]) -> [Int] {
      let count = planes == 0 ? 0 : windows.count
      var chosen = [Int](repeating: -1, count: planes * count)
      for window in 0..<count {
        for tap in windows.taps(window) {
          for channel in 0..<planes {
            let index = channel * plane + tap.place
            let target = channel * count + window
            let best = chosen[target] < 0 ? nil : elements[chosen[target]]
            if isBetter(elements[index], than: best) { chosen[target] = index }
          }
        }
      }
      return chosen
    }

    private func isBetter<Element: ArithmeticElement>(_ a: Element, than b: Element?) -> Bool {
      guard let b else { return true }
      return a > b || (a.isNaN && !b.isNaN)
    }
  }

  private struct ChosenMaxima: NumberVisitor {
    let shape: [Int]
    let indices: [Int]

    func visit<Element: ArithmeticElement>(_ elements: [Element]) -> Tensor {
      Tensor(indices.map { $0 < 0 ? .lowest : elements[$0] }, shape: shape)
    }
  }
}

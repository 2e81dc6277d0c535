import SluiceGraph

/// Operators whose output elements depend on one element of each input, and softmax.
extension ReferenceEvaluator {
  func elementwise(_ op: Operator, _ arguments: Arguments) throws(GraphError) -> Tensor {
    switch op {
    case .unary(let op): try unary(arguments, op)
    case .binary(let op): try binary(arguments, op)
    case .variadic(let op): try variadic(arguments, op)
    case .prelu: try prelu(arguments)
    case .clip: try clip(arguments)
    case .where: try choose(arguments)
    case .softmax(let axis): try softmax(arguments, axis: axis, logarithm: false)
    case .logSoftmax(let axis): try softmax(arguments, axis: axis, logarithm: true)
    default: throw GraphError(.unsupported, "\(op.name) is not element-wise")
    }
  }

  /// condition ? a : b, all three broadcast.
  private func choose(_ arguments: Arguments) throws(GraphError) -> Tensor {
    let shape = try arguments.shape()
    let condition = try expand(arguments.required(0), to: shape).bools()
    let a = try expand(arguments.required(1), to: shape)
    let b = try expand(arguments.required(2), to: shape)
    return try a.accept(Choice(condition: condition, otherwise: b))
  }

  private struct Choice: ElementVisitor {
    let condition: [Bool]
    let otherwise: Tensor

    func visit<Element: TensorElement>(_ elements: [Element]) throws(GraphError) -> Tensor {
      guard let others = otherwise.array(of: Element.self) else {
        throw GraphError(
          .invalid, "both choices are \(Element.elementType), found \(otherwise.elementType)")
      }
      var result = elements
      for i in condition.indices where !condition[i] { result[i] = others[i] }
      return Tensor(result, shape: otherwise.shape)
    }
  }

  /// min(max(x, minimum), maximum): where they cross, the maximum wins.
  private func clip(_ arguments: Arguments) throws(GraphError) -> Tensor {
    try arguments.required(0).accept(
      Limits(
        minimum: arguments.optional(1), maximum: arguments.optional(2), shape: arguments.shape()))
  }

  private struct Limits: NumberVisitor {
    let minimum: Tensor?
    let maximum: Tensor?
    let shape: [Int]

    func visit<Element: ArithmeticElement>(_ elements: [Element]) -> Tensor {
      let low = minimum?.array(of: Element.self)?.first ?? .lowest
      let high = maximum?.array(of: Element.self)?.first ?? .highest
      return Tensor(elements.map { $0.maximum(low).minimum(high) }, shape: shape)
    }
  }

  /// x < 0 ? slope · x : x
  private func prelu(_ arguments: Arguments) throws(GraphError) -> Tensor {
    let shape = try arguments.shape()
    let slope = try expand(arguments.required(1), to: shape)
    return try arguments.required(0).accept(Slope(slope: slope))
  }

  private struct Slope: NumberVisitor {
    let slope: Tensor

    func visit<Element: ArithmeticElement>(_ elements: [Element]) throws(GraphError) -> Tensor {
      guard let slopes = slope.array(of: Element.self) else {
        throw GraphError(
          .invalid, "the slope is \(Element.elementType), found \(slope.elementType)")
      }
      let result = zip(elements, slopes).map { x, slope in
        x < .zero ? slope.multiplied(by: x) : x
      }
      return Tensor(result, shape: slope.shape)
    }
  }

  /// e^(x − m) / Σ e^(x − m) along one axis, m its maximum; or the logarithm of that.
  private func softmax(
    _ arguments: Arguments, axis: Int, logarithm: Bool
  ) throws(GraphError) -> Tensor {
    let shape = try arguments.shape()
    let axis = try Axes.resolved(axis, rank: shape.count)
    var values = try arguments.doubles(0)
    for line in lines(of: shape, along: axis) {
      let positions = line.positions
      let top = positions.reduce(-Double.infinity) { $0.maximum(values[$1]) }
      let sum = positions.reduce(0) { $0 + exponential(values[$1] - top) }
      for position in positions {
        let shifted = values[position] - top
        values[position] = logarithm ? shifted - naturalLogarithm(sum) : exponential(shifted) / sum
      }
    }
    return arguments.rounded(values, shape: shape)
  }
}

/// The elements of a tensor along one axis, everything else fixed: flat positions.
struct Line {
  let start: Int
  let step: Int
  let count: Int

  var positions: StrideTo<Int> { stride(from: start, to: start + step * count, by: step) }
}

/// Every line along `axis`, in row-major order of the other axes.
func lines(of shape: [Int], along axis: Int) -> [Line] {
  let step = shape[(axis + 1)...].reduce(1, *)
  let outer = shape[..<axis].reduce(1, *)
  return (0..<outer).flatMap { row in
    (0..<step).map { Line(start: row * shape[axis] * step + $0, step: step, count: shape[axis]) }
  }
}

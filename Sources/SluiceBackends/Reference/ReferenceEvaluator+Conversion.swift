import SluiceGraph

/// Shapes as values, constants, element types, quantisation.
extension ReferenceEvaluator {
  func conversion(_ op: Operator, _ arguments: Arguments) throws(GraphError) -> Tensor {
    switch op {
    case .shape(let start, let end): try shape(arguments, start: start, end: end)
    case .size: Tensor(scalar: Int64(try arguments.required(0).count))
    case .range: try arguments.required(0).accept(Range(arguments: arguments))
    case .constantOfShape(let value): try constantOfShape(arguments, value: value)
    case .cast(let type): try arguments.required(0).converted(to: type)
    case .quantizeLinear(let quantization, let type):
      try quantizeLinear(arguments, quantization, type)
    case .dequantizeLinear(let quantization): try dequantizeLinear(arguments, quantization)
    default: throw GraphError(.unsupported, "\(op.name) is not a conversion")
    }
  }

  /// The dimensions in `start ..< end`, both clamped to the rank.
  private func shape(
    _ arguments: Arguments, start: Int, end: Int?
  ) throws(GraphError) -> Tensor {
    let shape = try arguments.required(0).shape
    let bounds = [start, end ?? shape.count].map { bound in
      min(max(bound < 0 ? bound + shape.count : bound, 0), shape.count)
    }
    return Tensor(shape[bounds[0]..<max(bounds[0], bounds[1])].map { Int64($0) })
  }

  private func constantOfShape(
    _ arguments: Arguments, value: Tensor
  ) throws(GraphError) -> Tensor {
    guard value.count == 1 else {
      throw GraphError(.invalid, "the value of constantOfShape has 1 element, found \(value.count)")
    }
    let shape = try arguments.shape()
    return try value.accept(
      StridedCopy(shape: shape, strides: Array(repeating: 0, count: shape.count)))
  }

  /// start, start + delta, …: one element per element of the output's shape; floats are computed as
  /// start + i · delta in double.
  private struct Range: NumberVisitor {
    let arguments: Arguments

    func visit<Element: ArithmeticElement>(_ start: [Element]) throws(GraphError) -> Tensor {
      let count = try arguments.shape().reduce(1, *)
      guard let start = start.first,
        let delta = try arguments.required(2).array(of: Element.self)?.first
      else { throw GraphError(.invalid, "start, limit and delta are scalars of one type") }
      if let first = start as? any BinaryFloatingPoint {
        let first = Double(first)
        return Tensor((0..<count).map { Element(rounding: first + Double($0) * delta.double) })
      }
      var values = [Element]()
      values.reserveCapacity(count)
      var value = start
      for _ in 0..<count {
        values.append(value)
        value = value.adding(delta)
      }
      return Tensor(values)
    }
  }
}

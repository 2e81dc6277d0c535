import SluiceGraph

extension ReferenceEvaluator {
  /// One or more inputs, NumPy broadcasting. Sums and means of floats are taken in double and rounded
  /// once.
  func variadic(_ arguments: Arguments, _ op: VariadicOperator) throws(GraphError) -> Tensor {
    let shape = try arguments.shape()
    var tensors: [Tensor] = []
    for index in arguments.inputs.indices {
      tensors.append(try expand(arguments.required(index), to: shape))
      guard tensors[index].elementType == tensors[0].elementType else {
        throw GraphError(
          .invalid,
          "\(op.rawValue) takes one element type, found \(tensors[0].elementType), "
            + "\(tensors[index].elementType)")
      }
    }
    if op == .mean || op == .sum, try arguments.required(0).elementType.isFloatingPoint {
      return arguments.rounded(sum(tensors, divisor: op == .mean ? tensors.count : 1), shape: shape)
    }
    return try tensors[0].accept(Fold(op: op, others: Array(tensors.dropFirst()), shape: shape))
  }

  private func sum(_ tensors: [Tensor], divisor: Int) -> [Double] {
    var sums = tensors[0].doubles()
    for tensor in tensors.dropFirst() {
      for (i, value) in tensor.doubles().enumerated() { sums[i] += value }
    }
    return divisor == 1 ? sums : sums.map { $0 / Double(divisor) }
  }

  private struct Fold: NumberVisitor {
    let op: VariadicOperator
    let others: [Tensor]
    let shape: [Int]

    func visit<Element: ArithmeticElement>(_ elements: [Element]) throws(GraphError) -> Tensor {
      var result = elements
      for other in others {
        for (i, value) in (other.array(of: Element.self) ?? []).enumerated() {
          result[i] = try combined(result[i], value)
        }
      }
      return Tensor(result, shape: shape)
    }

    private func combined<Element: ArithmeticElement>(
      _ a: Element, _ b: Element
    ) throws(GraphError) -> Element {
      switch op {
      case .max: a.maximum(b)
      case .min: a.minimum(b)
      case .sum: a.adding(b)
      case .mean:
        throw GraphError(.unsupported, "mean takes floats, found \(Element.elementType)")
      }
    }
  }
}

import Glibc
import SluiceGraph

extension ReferenceEvaluator {
  func binary(_ arguments: Arguments, _ op: BinaryOperator) throws(GraphError) -> Tensor {
    let shape = try arguments.shape()
    let a = try expand(arguments.required(0), to: shape)
    let b = try expand(arguments.required(1), to: shape)
    if op == .pow { return try power(a, b) }
    guard a.elementType == b.elementType else {
      throw GraphError(
        .invalid, "\(op.rawValue) takes one element type, found \(a.elementType), \(b.elementType)")
    }
    switch (op, a.elements, b.elements) {
    case (.equal, _, _):
      return try a.accept(Equality(other: b))
    case (.and, .bool(let a), .bool(let b)):
      return Tensor(zip(a, b).map { $0 && $1 }, shape: shape)
    case (.or, .bool(let a), .bool(let b)):
      return Tensor(zip(a, b).map { $0 || $1 }, shape: shape)
    case (.and, _, _), (.or, _, _):
      throw GraphError(.unsupported, "\(op.rawValue) takes bool, found \(a.elementType)")
    case (.greater, _, _), (.greaterOrEqual, _, _), (.less, _, _), (.lessOrEqual, _, _):
      return try a.accept(Comparison(op: op, other: b))
    default:
      return try a.accept(Arithmetic(op: op, other: b))
    }
  }

  private struct Equality: ElementVisitor {
    let other: Tensor

    func visit<Element: TensorElement>(_ elements: [Element]) -> Tensor {
      let others = other.array(of: Element.self) ?? []
      return Tensor(zip(elements, others).map { $0 == $1 }, shape: other.shape)
    }
  }

  private struct Comparison: NumberVisitor {
    let op: BinaryOperator
    let other: Tensor

    func visit<Element: ArithmeticElement>(_ elements: [Element]) -> Tensor {
      let pairs = zip(elements, other.array(of: Element.self) ?? [])
      let result =
        switch op {
        case .greater: pairs.map { $0 > $1 }
        case .greaterOrEqual: pairs.map { $0 >= $1 }
        case .less: pairs.map { $0 < $1 }
        default: pairs.map { $0 <= $1 }
        }
      return Tensor(result, shape: other.shape)
    }
  }

  private struct Arithmetic: NumberVisitor {
    let op: BinaryOperator
    let other: Tensor

    func visit<Element: ArithmeticElement>(_ elements: [Element]) throws(GraphError) -> Tensor {
      let pairs = zip(elements, other.array(of: Element.self) ?? [])
      switch op {
      case .add: return Tensor(pairs.map { $0.adding($1) }, shape: other.shape)
      case .sub: return Tensor(pairs.map { $0.subtracting($1) }, shape: other.shape)
      case .mul: return Tensor(pairs.map { $0.multiplied(by: $1) }, shape: other.shape)
      default:
        var result = [Element]()
        result.reserveCapacity(elements.count)
        for (a, b) in pairs { result.append(try a.divided(by: b)) }
        return Tensor(result, shape: other.shape)
      }
    }
  }

  /// Integer powers of integers are exact and wrap around; everything else goes through double.
  private func power(_ base: Tensor, _ exponent: Tensor) throws(GraphError) -> Tensor {
    guard base.elementType.isInteger, exponent.elementType.isInteger,
      let exponents = exponent.integers()
    else {
      return try base.accept(FloatPower(exponents: exponent.doubles(), shape: base.shape))
    }
    return try base.accept(IntegerPower(exponents: exponents, shape: base.shape))
  }

  private struct FloatPower: NumberVisitor {
    let exponents: [Double]
    let shape: [Int]

    func visit<Element: ArithmeticElement>(_ elements: [Element]) -> Tensor {
      let powers = zip(elements, exponents).map { Element(rounding: pow($0.double, $1)) }
      return Tensor(powers, shape: shape)
    }
  }

  private struct IntegerPower: NumberVisitor {
    let exponents: [Int]
    let shape: [Int]

    func visit<Element: ArithmeticElement>(_ elements: [Element]) throws(GraphError) -> Tensor {
      var result = [Element]()
      result.reserveCapacity(elements.count)
      for (base, exponent) in zip(elements, exponents) {
        result.append(try power(base, exponent))
      }
      return Tensor(result, shape: shape)
    }

    /// Squares and multiplies; a negative exponent is 1 / base^−exponent, cut toward zero.
    private func power<Element: ArithmeticElement>(
      _ base: Element, _ exponent: Int
    ) throws(GraphError) -> Element {
      var result = Element.one
      var square = base
      var rest = exponent.magnitude
      let vanishes = base != .zero && base != .one && base.negated != .one
      if vanishes && exponent < 0 { return .zero }
      while rest > 0 {
        if rest & 1 == 1 { result = result.multiplied(by: square) }
        square = square.multiplied(by: square)
        rest >>= 1
      }
      return exponent < 0 ? try Element.one.divided(by: result) : result
    }
  }
}

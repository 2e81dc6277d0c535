extension Operator {
  /// The operator's name as messages and listings write it: the case's name, or for the element-wise
  /// families, reductions and paddings the name of what they do, such as `relu`, `reduce.mean`.
  public var name: String {
    switch self {
    case .unary(let op): op.name
    case .binary(let op): op.rawValue
    case .variadic(let op): op.rawValue
    case .reduce(let reduction): "reduce.\(reduction.kind.rawValue)"
    case .pad(let mode): "pad.\(mode.rawValue)"
    default: caseName(of: self)
    }
  }
}

extension UnaryOperator {
  /// The name without its parameters.
  public var name: String { caseName(of: self) }
}

/// The name of an enum's case without its payload.
private func caseName(of value: some Sendable) -> String {
  Mirror(reflecting: value).children.first?.label ?? "\(value)"
}

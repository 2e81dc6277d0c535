import SluiceGraph

extension Operator {
  /// The operator's name without attributes, as listings print it: `gru`, `conv`, `relu`, `add`.
  public var label: String {
    switch self {
    case .unary(let op): caseName(op)
    case .binary(let op): op.rawValue
    case .variadic(let op): op.rawValue
    case .reduce(let reduction): "reduce \(reduction.kind.rawValue)"
    case .constantOfShape: "constantOfShape"
    case .if: "if"
    default: caseName(self)
    }
  }
}

/// The name of an enum's case, without its associated values.
private func caseName<Value>(_ value: Value) -> String {
  if let label = Mirror(reflecting: value).children.first?.label { return label }
  return "\(value)"
}

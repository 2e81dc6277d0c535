/// One input, one output of the same shape.
public enum UnaryOperator: Sendable, Hashable {
  case relu, sigmoid, tanh, softplus, softsign, erf, mish, hardSwish
  /// x ≥ 0 ? x : alpha · x
  case leakyRelu(alpha: Float)
  /// x ≥ 0 ? x : alpha · (eˣ − 1)
  case elu(alpha: Float)
  /// x > 0 ? gamma · x : gamma · (alpha · eˣ − alpha)
  case selu(alpha: Float, gamma: Float)
  /// max(0, x) + min(0, alpha · (e^(x/alpha) − 1))
  case celu(alpha: Float)
  /// min(max(alpha · x + beta, 0), 1)
  case hardSigmoid(alpha: Float, beta: Float)
  /// x > alpha ? x : 0
  case thresholdedRelu(alpha: Float)
  /// x · Φ(x); with `tanh` its approximation 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))).
  case gelu(tanh: Bool)
  case sqrt, exp, log, abs, neg, sign, reciprocal, floor, ceil
  /// Halves to even.
  case round
  case sin, cos, atan
  /// bool to bool.
  case not
}

/// Two inputs of one element type, NumPy broadcasting.
public enum BinaryOperator: String, Sendable, Hashable, CaseIterable {
  case add, sub, mul
  /// Integers are cut toward zero.
  case div
  /// The exponent may have another element type; the result has the base's.
  case pow
  /// The rest gives bool.
  case greater, greaterOrEqual, less, lessOrEqual, equal, and, or
}

/// One or more inputs of one element type, NumPy broadcasting.
public enum VariadicOperator: String, Sendable, Hashable, CaseIterable {
  case min, max, mean, sum
}

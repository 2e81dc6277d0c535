import SluiceGraph

/// Element-wise operators as one pass: every output element is computed from the input elements at
/// the same index, inputs repeated to the shape as NumPy broadcasts.
///
/// Values are numbered: the inputs first, then one per step.
///
///     x · σ(x) + r      inputs x, r    steps 2: σ(0)   3: 0 · 2   4: 3 + 1    results [4]
public struct Expression: Sendable, Hashable {
  public var inputCount: Int
  public var steps: [Step]
  /// Per output, the value it gets.
  public var results: [Int]

  public init(inputCount: Int, steps: [Step], results: [Int]) {
    self.inputCount = inputCount
    self.steps = steps
    self.results = results
  }

  /// One operator over values that come before it. Float32.
  public enum Step: Sendable, Hashable {
    case constant(Float)
    case unary(UnaryOperator, Int)
    /// Arithmetic only.
    case binary(BinaryOperator, Int, Int)
    case minimum(Int, Int)
    case maximum(Int, Int)
    /// x, slope
    case prelu(Int, Int)
    /// x, lowest, highest
    case clip(Int, Float, Float)
  }

  /// What one operation may hold: its values stay in the registers and the first-level cache.
  public static let inputLimit = 8
  public static let stepLimit = 28
  public static let resultLimit = 4
}

/// What a product does to its result before it is stored.
public enum ProductActivation: Sendable, Hashable {
  case unary(UnaryOperator)
  /// x · σ(x)
  case silu
  /// x < 0 ? slope · x : x; the slope, one number or one a channel, is the operation's fourth input.
  case prelu
}

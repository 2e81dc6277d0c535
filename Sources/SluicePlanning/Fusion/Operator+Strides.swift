import SluiceGraph

extension Operator {
  /// Whether an input may be a view that is not contiguous: what every backend that takes fused plans
  /// reads through strides.
  ///
  /// - `gru`, `lstm`, `rnn`: X, and the initial states where their innermost axis is contiguous.
  /// - `conv`, `convTranspose`, `reduce`: X.
  /// - `gemm`, `matMul`: A, where with constant weights its rows are one stride apart; B.
  public func readsThrough(
    input: Int, shape: [Int], strides: [Int], constantWeights: Bool
  ) -> Bool {
    switch self {
    case .gru, .lstm, .rnn:
      input == 0 || (input == 5 || input == 6) && Self.isInnermostDense(shape, strides)
    case .conv, .convTranspose, .reduce: input == 0
    case .gemm, .matMul:
      input == 0 && (!constantWeights || Self.isRows(shape, strides))
        || input == 1 && !constantWeights
    default: false
    }
  }

  private static func isInnermostDense(_ shape: [Int], _ strides: [Int]) -> Bool {
    shape.last == 1 || strides.last == 1
  }

  /// Rows whose distance is one stride through all outer axes.
  private static func isRows(_ shape: [Int], _ strides: [Int]) -> Bool {
    let outer = shape.indices.dropLast().filter { shape[$0] != 1 }
    return zip(outer, outer.dropFirst()).allSatisfy { strides[$0] == strides[$1] * shape[$1] }
  }
}

import SluiceGraph

/// How much a planner may rewrite.
public enum Fusion: String, Sendable, Hashable, CaseIterable {
  /// Every node of the program becomes one operation with a buffer of its own for each output.
  /// What the reference backend runs, and what fused plans are compared with.
  case none
  /// Reshapes become aliases; batch normalisation goes into the weights of the product before it.
  case full
}

extension Operator {
  /// Whether the output holds the bytes of input 0 in their order, so that it may be an alias of it.
  ///
  /// - Parameters:
  ///   - input: shape of input 0.
  ///   - inputCount: inputs given.
  ///   - sameType: output and input 0 have one element type.
  func keepsBytes(input: [Int], inputCount: Int, sameType: Bool) -> Bool {
    switch self {
    case .reshape, .flatten, .squeeze, .unsqueeze, .identity: sameType
    case .cast: sameType
    case .concat: inputCount == 1
    case .transpose(let permutation): movesOnlyUnitAxes(permutation, shape: input)
    default: false
    }
  }
}

/// Whether the axes of size other than 1 keep their order under `permutation` (empty reverses).
private func movesOnlyUnitAxes(_ permutation: [Int], shape: [Int]) -> Bool {
  let order = permutation.isEmpty ? Array(shape.indices.reversed()) : permutation
  guard order.count == shape.count, order.allSatisfy(shape.indices.contains) else { return false }
  let moved = order.filter { shape[$0] != 1 }
  return zip(moved, moved.dropFirst()).allSatisfy { $0 < $1 }
}

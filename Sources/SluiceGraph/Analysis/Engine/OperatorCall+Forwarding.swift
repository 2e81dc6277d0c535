/// Operators that, as called, hand an input on unchanged.
extension OperatorCall {
  /// The input that output 0 equals; nil if the operator does something.
  ///
  /// - Parameter types: the output types by the operator's rule.
  func forwardedInput(_ types: [ValueType]) -> Int? {
    guard let input = inputs.first ?? nil, outputCount == 1, let output = types.first,
      input.elementType == output.elementType
    else { return nil }
    if case .identity = op { return 0 }
    if case .cast = op { return 0 }
    guard let before = input.shape, let after = output.shape, before.equals(after) else {
      return nil
    }
    return isUnchanged(before) ? 0 : nil
  }

  /// Whether the elements stay in place, given that the shape does.
  private func isUnchanged(_ shape: Shape) -> Bool {
    switch op {
    case .reshape, .flatten, .squeeze, .unsqueeze, .expand, .tile, .split: true
    case .concat: inputs.count == 1
    case .variadic: inputs.count == 1
    case .transpose(let permutation):
      (try? Axes.permutation(permutation, rank: shape.rank)) == Array(0..<shape.rank)
    case .slice: !isPresent(4) || (try? integers(4))?.allSatisfy { $0 > 0 } ?? false
    case .pad: (try? integers(1))?.allSatisfy { $0 == 0 } ?? false
    default: false
    }
  }
}

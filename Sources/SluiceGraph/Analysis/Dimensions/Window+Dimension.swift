/// Output sizes of windows over an axis that may be a symbol.
extension Window {
  /// The output size of a convolution or pool.
  func slid(over input: Dimension) throws(GraphError) -> Dimension {
    if let size = input.size { return .size(try slid(over: size).output) }
    switch padding {
    case .sameUpper, .sameLower:
      return try input.adding(.size(stride - 1)).floorDivided(by: stride)
    case .explicit(let begin, let end):
      // Whether a last partial window counts depends on the number.
      if ceilMode && stride > 1 { return .unknown }
      let span = try checkedSpan()
      var around = try begin.adding(end).subtracting(span)
      // The last window would start in the end padding.
      if ceilMode && end >= span { around = try around.subtracting(1) }
      return try input.adding(.size(around)).floorDivided(by: stride).adding(1)
    }
  }

  /// The output size of a transposed convolution.
  func transposed(
    _ input: Dimension, extra: Int, wanted: Int?
  ) throws(GraphError) -> Dimension {
    if let wanted { return .size(wanted) }
    if let size = input.size {
      return .size(try transposed(input: size, extra: extra, wanted: nil).output)
    }
    var around = try checkedSpan().adding(extra)
    switch padding {
    case .explicit(let begin, let end):
      around = try around.subtracting(begin).subtracting(end)
    case .sameUpper, .sameLower:
      around = min(around, stride)
    }
    return try input.adding(-1).multiplied(by: .size(stride)).adding(.size(around))
  }
}

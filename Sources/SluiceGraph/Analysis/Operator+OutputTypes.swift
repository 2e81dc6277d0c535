extension Operator {
  /// The element types and shapes of an operator's outputs, everything checked that can be.
  ///
  /// - Parameters:
  ///   - inputs: in the operator's order; nil where an optional input is absent.
  ///   - constants: the values of the inputs, where they are known; may be shorter than `inputs`.
  ///     Inputs that decide shapes (reshape targets, axes, slice bounds …) are read from here.
  ///   - outputCount: how many outputs the node has, used or not.
  /// - Returns: `outputCount` types. A dimension that cannot be known is the symbol `?`; a shape
  ///   whose rank cannot be known is nil.
  /// - Throws: `GraphError` with code `invalid`, `unsupported` or `limit`. The message names expected
  ///   and found, not the node: the caller knows it.
  public func outputTypes(
    inputs: [ValueType?], constants: [Tensor?] = [], outputCount: Int = 1
  ) throws(GraphError) -> [ValueType] {
    throw GraphError(.unsupported, "no shape rule for \(name)")
  }
}

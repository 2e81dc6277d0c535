/// Computes an operator on known tensors. Analysis folds constants with it; it is handed in, so that
/// the meaning of every operator is written once, in the reference backend.
public protocol OperatorEvaluator: Sendable {
  /// - Parameters:
  ///   - inputs: in the operator's order, nil where absent.
  ///   - outputCount: how many outputs the node has, used or not.
  /// - Returns: one tensor per output; those that are not offered beyond the first may be left out
  ///   only from the end.
  func evaluate(
    _ op: Operator, inputs: [Tensor?], outputCount: Int
  ) throws(GraphError) -> [Tensor]
}

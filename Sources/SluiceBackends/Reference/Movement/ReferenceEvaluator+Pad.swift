import SluiceGraph

extension ReferenceEvaluator {
  /// Elements before and after each axis; a negative pad takes elements away.
  func pad(_ arguments: Arguments, _ mode: PadMode) throws(GraphError) -> Tensor {
    let input = try arguments.required(0)
    let shape = try arguments.shape()
    let paddings = try AxisPadding.resolved(
      rank: input.rank, pads: arguments.integers(1) ?? [], axes: arguments.integers(3))
    let strides = rowMajorStrides(input.shape)
    let sources = shape.indices.map { axis in
      (0..<shape[axis]).map { position in
        let source = paddings[axis].source(of: position, size: input.shape[axis], mode: mode)
        return source.map { $0 * strides[axis] } ?? -1
      }
    }
    return try input.accept(
      IndexedCopy(shape: shape, indices: sums(of: sources), fill: arguments.optional(2)))
  }
}

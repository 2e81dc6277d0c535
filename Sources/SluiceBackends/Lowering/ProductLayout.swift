import SluiceGraph
import SluicePlanning

/// A gemm or matMul as rows, columns and strides in elements:
///
///     Y [b, rows, columns] = alpha · A [b, rows, depth] · B [b, depth, columns] + beta · C
package struct ProductLayout {
  package var rows = 0
  package var columns = 0
  package var depth = 0
  package var outputShape: [Int]
  package var alpha: Float = 1
  package var beta: Float = 0
  package var (aRow, aColumn) = (0, 1)
  package var (bRow, bColumn) = (0, 1)
  package var (cRow, cColumn) = (0, 0)
  /// Axes over which matrices repeat; empty for one product.
  package var batch: [Int] = []
  package var aBatch: [Int] = []
  package var bBatch: [Int] = []
  /// The whole of B where it is a constant matrix.
  package var weights: Tensor?
  /// One number per column, to be added; nil if there is none, or C is of another form.
  package var plainBias: Operand?
  /// alpha is 1, and C, if any, is a plain bias.
  package var isPlain = true

  package init(_ view: OperationView, _ op: Operator) throws(Fallback) {
    outputShape = try view.requiredOutput().shape
    if case .gemm(let gemm) = op {
      try takeGemm(view, gemm)
    } else {
      try takeMatMul(view)
    }
  }

  private mutating func takeGemm(_ view: OperationView, _ gemm: Gemm) throws(Fallback) {
    let (a, b) = (try view.required(0).shape, try view.required(1).shape)
    guard a.count == 2, b.count == 2, outputShape.count == 2 else { throw Fallback("no matrices") }
    (rows, columns) = (outputShape[0], outputShape[1])
    depth = a[gemm.transposeA ? 0 : 1]
    let (left, right) = (view.strides(0), view.strides(1))
    (aRow, aColumn) = gemm.transposeA ? (left[1], left[0]) : (left[0], left[1])
    (bRow, bColumn) = gemm.transposeB ? (right[1], right[0]) : (right[0], right[1])
    weights = view.input(1).flatMap(view.knownValue)
    alpha = gemm.alpha
    isPlain = gemm.alpha == 1
    guard view.input(2) != nil, gemm.beta != 0 else { return }
    let c = try view.strides(2, in: outputShape)
    (cRow, cColumn) = (c[0], c[1])
    beta = gemm.beta
    if isPlain, gemm.beta == 1, try view.required(2).count == columns, cRow == 0 {
      plainBias = view.operand(2)
      beta = 0
    } else {
      isPlain = false
    }
  }

  /// A vector on the left is a row, on the right a column. Where only A has batch axes, evenly apart,
  /// its matrices are the rows of one.
  private mutating func takeMatMul(_ view: OperationView) throws(Fallback) {
    var (a, b) = (try view.required(0).shape, try view.required(1).shape)
    var (left, right) = (view.strides(0), view.strides(1))
    guard !a.isEmpty, !b.isEmpty else { throw Fallback("no matrices") }
    if b.count == 2 { weights = view.input(1).flatMap(view.knownValue) }
    if a.count == 1 { (a, left) = ([1] + a, [0] + left) }
    if b.count == 1 { (b, right) = (b + [1], right + [0]) }
    (rows, columns, depth) = (a[a.count - 2], b[b.count - 1], a[a.count - 1])
    (aRow, aColumn) = (left[left.count - 2], left[left.count - 1])
    (bRow, bColumn) = (right[right.count - 2], right[right.count - 1])
    if view.input(2) != nil { plainBias = view.operand(2) }
    let (outerA, outerB) = (Array(a.dropLast(2)), Array(b.dropLast(2)))
    if count(outerB) == 1 {
      let outer = MergedAxes(
        sizes: outerA + [rows], strides: [Array(left.dropLast())])
      if outer.sizes.count == 1 {
        (rows, aRow) = (outer.sizes[0], outer.strides[0][0])
        return
      }
    }
    weights = nil
    batch = try Fallback.of { () throws(GraphError) in try Broadcast.shape(outerA, outerB) }
    aBatch = Self.broadcast(outerA, Array(left.dropLast(2)), to: batch)
    bBatch = Self.broadcast(outerB, Array(right.dropLast(2)), to: batch)
  }

  private static func broadcast(_ shape: [Int], _ strides: [Int], to batch: [Int]) -> [Int] {
    let added = batch.count - shape.count
    return batch.indices.map { axis in
      axis < added || shape[axis - added] == 1 ? 0 : strides[axis - added]
    }
  }
}

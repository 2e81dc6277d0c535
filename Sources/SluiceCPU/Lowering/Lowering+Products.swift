import CKernels
import SluiceGraph
import SluicePlanning

extension Lowering {
  func product(_ view: OperationView) throws(Fallback) -> [KernelCall] {
    _ = (try view.requiredFloat(0), try view.requiredFloat(1))
    if case .gemm(let attributes) = view.operation.operator { return [try gemm(view, attributes)] }
    return [try matMul(view)]
  }

  /// OpenBLAS counts in 32 bits.
  static func checkedForBLAS(_ sizes: Int...) throws(Fallback) {
    guard sizes.allSatisfy({ $0 <= Int(Int32.max) }) else {
      throw Fallback("a matrix of \(sizes) is beyond OpenBLAS's 32-bit sizes")
    }
  }

  private func gemm(_ view: OperationView, _ attributes: Gemm) throws(Fallback) -> KernelCall {
    let a = try view.required(0)
    let output = try view.requiredOutput()
    guard a.shape.count == 2, output.shape.count == 2 else { throw Fallback("no matrices") }
    let depth = a.shape[attributes.transposeA ? 0 : 1]
    try Self.checkedForBLAS(output.shape[0], output.shape[1], depth)
    var parameters = sluice_gemm_parameters()
    parameters.rows = Int64(output.shape[0])
    parameters.columns = Int64(output.shape[1])
    parameters.depth = Int64(depth)
    parameters.alpha = attributes.alpha
    parameters.beta = attributes.beta
    parameters.transpose_a = attributes.transposeA ? 1 : 0
    parameters.transpose_b = attributes.transposeB ? 1 : 0
    if view.input(2) != nil {
      let c = try view.requiredFloat(2)
      let strides = Broadcast.strides(of: c.shape, in: output.shape)
      (parameters.c_row, parameters.c_column) = (Int64(strides[0]), Int64(strides[1]))
    }
    return unsafe KernelCall(
      sluice_gemm, parameters, [view.operand(0), view.operand(1), view.operand(2), view.result()])
  }

  /// A vector on the left is a row, on the right a column. Where only A has batch axes its matrices
  /// are the rows of one.
  private func matMul(_ view: OperationView) throws(Fallback) -> KernelCall {
    let (left, right) = (try view.required(0).shape, try view.required(1).shape)
    guard !left.isEmpty, !right.isEmpty else { throw Fallback("no matrices") }
    let a = left.count == 1 ? [1] + left : left
    let b = right.count == 1 ? right + [1] : right
    var rows = a[a.count - 2]
    let (depth, columns) = (a[a.count - 1], b[b.count - 1])
    var (batchA, batchB) = (Array(a.dropLast(2)), Array(b.dropLast(2)))
    if count(batchB) == 1 {
      rows *= count(batchA)
      (batchA, batchB) = ([], [])
    }
    let batch = try Fallback.of { () throws(GraphError) in try Broadcast.shape(batchA, batchB) }
    try Self.checkedForBLAS(rows, columns, depth)
    let sizeA = rows * depth
    let sizeB = try Fallback.product(depth, columns)
    let axes = try MergedAxes(
      sizes: batch,
      strides: [
        Broadcast.strides(of: batchA, in: batch).map { $0 * sizeA },
        Broadcast.strides(of: batchB, in: batch).map { $0 * sizeB },
      ]
    ).checked()
    var parameters = sluice_matmul_parameters()
    parameters.rows = Int64(rows)
    parameters.columns = Int64(columns)
    parameters.depth = Int64(depth)
    parameters.batch_rank = Int64(axes.sizes.count)
    fill(&parameters.sizes, axes.sizes)
    fill(&parameters.a, axes.strides[0])
    fill(&parameters.b, axes.strides[1])
    return unsafe KernelCall(
      sluice_matmul, parameters, [view.operand(0), view.operand(1), view.result()])
  }
}

import SluiceGraph

/// Matrix products and convolutions.
extension ReferenceEvaluator {
  func product(_ op: Operator, _ arguments: Arguments) throws(GraphError) -> Tensor {
    switch op {
    case .gemm(let gemm): try self.gemm(arguments, gemm)
    case .matMul: try matMul(arguments)
    case .conv(let convolution): try self.convolution(arguments, convolution)
    case .convTranspose(let convolution): try transposedConvolution(arguments, convolution)
    default: throw GraphError(.unsupported, "\(op.name) is not a product")
    }
  }

  /// `alpha · A' B' + beta · C`
  private func gemm(_ arguments: Arguments, _ gemm: Gemm) throws(GraphError) -> Tensor {
    let a = try matrix(arguments.required(0), transposed: gemm.transposeA)
    let b = try matrix(arguments.required(1), transposed: gemm.transposeB)
    let shape = try arguments.shape()
    let product = try batchedProduct(a, b, shape: shape)
    let c = try arguments.optional(2).map { c throws(GraphError) in try expand(c, to: shape) }
    if let sums = product.array(of: Int64.self), gemm.alpha == 1, gemm.beta == 1 {
      let added = c?.converted(to: .int64).array(of: Int64.self).map { zip(sums, $0).map(&+) }
      return Tensor(added ?? sums, shape: shape).converted(to: a.elementType)
    }
    let scaled = product.doubles().map { Double(gemm.alpha) * $0 }
    let added = c.map { zip(scaled, $0.doubles()).map { $0 + Double(gemm.beta) * $1 } }
    return Tensor(added ?? scaled, shape: shape).converted(to: a.elementType)
  }

  private func matrix(_ tensor: Tensor, transposed: Bool) throws(GraphError) -> Tensor {
    guard transposed else { return tensor }
    return try tensor.accept(
      StridedCopy(shape: tensor.shape.reversed(), strides: rowMajorStrides(tensor.shape).reversed())
    )
  }

  /// NumPy `matmul`: a vector on the left is a row, on the right a column; leading axes broadcast.
  private func matMul(_ arguments: Arguments) throws(GraphError) -> Tensor {
    var a = try arguments.required(0)
    var b = try arguments.required(1)
    let shape = try arguments.shape()
    let isRow = a.rank == 1
    let isColumn = b.rank == 1
    if isRow { a = a.reshaped([1] + a.shape) }
    if isColumn { b = b.reshaped(b.shape + [1]) }
    let rows = a.shape[a.rank - 2]
    let columns = b.shape[b.rank - 1]
    let batch = shape.dropLast((isRow ? 0 : 1) + (isColumn ? 0 : 1))
    let product = try batchedProduct(a, b, shape: batch + [rows, columns])
    return product.converted(to: a.elementType).reshaped(shape)
  }

  /// Products over the last two axes, unrounded: double for floats, int64 for integers.
  private func batchedProduct(
    _ a: Tensor, _ b: Tensor, shape: [Int]
  ) throws(GraphError) -> Tensor {
    guard a.elementType == b.elementType, a.elementType != .bool else {
      throw GraphError(
        .unsupported,
        "a product takes one type of numbers, found \(a.elementType), \(b.elementType)")
    }
    let wide: ElementType = a.elementType.isInteger ? .int64 : .float64
    return try a.converted(to: wide).accept(
      MatrixProduct(other: b.converted(to: wide), aShape: a.shape, shape: shape))
  }
}

/// `[…, N, K]` by `[…, K, M]`, leading axes broadcast; each sum in order of K.
struct MatrixProduct: NumberVisitor {
  let other: Tensor
  let aShape: [Int]
  let shape: [Int]

  func visit<Element: ArithmeticElement>(_ a: [Element]) -> Tensor {
    let b = other.array(of: Element.self) ?? []
    let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
    let depth = aShape[aShape.count - 1]
    let batch = Array(shape.dropLast(2))
    let starts = (
      sums(of: strided(batch, Array(aShape.dropLast(2)))),
      sums(of: strided(batch, Array(other.shape.dropLast(2))))
    )
    var result = [Element]()
    result.reserveCapacity(shape.reduce(1, *))
    for (aMatrix, bMatrix) in zip(starts.0, starts.1) {
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = Element.zero
          var (i, j) = ((aMatrix * rows + row) * depth, bMatrix * depth * columns + column)
          for _ in 0..<depth {
            sum = sum.adding(a[i].multiplied(by: b[j]))
            i += 1
            j += columns
          }
          result.append(sum)
        }
      }
    }
    return Tensor(result, shape: shape)
  }

  /// Per axis of `batch`, what each index adds to the number of a matrix.
  private func strided(_ batch: [Int], _ shape: [Int]) -> [[Int]] {
    let strides = Broadcast.strides(of: shape, in: batch)
    return zip(batch, strides).map { size, stride in (0..<size).map { $0 * stride } }
  }
}

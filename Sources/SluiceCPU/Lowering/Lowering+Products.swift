import CKernels
import SluiceBackends
import SluiceGraph
import SluicePlanning

extension Lowering {
  /// A matrix product with what follows it.
  mutating func product(
    _ view: OperationView, _ op: Operator, _ activation: ProductActivation?
  ) throws(Fallback) -> [KernelCall] {
    for index in view.operation.inputs.indices where view.input(index) != nil {
      _ = try view.requiredFloat(index)
    }
    let product = try ProductLayout(view, op)
    if let matrix = product.weights, product.isPlain {
      if !belongsToLibrary(product) { return try linear(view, product, matrix, activation) }
    }
    let following = following(view, activation)
    if belongsToLibrary(product), let calls = try libraryProduct(view, product, op) {
      return calls
        + (try finish(
          view.result(), shape: product.outputShape, axis: product.outputShape.count - 1,
          bias: product.plainBias, following))
    }
    return [try stridedProduct(view, product)]
      + (try finish(
        view.result(), shape: product.outputShape, axis: product.outputShape.count - 1,
        bias: product.plainBias, following))
  }

  private func following(
    _ view: OperationView, _ activation: ProductActivation?
  ) -> (kind: ProductActivation, slope: Operand?, slopes: Int)? {
    guard let activation else { return nil }
    guard case .prelu = activation, let slope = view.operation.inputs.last ?? nil else {
      return (activation, nil, 0)
    }
    return (activation, .buffer(slope), plan.buffers[slope].count)
  }

  // MARK: Packed

  private mutating func linear(
    _ view: OperationView, _ product: ProductLayout, _ matrix: Tensor,
    _ activation: ProductActivation?
  ) throws(Fallback) -> [KernelCall] {
    let (columns, depth) = (product.columns, product.depth)
    var parameters = sluice_linear_parameters()
    parameters.rows = Int64(product.rows)
    parameters.inputs = Int64(depth)
    parameters.outputs = Int64(columns)
    parameters.x_row = Int64(product.aRow)
    parameters.x_column = Int64(product.aColumn)
    parameters.y_row = Int64(columns)
    parameters.activation = Int32(SLUICE_FOLLOWED_BY_NOTHING)
    var slope: Operand?
    var afterwards: [KernelCall] = []
    switch activation {
    case .unary(let op):
      let (kind, alpha, beta) = op.kernel
      parameters.activation = Int32(kind.rawValue)
      (parameters.alpha, parameters.beta) = (alpha, beta)
    case .prelu:
      parameters.activation = Int32(SLUICE_FOLLOWED_BY_PRELU)
      slope = try slopes(view, columns)
    case .silu:
      afterwards = try finish(
        view.result(), shape: product.outputShape, axis: 0, bias: nil, (.silu, nil, 0))
    case nil: break
    }
    let floats = try packedCount(columns, depth)
    let packed = table(
      Tensor(
        unsafe [Float](unsafeUninitializedCapacity: floats) { target, count in
          if floats > 0, let start = target.baseAddress {
            unsafe matrix.withUnsafeFloats { source in
              unsafe sluice_pack(
                source, Int64(columns), Int64(depth), Int64(product.bColumn),
                Int64(product.bRow), start)
            }
          }
          count = floats
        }))
    let call = unsafe KernelCall(
      .batch(vectors.linear), parameters,
      [view.operand(0), packed, product.plainBias, slope, view.result()],
      note:
        "packed \(columns) x \(depth) for \(product.rows) rows a stream: one pass serves all streams",
      sharedByteCount: floats * 4)
    return [call] + afterwards
  }

  private func packedCount(_ outputs: Int, _ inputs: Int) throws(Fallback) -> Int {
    _ = try Fallback.product(outputs + 16, inputs)
    return Int(sluice_packed_floats(Int64(outputs), Int64(inputs)))
  }

  /// One slope per channel.
  mutating func slopes(_ view: OperationView, _ channels: Int) throws(Fallback) -> Operand {
    guard let slope = view.operation.inputs.last ?? nil, let tensor = view.knownValue(slope) else {
      throw Fallback("its slope is not known before it runs")
    }
    if tensor.count == channels { return .buffer(slope) }
    return table(Tensor(repeating: tensor.floats().first ?? 0, shape: [channels]))
  }

  // MARK: OpenBLAS

  /// Large products whose shape does not depend on the number of streams: packing the rows as well,
  /// as OpenBLAS does, pays above so many of them, and so do its threads. It packs the weights each
  /// time, which takes more rows to pay where ours are packed already (ledger in Kernels/README.md).
  private func belongsToLibrary(_ product: ProductLayout) -> Bool {
    let isPacked = product.weights != nil && product.isPlain
    return product.rows >= (isPacked ? 256 : 64)
      && isLarge(rows: product.rows, columns: product.columns, depth: product.depth)
  }

  func isLarge(rows: Int, columns: Int, depth: Int) -> Bool {
    let (area, overflow) = rows.multipliedReportingOverflow(by: columns)
    let (products, tooLarge) = area.multipliedReportingOverflow(by: depth)
    return columns >= 16 && (overflow || tooLarge || products >= 1 << 22) && hasLibrary
  }

  /// nil where the library does not take the operands as they lie.
  private func libraryProduct(
    _ view: OperationView, _ product: ProductLayout, _ op: Operator
  ) throws(Fallback) -> [KernelCall]? {
    guard let a = view.input(0), let b = view.input(1), plan.isContiguous(a),
      plan.isContiguous(b), product.isPlain, product.batch.isEmpty, product.depth > 0
    else { return nil }
    try Self.checkedForBLAS(product.rows, product.columns, product.depth)
    var parameters = sluice_library_product_parameters()
    parameters.rows = Int64(product.rows)
    parameters.columns = Int64(product.columns)
    parameters.depth = Int64(product.depth)
    if case .gemm(let gemm) = op {
      parameters.transpose_a = gemm.transposeA ? 1 : 0
      parameters.transpose_b = gemm.transposeB ? 1 : 0
    }
    return unsafe [
      KernelCall(
        .library(sluice_library_product), parameters,
        [view.operand(0), view.operand(1), view.result()],
        note: "sgemm of \(product.rows) x \(product.columns) x \(product.depth): large, and of one "
          + "stream")
    ]
  }

  /// OpenBLAS counts in 32 bits.
  static func checkedForBLAS(_ sizes: Int...) throws(Fallback) {
    guard sizes.allSatisfy({ $0 <= Int(Int32.max) }) else {
      throw Fallback("a matrix of \(sizes) is beyond OpenBLAS's 32-bit sizes")
    }
  }

  // MARK: Neither known before

  private mutating func stridedProduct(
    _ view: OperationView, _ product: ProductLayout
  ) throws(Fallback) -> KernelCall {
    var parameters = sluice_product_parameters()
    parameters.rows = Int64(product.rows)
    parameters.columns = Int64(product.columns)
    parameters.depth = Int64(product.depth)
    parameters.a_row = Int64(product.aRow)
    parameters.a_column = Int64(product.aColumn)
    parameters.b_row = Int64(product.bRow)
    parameters.b_column = Int64(product.bColumn)
    parameters.c_row = Int64(product.cRow)
    parameters.c_column = Int64(product.cColumn)
    parameters.y_row = Int64(product.columns)
    parameters.alpha = product.alpha
    parameters.beta = product.beta
    parameters.y_batch = Int64(product.rows * product.columns)
    let axes = try MergedAxes(
      sizes: product.batch, strides: [product.aBatch, product.bBatch]
    ).checked()
    parameters.batch_rank = Int64(axes.sizes.count)
    fill(&parameters.sizes, axes.sizes)
    fill(&parameters.a, axes.strides[0])
    fill(&parameters.b, axes.strides[1])
    try reserveWorkspace(
      Int(unsafe withUnsafePointer(to: parameters) { unsafe sluice_product_workspace($0) }),
      size: 1)
    return unsafe KernelCall(
      .separate(vectors.product), parameters,
      [
        view.operand(0), view.operand(1), product.isPlain ? nil : view.operand(2), view.result(),
        .workspace(),
      ], note: "strided \(product.rows) x \(product.columns) x \(product.depth)")
  }
}

extension Tensor {
  /// Calls `body` with the address of float32 elements.
  func withUnsafeFloats<Result>(
    _ body: (UnsafePointer<Float>?) throws -> Result
  ) rethrows -> Result {
    try unsafe withUnsafeBytes { bytes in
      try unsafe body(bytes.baseAddress?.assumingMemoryBound(to: Float.self))
    }
  }
}

import CKernels
import SluiceBackends
import SluiceGraph
import SluicePlanning

extension Lowering {
  func indexing(
    _ view: OperationView, _ op: Operator
  ) throws(Fallback) -> [KernelCall] {
    switch op {
    case .gather(let axis): try gather(view, axis: axis)
    case .gatherElements(let axis): try gatherElements(view, axis: axis)
    case .scatterND(let reduction): try scatter(view, reduction)
    default: throw Fallback("it does not index")
    }
  }

  /// Indices as kernels read them: int32 or int64.
  private func indices(_ view: OperationView) throws(Fallback) -> Plan.Buffer {
    let indices = try view.required(1)
    guard indices.elementType == .int32 || indices.elementType == .int64 else {
      throw Fallback("no kernel for indices of \(indices.elementType)")
    }
    return indices
  }

  private func gather(_ view: OperationView, axis: Int) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    let indices = try indices(view)
    let axis = try Fallback.of { () throws(GraphError) in
      try Axes.resolved(axis, rank: input.shape.count)
    }
    let parameters = sluice_gather_parameters(
      outer: Int64(count(input.shape[..<axis])), axis: Int64(input.shape[axis]),
      inner_bytes: Int64(count(input.shape[(axis + 1)...]) * input.elementType.byteCount),
      index_count: Int64(indices.count), index_bytes: Int64(indices.elementType.byteCount))
    return unsafe [
      KernelCall(sluice_gather, parameters, [view.operand(0), view.operand(1), view.result()])
    ]
  }

  private func gatherElements(_ view: OperationView, axis: Int) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    let indices = try indices(view)
    let output = try view.requiredOutput()
    let axis = try Fallback.of { () throws(GraphError) in
      try Axes.resolved(axis, rank: input.shape.count)
    }
    guard output.shape.count <= Int(SLUICE_RANK),
      output.shape.indices.allSatisfy({ $0 == axis || output.shape[$0] <= input.shape[$0] })
    else { throw Fallback("indices \(output.shape) of \(input.shape) have no kernel") }
    var parameters = sluice_gather_elements_parameters()
    parameters.element_bytes = Int64(input.elementType.byteCount)
    parameters.index_bytes = Int64(indices.elementType.byteCount)
    parameters.rank = Int64(output.shape.count)
    parameters.axis = Int64(axis)
    parameters.axis_size = Int64(input.shape[axis])
    fill(&parameters.sizes, output.shape)
    fill(&parameters.strides, rowMajorStrides(input.shape))
    return unsafe [
      KernelCall(
        sluice_gather_elements, parameters, [view.operand(0), view.operand(1), view.result()])
    ]
  }

  private func scatter(
    _ view: OperationView, _ reduction: ScatterReduction
  ) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    let indices = try indices(view)
    let updates = try view.required(2)
    guard let depth = indices.shape.last, depth <= input.shape.count, depth <= Int(SLUICE_RANK),
      updates.elementType == input.elementType
    else { throw Fallback("indices \(indices.shape) of \(input.shape) have no kernel") }
    let rows = count(indices.shape.dropLast())
    let length = count(input.shape[depth...])
    guard try Fallback.product(rows, length) == updates.count else {
      throw Fallback("updates \(updates.shape) do not fit \(rows) slices of \(length)")
    }
    guard let kernel = unsafe sluice_scatter_kernel(reduction.kernel, input.elementType.kernelType)
    else { throw Fallback("no kernel for \(reduction.rawValue) of \(input.elementType)") }
    var parameters = sluice_scatter_parameters()
    parameters.count = Int64(input.count)
    parameters.element_bytes = Int64(input.elementType.byteCount)
    parameters.rows = Int64(rows)
    parameters.depth = Int64(depth)
    parameters.length = Int64(length)
    parameters.index_bytes = Int64(indices.elementType.byteCount)
    fill(&parameters.sizes, Array(input.shape.prefix(depth)))
    fill(&parameters.strides, Array(rowMajorStrides(input.shape).prefix(depth)))
    let operands = [view.operand(0), view.operand(1), view.operand(2), view.result()]
    return unsafe [KernelCall(kernel, parameters, operands)]
  }
}

extension ScatterReduction {
  fileprivate var kernel: sluice_scatter {
    switch self {
    case .none: SLUICE_SCATTER_NONE
    case .add: SLUICE_SCATTER_ADD
    case .mul: SLUICE_SCATTER_MUL
    case .max: SLUICE_SCATTER_MAX
    case .min: SLUICE_SCATTER_MIN
    }
  }
}

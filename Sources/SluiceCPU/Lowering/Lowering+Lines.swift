import CKernels
import SluiceBackends
import SluiceGraph
import SluicePlanning

extension Lowering {
  /// Softmax, reductions and what depends on order along an axis.
  mutating func lines(
    _ view: OperationView, _ op: Operator
  ) throws(Fallback) -> [KernelCall] {
    switch op {
    case .softmax(let axis): unsafe try softmax(view, axis: axis, vectors.softmax)
    case .logSoftmax(let axis): unsafe try softmax(view, axis: axis, vectors.logSoftmax)
    case .reduce(let reduction): try reduce(view, reduction)
    case .globalAveragePool: try reduceSpatialAxes(view, .mean)
    case .globalMaxPool: try reduceSpatialAxes(view, .max)
    case .argMax(let axis, _, let selectLast): try argMax(view, axis: axis, selectLast: selectLast)
    case .topK(let axis, let largest, _): try topK(view, axis: axis, largest: largest)
    case .cumSum(let exclusive, let reverse):
      try cumulativeSum(view, exclusive: exclusive, reverse: reverse)
    default: throw Fallback("it does not run along lines")
    }
  }

  private func lines(
    _ view: OperationView, along axis: Int
  ) throws(Fallback) -> sluice_lines_parameters {
    let shape = try view.required(0).shape
    let plain = try Fallback.of { () throws(GraphError) in
      try Axes.resolved(axis, rank: shape.count)
    }
    return SluiceCPU.lines(of: shape, along: plain)
  }

  private func softmax(
    _ view: OperationView, axis: Int, _ kernel: @escaping sluice_kernel
  ) throws(Fallback) -> [KernelCall] {
    _ = try view.requiredFloat(0)
    let parameters = try lines(view, along: axis)
    return unsafe [KernelCall(kernel, parameters, [view.operand(0), view.result()])]
  }

  private func reduce(
    _ view: OperationView, _ reduction: Reduction
  ) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    let listed = try view.constantIntegers(1)
    if listed ?? [] == [], reduction.noopWithEmptyAxes {
      return [try copy(view.operand(0), view.result(), view.requiredOutput())]
    }
    let axes = try Fallback.of { () throws(GraphError) in
      try reduction.resolvedAxes(listed, rank: input.shape.count)
    }
    return [try reduce(view, input, axes, reduction.kind)]
  }

  private func reduceSpatialAxes(
    _ view: OperationView, _ kind: Reduction.Kind
  ) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    return [try reduce(view, input, Array(input.shape.indices.dropFirst(2)), kind)]
  }

  private func reduce(
    _ view: OperationView, _ input: Plan.Buffer, _ reduced: [Int], _ kind: Reduction.Kind
  ) throws(Fallback) -> KernelCall {
    let isFloat = input.elementType == .float32
    guard
      let kernel = unsafe isFloat
        ? vectors.reduction(kind.kernel)
        : sluice_reduce_kernel(kind.kernel, input.elementType.kernelType)
    else { throw Fallback("no kernel for \(kind.rawValue) of \(input.elementType)") }
    guard !input.elementType.isInteger || kind != .mean || input.count > 0 else {
      throw Fallback("no kernel for the mean of no integers")
    }
    let strides = view.strides(0)
    let kept = input.shape.indices.filter { !reduced.contains($0) }
    let outer = try MergedAxes(
      sizes: kept.map { input.shape[$0] }, strides: [kept.map { strides[$0] }]
    ).checked()
    let inner = try MergedAxes(
      sizes: reduced.map { input.shape[$0] }, strides: [reduced.map { strides[$0] }]
    ).checked()
    var parameters = sluice_reduce_parameters()
    parameters.kept_rank = Int64(outer.sizes.count)
    parameters.reduced_rank = Int64(inner.sizes.count)
    fill(&parameters.kept_sizes, outer.sizes)
    fill(&parameters.kept_strides, outer.strides[0])
    fill(&parameters.reduced_sizes, inner.sizes)
    fill(&parameters.reduced_strides, inner.strides[0])
    return unsafe KernelCall(kernel, parameters, [view.operand(0), view.result()])
  }

  private func argMax(
    _ view: OperationView, axis: Int, selectLast: Bool
  ) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    let lines = try lines(view, along: axis)
    guard let kernel = unsafe sluice_argmax_kernel(input.elementType.kernelType),
      lines.length > 0
    else { throw Fallback("no kernel for \(input.elementType)\(input.shape)") }
    let parameters = sluice_argmax_parameters(lines: lines, select_last: selectLast ? 1 : 0)
    return unsafe [KernelCall(kernel, parameters, [view.operand(0), view.result()])]
  }

  private mutating func topK(
    _ view: OperationView, axis: Int, largest: Bool
  ) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    let lines = try lines(view, along: axis)
    guard let k = try view.constantIntegers(1)?.first, k >= 0, k <= lines.length,
      let kernel = unsafe sluice_topk_kernel(input.elementType.kernelType)
    else { throw Fallback("no kernel for \(input.elementType)\(input.shape)") }
    try reserveWorkspace(Int(lines.length), size: 8)
    let parameters = sluice_topk_parameters(
      lines: lines, k: Int64(k), largest: largest ? 1 : 0)
    return unsafe [
      KernelCall(
        kernel, parameters, [view.operand(0), view.result(0), view.result(1), .workspace()])
    ]
  }

  private func cumulativeSum(
    _ view: OperationView, exclusive: Bool, reverse: Bool
  ) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    guard let axis = try view.constantIntegers(1)?.first,
      let kernel = unsafe sluice_cumulative_sum_kernel(input.elementType.kernelType)
    else { throw Fallback("no kernel for \(input.elementType)") }
    let parameters = sluice_scan_parameters(
      lines: try lines(view, along: axis), exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0)
    return unsafe [KernelCall(kernel, parameters, [view.operand(0), view.result()])]
  }
}

extension Reduction.Kind {
  fileprivate var kernel: sluice_reduction {
    switch self {
    case .mean: SLUICE_REDUCE_MEAN
    case .sum: SLUICE_REDUCE_SUM
    case .max: SLUICE_REDUCE_MAX
    case .min: SLUICE_REDUCE_MIN
    case .l2: SLUICE_REDUCE_L2
    }
  }
}

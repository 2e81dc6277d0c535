import CKernels
import SluiceBackends
import SluiceGraph
import SluicePlanning

extension Lowering {
  mutating func window(
    _ view: OperationView, _ op: Operator
  ) throws(Fallback) -> [KernelCall] {
    switch op {
    case .maxPool(let pool): [try maxPool(view, pool)]
    case .averagePool(let pool): [try averagePool(view, pool)]
    default: throw Fallback("it has no window")
    }
  }

  /// Sizes without batch and channels.
  func spatialShape(_ index: Int, _ view: OperationView) throws(Fallback) -> [Int] {
    let shape = try view.required(index).shape
    guard (3...5).contains(shape.count) else {
      throw Fallback("no kernel for \(shape.count - 2) spatial axes")
    }
    return Array(shape[2...])
  }

  /// Three axes, the missing ones in front with one position and one tap.
  static func axes(
    _ geometry: WindowGeometry
  ) -> (sluice_window, sluice_window, sluice_window) {
    let unit = sluice_window(
      input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, begin: 0, end: 0)
    let axes =
      Array(repeating: unit, count: 3 - geometry.axes.count)
      + geometry.axes.map {
        sluice_window(
          input: Int64($0.input), output: Int64($0.output), kernel: Int64($0.kernel),
          stride: Int64($0.stride), dilation: Int64($0.dilation), begin: Int64($0.begin),
          end: Int64($0.end))
      }
    return (axes[0], axes[1], axes[2])
  }

  private func pool(
    _ view: OperationView, _ pool: Pool
  ) throws(Fallback) -> sluice_pool_parameters {
    let shape = try view.required(0).shape
    let input = try spatialShape(0, view)
    let geometry = try Fallback.of { () throws(GraphError) in
      try WindowGeometry(pool, input: input)
    }
    return sluice_pool_parameters(
      planes: Int64(shape[0] * shape[1]), axes: Self.axes(geometry),
      count_include_pad: pool.countIncludePad ? 1 : 0,
      column_major: pool.columnMajorIndices ? 1 : 0)
  }

  private func maxPool(_ view: OperationView, _ pool: Pool) throws(Fallback) -> KernelCall {
    let type = try view.required(0).elementType
    let isPlain = type == .float32 && view.output(0) != nil && view.output(1) == nil
    guard
      let kernel = unsafe (isPlain ? vectors.maxPool : nil)
        ?? sluice_max_pool_kernel(type.kernelType)
    else {
      throw Fallback("no kernel for \(type)")
    }
    let parameters = try self.pool(view, pool)
    return unsafe KernelCall(
      kernel, parameters, [view.operand(0), view.result(0), view.result(1)])
  }

  private func averagePool(_ view: OperationView, _ pool: Pool) throws(Fallback) -> KernelCall {
    _ = try view.requiredFloat(0)
    let parameters = try self.pool(view, pool)
    return unsafe KernelCall(
      vectors.averagePool, parameters, [view.operand(0), view.result()])
  }
}

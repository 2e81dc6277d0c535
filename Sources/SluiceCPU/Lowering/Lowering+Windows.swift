import CKernels
import SluiceGraph
import SluicePlanning

extension Lowering {
  mutating func window(_ view: OperationView) throws(Fallback) -> [KernelCall] {
    switch view.operation.operator {
    case .conv(let attributes): [try convolution(view, attributes)]
    case .convTranspose(let attributes): [try transposed(view, attributes)]
    case .maxPool(let pool): [try maxPool(view, pool)]
    case .averagePool(let pool): [try averagePool(view, pool)]
    default: throw Fallback("it has no window")
    }
  }

  /// A convolution of fewer multiplications than this in one group runs directly: below it a call of
  /// sgemm and the laying out of its matrix cost more than the sums.
  private static let directLimit = 2048
  /// Floats of laid out taps per matrix product: half of a 256 KB second-level cache.
  private static let tileFloats = 32768

  private func floats(_ view: OperationView) throws(Fallback) {
    for index in view.operation.inputs.indices where view.input(index) != nil {
      _ = try view.requiredFloat(index)
    }
  }

  private func spatialShape(_ index: Int, _ view: OperationView) throws(Fallback) -> [Int] {
    let shape = try view.required(index).shape
    guard (3...5).contains(shape.count) else {
      throw Fallback("no kernel for \(shape.count - 2) spatial axes")
    }
    return Array(shape[2...])
  }

  private mutating func convolution(
    _ view: OperationView, _ attributes: Convolution
  ) throws(Fallback) -> KernelCall {
    try floats(view)
    let input = try spatialShape(0, view)
    let kernel = try spatialShape(1, view)
    let geometry = try Fallback.of { () throws(GraphError) in
      try WindowGeometry(attributes, input: input, kernel: kernel)
    }
    var parameters = try parameters(view, groups: attributes.groups, geometry)
    let depth = count(try view.required(1).shape[1...])
    let outputs = count(geometry.outputSizes)
    let maps = Int(parameters.output_channels) / attributes.groups
    let work = try Fallback.product(maps, depth, outputs)
    if work > Self.directLimit, maps > 1 {
      let tile = min(outputs, max(Self.tileFloats / max(depth, 1), 16))
      try Self.checkedForBLAS(maps, depth, outputs)
      try reserveWorkspace(Fallback.product(depth, tile))
      parameters.tile = Int64(tile)
    }
    let note =
      parameters.tile == 0
      ? "direct, \(work) products" : "sgemm of \(maps) x \(depth) x \(parameters.tile)"
    return unsafe KernelCall(
      sluice_conv, parameters,
      [view.operand(0), view.operand(1), view.operand(2), .workspace(), view.result()], note: note)
  }

  private mutating func transposed(
    _ view: OperationView, _ attributes: TransposedConvolution
  ) throws(Fallback) -> KernelCall {
    try floats(view)
    let input = try spatialShape(0, view)
    let kernel = try spatialShape(1, view)
    let geometry = try Fallback.of { () throws(GraphError) in
      try WindowGeometry(attributes, input: input, kernel: kernel)
    }
    let groups = attributes.convolution.groups
    let parameters = try parameters(view, groups: groups, geometry)
    let rows = count(try view.required(1).shape[1...])
    try Self.checkedForBLAS(rows, count(input), Int(parameters.input_channels))
    try reserveWorkspace(Fallback.product(rows, count(input)))
    return unsafe KernelCall(
      sluice_conv_transpose, parameters,
      [view.operand(0), view.operand(1), view.operand(2), .workspace(), view.result()])
  }

  private func parameters(
    _ view: OperationView, groups: Int, _ geometry: WindowGeometry
  ) throws(Fallback) -> sluice_conv_parameters {
    let (input, output) = (try view.required(0).shape, try view.requiredOutput().shape)
    guard groups > 0, input[1] % groups == 0, output[1] % groups == 0 else {
      throw Fallback("no kernel for \(groups) groups of \(input[1]) channels")
    }
    var parameters = sluice_conv_parameters()
    parameters.batch = Int64(input[0])
    parameters.input_channels = Int64(input[1])
    parameters.output_channels = Int64(output[1])
    parameters.groups = Int64(groups)
    parameters.axes = Self.axes(geometry)
    return parameters
  }

  /// Three axes, the missing ones in front with one position and one tap.
  private static func axes(
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
    guard let kernel = unsafe sluice_max_pool_kernel(type.kernelType) else {
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
      sluice_average_pool, parameters, [view.operand(0), view.result()])
  }
}

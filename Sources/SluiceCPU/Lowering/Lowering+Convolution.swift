import CKernels
import SluiceBackends
import SluiceGraph
import SluicePlanning

extension Lowering {
  /// A convolution or transposed convolution with what follows it.
  mutating func convolution(
    _ view: OperationView, _ op: Operator, _ activation: ProductActivation?
  ) throws(Fallback) -> [KernelCall] {
    for index in view.operation.inputs.indices where view.input(index) != nil {
      _ = try view.requiredFloat(index)
    }
    var parameters = try parameters(view, op)
    var slope: Operand?
    switch activation {
    case .unary(let op):
      let (kind, alpha, beta) = op.kernel
      parameters.activation = Int32(kind.rawValue)
      (parameters.alpha, parameters.beta) = (alpha, beta)
    case .silu: parameters.activation = Int32(SLUICE_FOLLOWED_BY_SILU)
    case .prelu:
      parameters.activation = Int32(SLUICE_FOLLOWED_BY_PRELU)
      slope = view.operation.inputs.last.flatMap { $0.map { .buffer($0) } }
      parameters.slopes = Int64(
        view.operation.inputs.last.flatMap { $0.map { plan.buffers[$0].count } } ?? 0)
    case nil: parameters.activation = Int32(SLUICE_FOLLOWED_BY_NOTHING)
    }
    if case .conv(let attributes) = op, belongsToLibrary(parameters) {
      return try libraryConvolution(view, attributes, activation, slope, parameters.slopes)
    }
    return try direct(view, parameters, slope)
  }

  private mutating func direct(
    _ view: OperationView, _ parameters: sluice_convolution_parameters, _ slope: Operand?
  ) throws(Fallback) -> [KernelCall] {
    let (packed, own, form) = unsafe withUnsafePointer(to: parameters) { p in
      (
        Int(unsafe sluice_convolution_packed_count(p)),
        Int(unsafe sluice_convolution_workspace(p)),
        unsafe String(
          cString: sluice_convolution_form_name(
            sluice_convolution_choice(p, Int64(vectors.width))))
      )
    }
    try reserveWorkspace(own, size: 1)
    var calls: [KernelCall] = []
    var weights: Operand
    if let known = view.input(1).flatMap(view.knownValue) {
      weights = table(Tensor(pack(known, parameters, count: packed)))
    } else {
      let start = (own + 63) / 64 * 64
      try reserveWorkspace(start + packed * 4, size: 1)
      weights = .workspace(offset: start)
      unsafe calls.append(
        KernelCall(sluice_pack_convolution_call, parameters, [view.operand(1), weights]))
    }
    let bias = view.input(2) == nil ? nil : view.operand(2)
    let work = unsafe withUnsafePointer(to: parameters) {
      unsafe sluice_convolution_products($0)
    }
    unsafe calls.append(
      KernelCall(
        vectors.convolution, parameters,
        [view.operand(0), weights, bias, slope, .workspace(), view.result()],
        note: "direct \(form), \(work) products"))
    return calls
  }

  private func pack(
    _ weights: Tensor, _ parameters: sluice_convolution_parameters, count: Int
  ) -> [Float] {
    unsafe [Float](unsafeUninitializedCapacity: count) { target, filled in
      if count > 0, let start = target.baseAddress {
        unsafe weights.withUnsafeFloats { source in
          unsafe withUnsafePointer(to: parameters) {
            unsafe sluice_convolution_pack($0, source, start)
          }
        }
      }
      filled = count
    }
  }

  // MARK: OpenBLAS

  /// Many channels at many positions: a matrix product of one stream, large enough for OpenBLAS's
  /// blocking and threads to pay for laying out its matrix.
  private func belongsToLibrary(_ p: sluice_convolution_parameters) -> Bool {
    let work = unsafe withUnsafePointer(to: p) { unsafe sluice_convolution_products($0) }
    let maps = p.output_channels / max(p.groups, 1)
    return work >= 1 << 24 && maps >= 64 && p.input_channels / max(p.groups, 1) >= 16 && hasLibrary
  }

  /// Floats of laid out taps per matrix product: half of a 256 KB second-level cache.
  private static let tileFloats = 32768

  private mutating func libraryConvolution(
    _ view: OperationView, _ attributes: Convolution, _ activation: ProductActivation?,
    _ slope: Operand?, _ slopes: Int64
  ) throws(Fallback) -> [KernelCall] {
    let geometry = try geometry(view, .conv(attributes))
    let input = try view.required(0)
    let output = try view.requiredOutput()
    let depth = count(try view.required(1).shape[1...])
    let positions = count(geometry.outputSizes)
    let maps = output.shape[1] / attributes.groups
    let tile = min(positions, max(Self.tileFloats / max(depth, 1), 16))
    try Self.checkedForBLAS(maps, depth, positions)
    let start = (try Fallback.product(depth, tile, 4) + 63) / 64 * 64
    try reserveWorkspace(start, size: 1)
    var parameters = sluice_library_convolution_parameters()
    parameters.batch = Int64(input.shape[0])
    parameters.input_channels = Int64(input.shape[1])
    parameters.output_channels = Int64(output.shape[1])
    parameters.groups = Int64(attributes.groups)
    parameters.axes = Self.axes(geometry)
    parameters.tile = Int64(tile)
    var calls: [KernelCall] = []
    var x = view.operand(0)
    if let buffer = view.input(0), !plan.isContiguous(buffer) {
      try reserveWorkspace(start + input.byteCount, size: 1)
      x = .workspace(offset: start)
      calls.append(
        try strided(view.operand(0), view.strides(0), x, input))
    }
    let bias = view.input(2) == nil ? nil : view.operand(2)
    unsafe calls.append(
      KernelCall(
        .library(sluice_library_convolution), parameters,
        [x, view.operand(1), bias, .workspace(), view.result()],
        note: "sgemm of \(maps) x \(depth) x \(tile): large, and of one stream"))
    let following = activation.map { (kind: $0, slope: slope, slopes: Int(slopes)) }
    return calls
      + (try finish(view.result(), shape: output.shape, axis: 1, bias: nil, following))
  }

  // MARK: Geometry

  private func geometry(_ view: OperationView, _ op: Operator) throws(Fallback) -> WindowGeometry {
    let input = try spatialShape(0, view)
    let kernel = try spatialShape(1, view)
    return try Fallback.of { () throws(GraphError) in
      switch op {
      case .convTranspose(let attributes):
        try WindowGeometry(attributes, input: input, kernel: kernel)
      case .conv(let attributes): try WindowGeometry(attributes, input: input, kernel: kernel)
      default: throw GraphError(.invalid, "it is no convolution")
      }
    }
  }

  private func parameters(
    _ view: OperationView, _ op: Operator
  ) throws(Fallback) -> sluice_convolution_parameters {
    let (input, output) = (try view.required(0).shape, try view.requiredOutput().shape)
    let geometry = try geometry(view, op)
    var p = sluice_convolution_parameters()
    var groups = 1
    switch op {
    case .conv(let attributes): groups = attributes.groups
    case .convTranspose(let attributes):
      groups = attributes.convolution.groups
      p.transposed = 1
    default: throw Fallback("it is no convolution")
    }
    guard groups > 0, input[1] % groups == 0, output[1] % groups == 0 else {
      throw Fallback("no kernel for \(groups) groups of \(input[1]) channels")
    }
    _ = try Fallback.product(count(output), count(try view.required(1).shape[1...]))
    p.batch = Int64(input[0])
    p.input_channels = Int64(input[1])
    p.output_channels = Int64(output[1])
    p.groups = Int64(groups)
    p.axes = Self.axes(geometry)
    let (x, y) = (view.strides(0), rowMajorStrides(output))
    (p.x_batch, p.x_channel) = (Int64(x[0]), Int64(x[1]))
    (p.y_batch, p.y_channel) = (Int64(y[0]), Int64(y[1]))
    let missing = Array(repeating: 0, count: 5 - input.count)
    fill(&p.x_axes, missing + x[2...])
    fill(&p.y_axes, missing + y[2...])
    return p
  }
}

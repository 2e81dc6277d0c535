import CKernels
import SluiceBackends
import SluiceGraph
import SluicePlanning

extension Lowering {
  func elementwise(
    _ view: OperationView, _ op: Operator
  ) throws(Fallback) -> [KernelCall] {
    switch op {
    case .unary(let op): try unary(view, op)
    case .binary(let op): try binary(view, op.kernel)
    case .prelu: try binary(view, SLUICE_PRELU)
    case .variadic(let op): try variadic(view, op)
    case .clip: try clip(view)
    case .where: try choice(view)
    default: try cast(view)
    }
  }

  private func unary(_ view: OperationView, _ op: UnaryOperator) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    if input.elementType == .float32, op != .not {
      let expression = Expression(inputCount: 1, steps: [.unary(op, 0)], results: [1])
      return try self.expression(view, expression)
    }
    let (kind, alpha, beta) = op.kernel
    guard let kernel = unsafe sluice_unary_kernel(kind, input.elementType.kernelType) else {
      throw Fallback("no kernel for \(input.elementType)")
    }
    let parameters = sluice_unary_parameters(count: Int64(input.count), alpha: alpha, beta: beta)
    return unsafe [KernelCall(kernel, parameters, [view.operand(0), view.result()])]
  }

  private func binary(
    _ view: OperationView, _ kind: sluice_binary
  ) throws(Fallback) -> [KernelCall] {
    let (a, b) = (try view.required(0), try view.required(1))
    guard a.elementType == b.elementType else {
      throw Fallback("no kernel for \(a.elementType) with \(b.elementType)")
    }
    let output = try view.requiredOutput()
    return [
      try broadcast(
        kind, a.elementType, output.shape, (view.operand(0), a.shape), (view.operand(1), b.shape),
        view.result())
    ]
  }

  /// y = a ∘ b over the elements of `shape`.
  private func broadcast(
    _ kind: sluice_binary, _ type: ElementType, _ shape: [Int], _ a: (Operand?, shape: [Int]),
    _ b: (Operand?, shape: [Int]), _ y: Operand?
  ) throws(Fallback) -> KernelCall {
    if type == .float32, let step = kind.step {
      let strides = [a, b].map { ($0.0, Broadcast.strides(of: $0.shape, in: shape)) }
      let expression = Expression(inputCount: 2, steps: [step], results: [2])
      return try call(expression, shape, strides, [y])
    }
    guard let kernel = unsafe sluice_binary_kernel(kind, type.kernelType) else {
      throw Fallback("no kernel for \(type)")
    }
    let parameters = try broadcastParameters(shape, [a.shape, b.shape])
    return unsafe KernelCall(kernel, parameters, [a.0, b.0, y])
  }

  /// Up to three shapes repeated to `shape`.
  private func broadcastParameters(
    _ shape: [Int], _ inputs: [[Int]]
  ) throws(Fallback) -> sluice_broadcast_parameters {
    let strides = inputs.map { Broadcast.strides(of: $0, in: shape) }
    let axes = try MergedAxes(sizes: shape, strides: strides).checked()
    var parameters = sluice_broadcast_parameters()
    parameters.rank = Int64(axes.sizes.count)
    fill(&parameters.sizes, axes.sizes)
    fill(&parameters.a, axes.strides[0])
    fill(&parameters.b, axes.strides[1])
    if axes.strides.count > 2 { fill(&parameters.c, axes.strides[2]) }
    return parameters
  }

  /// Pairs from the left: ((x₀ ∘ x₁) ∘ x₂) …, in place in the output from the second pair on.
  private func variadic(
    _ view: OperationView, _ op: VariadicOperator
  ) throws(Fallback) -> [KernelCall] {
    let first = try view.required(0)
    let output = try view.requiredOutput()
    let kind =
      switch op {
      case .min: SLUICE_MIN
      case .max: SLUICE_MAX
      case .mean, .sum: SLUICE_ADD
      }
    guard op != .mean || first.elementType == .float32, first.elementType != .bool else {
      throw Fallback("no kernel for \(first.elementType)")
    }
    var calls: [KernelCall] = []
    if view.operation.inputs.count == 1 {
      calls.append(try copy(view.operand(0), view.result(), output))
    }
    var left = (view.operand(0), shape: first.shape)
    for index in view.operation.inputs.indices.dropFirst() {
      let next = try view.required(index)
      guard next.elementType == first.elementType else {
        throw Fallback("no kernel for \(first.elementType) with \(next.elementType)")
      }
      calls.append(
        try broadcast(
          kind, first.elementType, output.shape, left, (view.operand(index), next.shape),
          view.result()))
      left = (view.result(), shape: output.shape)
    }
    if op == .mean {
      let count = Float(view.operation.inputs.count)
      let division = Expression(
        inputCount: 1, steps: [.constant(count), .binary(.div, 0, 1)], results: [2])
      let strides = rowMajorStrides(output.shape)
      calls.append(
        try call(division, output.shape, [(view.result(), strides)], [view.result()]))
    }
    return calls
  }

  private func clip(_ view: OperationView) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    for index in 1...2 {
      guard let limit = view.input(index) else { continue }
      guard view.plan.buffers[limit].elementType == input.elementType,
        view.plan.buffers[limit].count == 1
      else { throw Fallback("a limit is no scalar of \(input.elementType)") }
    }
    guard let kernel = unsafe sluice_clip_kernel(input.elementType.kernelType) else {
      throw Fallback("no kernel for \(input.elementType)")
    }
    let operands = [view.operand(0), view.operand(1), view.operand(2), view.result()]
    let parameters = sluice_count_parameters(count: Int64(input.count))
    return unsafe [KernelCall(kernel, parameters, operands)]
  }

  private func choice(_ view: OperationView) throws(Fallback) -> [KernelCall] {
    let buffers = [try view.required(0), try view.required(1), try view.required(2)]
    let output = try view.requiredOutput()
    guard buffers[0].elementType == .bool, buffers[1].elementType == buffers[2].elementType,
      let kernel = unsafe sluice_where_kernel(Int64(output.elementType.byteCount))
    else { throw Fallback("no kernel for \(buffers.map(\.elementType))") }
    let parameters = try broadcastParameters(output.shape, buffers.map(\.shape))
    return unsafe [
      KernelCall(
        kernel, parameters, [view.operand(0), view.operand(1), view.operand(2), view.result()])
    ]
  }

  private func cast(_ view: OperationView) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    let output = try view.requiredOutput()
    let parameters = sluice_cast_parameters(
      count: Int64(input.count), from: input.elementType.kernelType,
      to: output.elementType.kernelType)
    return unsafe [KernelCall(sluice_cast, parameters, [view.operand(0), view.result()])]
  }
}

extension sluice_binary {
  /// The arithmetic of an expression; nil for what gives bool.
  fileprivate var step: Expression.Step? {
    switch self {
    case SLUICE_ADD: .binary(.add, 0, 1)
    case SLUICE_SUB: .binary(.sub, 0, 1)
    case SLUICE_MUL: .binary(.mul, 0, 1)
    case SLUICE_DIV: .binary(.div, 0, 1)
    case SLUICE_POW: .binary(.pow, 0, 1)
    case SLUICE_MIN: .minimum(0, 1)
    case SLUICE_MAX: .maximum(0, 1)
    case SLUICE_PRELU: .prelu(0, 1)
    default: nil
    }
  }
}

extension UnaryOperator {
  /// The kernel's kind with its two parameters.
  var kernel: (kind: sluice_unary, alpha: Float, beta: Float) {
    switch self {
    case .leakyRelu(let alpha): (SLUICE_LEAKY_RELU, alpha, 0)
    case .elu(let alpha): (SLUICE_ELU, alpha, 0)
    case .selu(let alpha, let gamma): (SLUICE_SELU, alpha, gamma)
    case .celu(let alpha): (SLUICE_CELU, alpha, 0)
    case .hardSigmoid(let alpha, let beta): (SLUICE_HARD_SIGMOID, alpha, beta)
    case .thresholdedRelu(let alpha): (SLUICE_THRESHOLDED_RELU, alpha, 0)
    case .gelu(let tanh): (tanh ? SLUICE_GELU_TANH : SLUICE_GELU, 0, 0)
    default: (plainKernel, 0, 0)
    }
  }

  private var plainKernel: sluice_unary {
    switch self {
    case .sigmoid: SLUICE_SIGMOID
    case .tanh: SLUICE_TANH
    case .softplus: SLUICE_SOFTPLUS
    case .softsign: SLUICE_SOFTSIGN
    case .erf: SLUICE_ERF
    case .mish: SLUICE_MISH
    case .hardSwish: SLUICE_HARD_SWISH
    case .sqrt: SLUICE_SQRT
    case .exp: SLUICE_EXP
    case .log: SLUICE_LOG
    case .abs: SLUICE_ABS
    case .neg: SLUICE_NEG
    case .sign: SLUICE_SIGN
    case .reciprocal: SLUICE_RECIPROCAL
    case .floor: SLUICE_FLOOR
    case .ceil: SLUICE_CEIL
    case .round: SLUICE_ROUND
    case .sin: SLUICE_SIN
    case .cos: SLUICE_COS
    case .atan: SLUICE_ATAN
    case .not: SLUICE_NOT
    default: SLUICE_RELU
    }
  }
}

extension BinaryOperator {
  var kernel: sluice_binary {
    switch self {
    case .add: SLUICE_ADD
    case .sub: SLUICE_SUB
    case .mul: SLUICE_MUL
    case .div: SLUICE_DIV
    case .pow: SLUICE_POW
    case .greater: SLUICE_GREATER
    case .greaterOrEqual: SLUICE_GREATER_OR_EQUAL
    case .less: SLUICE_LESS
    case .lessOrEqual: SLUICE_LESS_OR_EQUAL
    case .equal: SLUICE_EQUAL
    case .and: SLUICE_AND
    case .or: SLUICE_OR
    }
  }
}

import CKernels
import SluiceBackends
import SluiceGraph
import SluicePlanning

extension Lowering {
  /// A chain of element-wise operators over float32.
  func expression(
    _ view: OperationView, _ expression: Expression
  ) throws(Fallback) -> [KernelCall] {
    let shape = try view.requiredOutput().shape
    var inputs: [(operand: Operand?, strides: [Int])] = []
    for index in view.operation.inputs.indices {
      _ = try view.requiredFloat(index)
      inputs.append((view.operand(index), try view.strides(index, in: shape)))
    }
    let outputs = view.operation.outputs.indices.map { view.result($0) }
    return [try call(expression, shape, inputs, outputs)]
  }

  /// One pass over `shape`; the outputs are dense.
  func call(
    _ expression: Expression, _ shape: [Int], _ inputs: [(operand: Operand?, strides: [Int])],
    _ outputs: [Operand?]
  ) throws(Fallback) -> KernelCall {
    let dense = rowMajorStrides(shape)
    let axes = try MergedAxes(
      sizes: shape, strides: inputs.map(\.strides) + outputs.map { _ in dense }
    ).checked()
    guard inputs.count == expression.inputCount, outputs.count == expression.results.count,
      inputs.count <= Int(SLUICE_EXPRESSION_INPUTS),
      outputs.count <= Int(SLUICE_EXPRESSION_OUTPUTS),
      expression.steps.count <= Int(SLUICE_EXPRESSION_STEPS)
    else { throw Fallback("an expression of \(expression.steps.count) steps has no kernel") }
    var p = sluice_expression_parameters()
    p.rank = Int64(axes.sizes.count)
    p.inputs = Int32(inputs.count)
    p.outputs = Int32(outputs.count)
    p.steps = Int32(expression.steps.count)
    fill(&p.sizes, axes.sizes)
    fillElements(&p.results, expression.results.map { Int32($0) })
    for (index, strides) in axes.strides.enumerated() {
      let row = strides + Array(repeating: 0, count: 8 - strides.count)
      if index < inputs.count {
        fillElements(&p.input_strides, row.map { Int64($0) }, from: 8 * index)
      } else {
        fillElements(&p.output_strides, row.map { Int64($0) }, from: 8 * (index - inputs.count))
      }
    }
    fillElements(&p.step, expression.steps.map(\.kernelStep))
    return unsafe KernelCall(
      vectors.expression, p, inputs.map(\.operand) + outputs, note: expression.description)
  }

  /// In place: y = f(y + bias), bias and slope one number or one per index of `axis`.
  func finish(
    _ y: Operand?, shape: [Int], axis: Int, bias: Operand?,
    _ activation: (kind: ProductActivation, slope: Operand?, slopes: Int)?
  ) throws(Fallback) -> [KernelCall] {
    var inputs: [(operand: Operand?, strides: [Int])] = [(y, rowMajorStrides(shape))]
    let alongAxis = shape.indices.map { $0 == axis ? 1 : 0 }
    if let bias { inputs.append((bias, alongAxis)) }
    if let slope = activation?.slope {
      inputs.append((slope, activation?.slopes == 1 ? shape.map { _ in 0 } : alongAxis))
    }
    var steps: [Expression.Step] = []
    var value = 0
    func add(_ step: Expression.Step) {
      steps.append(step)
      value = inputs.count + steps.count - 1
    }
    if bias != nil { add(.binary(.add, 0, 1)) }
    switch activation?.kind {
    case .unary(let op): add(.unary(op, value))
    case .silu:
      let x = value
      add(.unary(.sigmoid, x))
      add(.binary(.mul, x, value))
    case .prelu: add(.prelu(value, inputs.count - 1))
    case nil: break
    }
    if steps.isEmpty { return [] }
    let expression = Expression(inputCount: inputs.count, steps: steps, results: [value])
    return [try call(expression, shape, inputs, [y])]
  }
}

extension Expression.Step {
  fileprivate var kernelStep: sluice_expression_step {
    func step(
      _ code: Int, _ a: Int = 0, _ b: Int = 0, alpha: Float = 0, beta: Float = 0
    ) -> sluice_expression_step {
      sluice_expression_step(
        code: Int32(code), a: Int32(a), b: Int32(b), alpha: alpha, beta: beta)
    }
    func binary(_ kind: sluice_binary, _ a: Int, _ b: Int) -> sluice_expression_step {
      step(Int(SLUICE_STEP_BINARY) + Int(kind.rawValue), a, b)
    }
    switch self {
    case .constant(let number):
      return step(Int(SLUICE_STEP_CONSTANT), alpha: number)
    case .unary(let op, let a):
      let (kind, alpha, beta) = op.kernel
      return step(Int(kind.rawValue), a, alpha: alpha, beta: beta)
    case .binary(.mul, let a, let b) where a == b:
      return step(Int(SLUICE_STEP_SQUARE), a)
    case .binary(let op, let a, let b): return binary(op.kernel, a, b)
    case .minimum(let a, let b): return binary(SLUICE_MIN, a, b)
    case .maximum(let a, let b): return binary(SLUICE_MAX, a, b)
    case .prelu(let a, let b): return binary(SLUICE_PRELU, a, b)
    case .clip(let a, let low, let high):
      return step(Int(SLUICE_STEP_CLIP), a, alpha: low, beta: high)
    }
  }
}

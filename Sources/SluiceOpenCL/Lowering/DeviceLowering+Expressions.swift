import SluiceBackends
import SluiceGraph
import SluicePlanning

extension DeviceLowering {
  /// A chain of element-wise operators over float32.
  func expression(
    _ view: OperationView, _ expression: Expression
  ) throws(Fallback) -> DeviceCall {
    let shape = try view.requiredOutput().shape
    var inputs: [(operand: Operand?, strides: [Int])] = []
    for index in view.operation.inputs.indices {
      _ = try view.requiredFloat(index)
      inputs.append((view.operand(index), try view.strides(index, in: shape)))
    }
    let outputs = view.operation.outputs.indices.map { view.result($0) }
    return call(expression, shape, inputs, outputs)
  }

  /// One pass over `shape`; the outputs are dense.
  ///
  ///     v_i = x_i[OFFSET_i(row) + i · step_i]     then a value a step     y_j[row · N + i] = v
  func call(
    _ expression: Expression, _ shape: [Int], _ inputs: [(operand: Operand?, strides: [Int])],
    _ outputs: [Operand?]
  ) -> DeviceCall {
    let dense = rowMajorStrides(shape)
    let axes = MergedAxes(sizes: shape, strides: inputs.map(\.strides) + [dense])
    let length = axes.sizes.last ?? 1
    let outer = Array(axes.sizes.dropLast())
    let width = form.width(length)
    let reads = inputs.indices.map { "S\($0) const float *restrict x\($0)" }
    let writes = outputs.indices.filter { outputs[$0] != nil }
    let targets = writes.enumerated().map {
      "S\(inputs.count + $0.offset) float *restrict y\($0.element)"
    }
    var lines = ["void NAME(\((reads + targets).joined(separator: ", "))) {"]
    lines.append("  FOR_TILES(row, 1, \(count(outer)), i, VW, \(length)) {")
    for index in inputs.indices {
      let strides = axes.strides[index]
      let row = CText.offset("row", sizes: outer, strides: Array(strides.dropLast()))
      let text = load("x\(index) + \(row)", step: strides.last ?? 0, width)
      lines.append("    const VF v\(index) = \(text);")
    }
    for (index, step) in expression.steps.enumerated() {
      lines.append("    const VF v\(inputs.count + index) = \(step.text(width: width));")
    }
    for index in writes {
      let value = expression.results[index]
      lines.append("    VSTORE(v\(value), y\(index) + row * \(length) + i);")
    }
    lines += ["  }", "}"]
    return DeviceCall(
      .text(lines.joined(separator: "\n")), [:], reads: inputs.map(\.operand),
      writes: writes.map { outputs[$0] }, width: width, note: expression.description)
  }

  /// VW elements from number i on, `step` apart.
  private func load(_ start: String, step: Int, _ width: Int) -> String {
    if step == 0 { return "(VF)(*(\(start)))" }
    if width == 1 { return "*(\(start) + i * \(step))" }
    if step == 1 { return "VLOAD(\(start) + i)" }
    let elements = (0..<width).map { "(\(start))[(i + \($0)) * \(step)]" }
    return "(VF)(\(elements.joined(separator: ", ")))"
  }

  /// The macro `ACTIVATE(v, c)` of a product.
  ///
  /// - Parameter slope: text of the slopes of the results `v`, of prelu.
  func activate(_ activation: ProductActivation?, slope: String, width: Int) -> String {
    switch activation {
    case nil: "(v)"
    case .unary(let op): CText.unary(op, "(v)", width: width)
    case .silu: "((v) * sigmoid_of_\(width)(v))"
    case .prelu: "((v) < (VF)(0.0f) ? \(slope) * (v) : (v))"
    }
  }

  /// The operand and number of a product's slopes.
  func slope(
    _ view: OperationView, _ activation: ProductActivation?
  ) -> (operand: Operand, count: Int)? {
    guard case .prelu = activation, let slope = view.operation.inputs.last ?? nil else {
      return nil
    }
    return (.buffer(slope), plan.buffers[slope].count)
  }
}

extension Expression.Step {
  /// The value of a step as text, of `v0`, `v1`, ….
  fileprivate func text(width: Int) -> String {
    switch self {
    case .constant(let number): CText.vector(number, width)
    case .unary(let op, let a): CText.unary(op, "v\(a)", width: width)
    case .binary(.add, let a, let b): "v\(a) + v\(b)"
    case .binary(.sub, let a, let b): "v\(a) - v\(b)"
    case .binary(.mul, let a, let b): "v\(a) * v\(b)"
    case .binary(.div, let a, let b): "v\(a) / v\(b)"
    case .binary(_, let a, let b): "pow_of_\(width)(v\(a), v\(b))"
    case .minimum(let a, let b): "smaller_of_\(width)(v\(a), v\(b))"
    case .maximum(let a, let b): "greater_of_\(width)(v\(a), v\(b))"
    case .prelu(let a, let b): "(v\(a) < (VF)(0.0f) ? v\(b) * v\(a) : v\(a))"
    case .clip(let a, let low, let high):
      "held_\(width)(v\(a), \(CText.literal(low)), \(CText.literal(high)))"
    }
  }
}

import SluiceBackends
import SluiceGraph
import SluicePlanning

extension DeviceLowering {
  func quantization(_ view: OperationView, _ op: Operator) throws(Fallback) -> [DeviceCall] {
    let input = try view.required(0)
    _ = try view.requiredFloat(1)
    let output = try view.requiredOutput()
    switch op {
    case .quantizeLinear(let quantization, _):
      guard input.elementType == .float32, output.elementType != .int32 else {
        throw Fallback("no form for \(input.elementType) to \(output.elementType)")
      }
      let inputs = try operands(view, quantization, input, levels: output.elementType)
      let limits = output.elementType.deviceLimits
      let zero = inputs.count > 2 ? " + (ACC)c" : ""
      let call = map(
        inputs, input.shape, output.elementType.deviceType,
        "v != v ? 0 : v < \(limits.least) ? \(limits.least) : "
          + "v > \(limits.greatest) ? \(limits.greatest) : (TY)v",
        check: "const ACC v = (ACC)rint(a / b)\(zero);", to: view.result(), note: "quantise")
      return [try inBlocks(call, quantization, input)]
    case .dequantizeLinear(let quantization):
      let inputs = try operands(view, quantization, input, levels: input.elementType)
      let level = inputs.count > 2 ? "((long)a - (long)c)" : "(long)a"
      let call = map(
        inputs, input.shape, "float", "(ACC)\(level) * (ACC)b", to: view.result(),
        note: "dequantise")
      return [try inBlocks(call, quantization, input)]
    default: throw Fallback("it does not quantise")
    }
  }

  /// X, scale and, if there is one, zero point, by the elements of X.
  private func operands(
    _ view: OperationView, _ quantization: Quantization, _ input: Plan.Buffer, levels: ElementType
  ) throws(Fallback) -> [MapInput] {
    guard [.int8, .uint8, .int16, .uint16, .int32].contains(levels) else {
      throw Fallback("no form for \(levels) levels")
    }
    let scale = try view.required(1)
    let strides = try scaleStrides(quantization, input, scale)
    var inputs: [MapInput] = [
      (view.operand(0), input.elementType.deviceType, rowMajorStrides(input.shape)),
      (view.operand(1), "float", strides),
    ]
    if view.input(2) != nil {
      let zero = try view.required(2)
      guard zero.elementType == levels, zero.count == scale.count else {
        throw Fallback("the zero points are not one \(levels) a scale")
      }
      inputs.append((view.operand(2), levels.deviceType, strides))
    }
    return inputs
  }

  private func scaleStrides(
    _ quantization: Quantization, _ input: Plan.Buffer, _ scale: Plan.Buffer
  ) throws(Fallback) -> [Int] {
    if scale.count == 1, quantization.blockSize == 0 { return input.shape.map { _ in 0 } }
    let axis = try Fallback.of { () throws(GraphError) in
      try Axes.resolved(quantization.axis, rank: input.shape.count)
    }
    let blocks = quantization.blockSize
    let scales =
      blocks > 0
      ? count(input.shape) / input.shape[axis] * ((input.shape[axis] - 1) / blocks + 1)
      : input.shape[axis]
    guard scale.count == scales else {
      throw Fallback("scales \(scale.shape) do not fit \(input.shape)")
    }
    return input.shape.indices.map { $0 == axis ? 1 : 0 }
  }

  /// The same with one scale for each `blockSize` elements along the axis.
  private func inBlocks(
    _ call: DeviceCall, _ quantization: Quantization, _ input: Plan.Buffer
  ) throws(Fallback) -> DeviceCall {
    guard quantization.blockSize > 0 else { return call }
    let axis = try Fallback.of { () throws(GraphError) in
      try Axes.resolved(quantization.axis, rank: input.shape.count)
    }
    let (length, inner) = (input.shape[axis], count(input.shape[(axis + 1)...]))
    let blocks = (length - 1) / quantization.blockSize + 1
    let place =
      "((i) / \(length * inner) * \(blocks * inner)"
      + " + (i) / \(inner) % \(length) / \(quantization.blockSize) * \(inner) + (i) % \(inner))"
    var call = call
    for index in call.macros.indices
    where ["INDEX1(i)", "INDEX2(i)"].contains(call.macros[index].name) {
      call.macros[index].value = place
    }
    return call
  }
}

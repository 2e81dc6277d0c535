import CKernels
import SluiceBackends
import SluiceGraph
import SluicePlanning

extension Lowering {
  func quantization(
    _ view: OperationView, _ op: Operator
  ) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    let scale = try view.requiredFloat(1)
    let output = try view.requiredOutput()
    switch op {
    case .quantizeLinear(let quantization, _):
      guard input.elementType == .float32 else {
        throw Fallback("no kernel for \(input.elementType)")
      }
      let parameters = try parameters(view, quantization, input, scale, type: output.elementType)
      guard output.elementType != .int32 else { throw Fallback("no kernel for int32 levels") }
      return unsafe [
        KernelCall(
          sluice_quantize, parameters,
          [view.operand(0), view.operand(1), view.operand(2), view.result()])
      ]
    case .dequantizeLinear(let quantization):
      let parameters = try parameters(view, quantization, input, scale, type: input.elementType)
      return unsafe [
        KernelCall(
          sluice_dequantize, parameters,
          [view.operand(0), view.operand(1), view.operand(2), view.result()])
      ]
    default: throw Fallback("it does not quantise")
    }
  }

  private func parameters(
    _ view: OperationView, _ quantization: Quantization, _ input: Plan.Buffer,
    _ scale: Plan.Buffer, type: ElementType
  ) throws(Fallback) -> sluice_quantize_parameters {
    let levels: Set<ElementType> = [.int8, .uint8, .int16, .uint16, .int32]
    guard levels.contains(type) else { throw Fallback("no kernel for \(type) levels") }
    if view.input(2) != nil {
      let zero = try view.required(2)
      guard zero.elementType == type, zero.count == scale.count else {
        throw Fallback("the zero points are not one \(type) a scale")
      }
    }
    var parameters = sluice_quantize_parameters()
    (parameters.type, parameters.block) = (type.kernelType, 1)
    if scale.count == 1, quantization.blockSize == 0 {
      (parameters.outer, parameters.axis, parameters.inner) = (1, Int64(input.count), 1)
      return parameters
    }
    let axis = try Fallback.of { () throws(GraphError) in
      try Axes.resolved(quantization.axis, rank: input.shape.count)
    }
    let lines = SluiceCPU.lines(of: input.shape, along: axis)
    (parameters.outer, parameters.axis, parameters.inner) = (lines.outer, lines.length, lines.inner)
    var expected = [input.shape[axis]]
    if quantization.blockSize > 0 {
      let blocks = (input.shape[axis] - 1) / quantization.blockSize + 1
      expected = input.shape
      expected[axis] = blocks
      parameters.block = Int64(quantization.blockSize)
      parameters.outer_stride = Int64(blocks) * lines.inner
      parameters.axis_stride = lines.inner
      parameters.inner_stride = 1
    } else {
      parameters.axis_stride = 1
    }
    guard scale.count == count(expected) else {
      throw Fallback("scales \(scale.shape) do not fit \(input.shape)")
    }
    return parameters
  }
}

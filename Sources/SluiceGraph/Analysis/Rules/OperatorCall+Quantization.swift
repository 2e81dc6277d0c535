// Linear quantisation and its inverse.
extension OperatorCall {
  func quantizationType() throws(GraphError) -> ValueType {
    try expectInputs(2...3)
    let quantized: Set<ElementType> = [.int8, .uint8, .int16, .uint16, .int32]
    switch op {
    case .quantizeLinear(let quantization, let target):
      try elementType(0, in: [.float32, .float64, .int32], "float32, float64 or int32")
      guard quantized.contains(target), target != .int32 else {
        throw GraphError(.unsupported, "quantised type \(target) is not offered")
      }
      if isPresent(2) { try elementType(2, in: [target], "\(target)") }
      let shape = try shape(0)
      try expectScale(quantization, shape)
      return ValueType(target, shape)
    case .dequantizeLinear(let quantization):
      let stored = try elementType(0, in: quantized, "a quantised type")
      if isPresent(2) { try elementType(2, in: [stored], "\(stored)") }
      let shape = try shape(0)
      try expectScale(quantization, shape)
      return ValueType(try floatType(1), shape)
    default: return try type(0)
    }
  }

  /// Scale and zero point: one, one per index of the axis, or one per block along it.
  private func expectScale(_ quantization: Quantization, _ x: Shape?) throws(GraphError) {
    guard let scale = try shape(1) else { return }
    try expect(2, "zero point", scale.dimensions)
    guard let x, try scale.elementCount() != 1 || quantization.blockSize > 0 else { return }
    guard quantization.blockSize >= 0 else {
      throw GraphError(
        .invalid, "expected a block size of at least 0, found \(quantization.blockSize)")
    }
    let axis = try Axes.resolved(quantization.axis, rank: x.rank)
    guard quantization.blockSize > 0 else { return try expect(1, "scale", [x[axis]]) }
    var blocks = x
    blocks[axis] = try x[axis].adding(.size(quantization.blockSize - 1))
      .floorDivided(by: quantization.blockSize)
    try expect(1, "scale", blocks.dimensions)
  }
}

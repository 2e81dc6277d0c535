import SluiceGraph
import SluicePlanning

extension ReferenceEvaluator {
  /// What an operation of a plan gives, fused or not.
  ///
  /// - Parameter inputs: one tensor per input, of the buffers' shapes; nil where absent.
  /// - Throws: what the operators throw.
  public func results(
    of operation: Plan.Operation, _ inputs: [Tensor?], outputShape: [Int]
  ) throws(GraphError) -> [Tensor] {
    switch operation.action {
    case .node(let op):
      return try evaluate(op, inputs: inputs, outputCount: operation.outputs.count)
    case .product(let op, let activation): return try product(op, activation, inputs)
    case .expression(let expression): return try results(of: expression, inputs, outputShape)
    case .assembly(let pieces): return [try assembled(pieces, inputs, outputShape)]
    }
  }

  /// A `matMul` may have a bias, its third input; a prelu's slope is the fourth.
  private func product(
    _ op: Operator, _ activation: ProductActivation?, _ inputs: [Tensor?]
  ) throws(GraphError) -> [Tensor] {
    var values: [Tensor]
    if case .matMul = op {
      values = try evaluate(op, inputs: Array(inputs.prefix(2)), outputCount: 1)
      if inputs.count > 2, let bias = inputs[2] {
        values = try evaluate(.binary(.add), inputs: [values.first, bias], outputCount: 1)
      }
    } else {
      values = try evaluate(op, inputs: Array(inputs.prefix(3)), outputCount: 1)
    }
    switch activation {
    case nil: return values
    case .unary(let op): return try evaluate(.unary(op), inputs: values, outputCount: 1)
    case .prelu:
      guard let value = values.first, let slope = inputs.last ?? nil else { return values }
      return try evaluate(
        .prelu, inputs: [value, perChannel(slope, op, value.shape)], outputCount: 1)
    case .silu:
      let gate = try evaluate(.unary(.sigmoid), inputs: values, outputCount: 1)
      return try evaluate(.binary(.mul), inputs: [values.first, gate.first], outputCount: 1)
    }
  }

  /// A slope of one number, or of one a channel in any shape, as it broadcasts.
  private func perChannel(_ slope: Tensor, _ op: Operator, _ shape: [Int]) -> Tensor {
    if slope.count == 1 { return slope.reshaped([]) }
    let axis: Int =
      switch op {
      case .conv, .convTranspose: 1
      default: shape.count - 1
      }
    return slope.reshaped(shape.indices.map { $0 == axis ? slope.count : 1 })
  }

  private func results(
    of expression: Expression, _ inputs: [Tensor?], _ shape: [Int]
  ) throws(GraphError) -> [Tensor] {
    var values: [Tensor] = inputs.compactMap(\.self)
    for step in expression.steps {
      let (op, operands): (Operator?, [Int]) =
        switch step {
        case .constant: (nil, [])
        case .unary(let op, let a): (.unary(op), [a])
        case .binary(let op, let a, let b): (.binary(op), [a, b])
        case .minimum(let a, let b): (.variadic(.min), [a, b])
        case .maximum(let a, let b): (.variadic(.max), [a, b])
        case .prelu(let a, let b): (.prelu, [a, b])
        case .clip(let a, _, _): (.clip, [a])
        }
      var tensors: [Tensor?] = operands.map { values[$0] }
      switch step {
      case .constant(let number): values.append(Tensor(scalar: number))
      case .clip(_, let low, let high): tensors += [Tensor(scalar: low), Tensor(scalar: high)]
      default: break
      }
      if let op { values += try evaluate(op, inputs: tensors, outputCount: 1) }
    }
    var results: [Tensor] = []
    let target = Tensor(shape.map { Int64($0) })
    for result in expression.results {
      results += try evaluate(.expand, inputs: [values[result], target], outputCount: 1)
    }
    return results
  }

  private func assembled(
    _ pieces: [Plan.AssemblyPiece], _ inputs: [Tensor?], _ shape: [Int]
  ) throws(GraphError) -> Tensor {
    guard let type = inputs.compactMap({ $0?.elementType }).first else {
      throw GraphError(.invalid, "an assembly reads nothing")
    }
    let size = type.byteCount
    var bytes = [UInt8](repeating: 0, count: shape.reduce(size, *))
    let dense = Strides.rowMajor(shape)
    for piece in pieces {
      let source = piece.input.flatMap { inputs[$0]?.bytes } ?? piece.fill
      let inner = Strides.rowMajor(piece.sizes)
      for element in 0..<piece.sizes.reduce(1, *) {
        var (from, to) = (piece.offset, 0)
        for axis in shape.indices {
          let index = element / inner[axis] % piece.sizes[axis]
          from += index * piece.strides[axis]
          to += (piece.start[axis] + index) * dense[axis]
        }
        if piece.input == nil { from = 0 }
        for byte in 0..<size { bytes[to * size + byte] = source[from * size + byte] }
      }
    }
    return Tensor(elementType: type, shape: shape, bytes: bytes)
      ?? Tensor(zeros: type, shape: shape)
  }
}

extension Tensor {
  /// The elements at `offset + Σ i · strides` for the indices i of `shape`.
  public func viewed(shape: [Int], offset: Int, strides: [Int]) -> Tensor {
    let (size, all) = (elementType.byteCount, bytes)
    let dense = Strides.rowMajor(shape)
    var taken: [UInt8] = []
    for element in 0..<shape.reduce(1, *) {
      let position = shape.indices.reduce(offset) {
        $0 + element / dense[$1] % shape[$1] * strides[$1]
      }
      taken += all[(position * size)..<((position + 1) * size)]
    }
    return Tensor(elementType: elementType, shape: shape, bytes: taken)
      ?? Tensor(zeros: elementType, shape: shape)
  }
}

private enum Strides {
  static func rowMajor(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1)
    }
    return strides
  }
}

import SluiceGraph
import SluicePlanning

/// One operation of a plan with what its lowering asks of it.
package struct OperationView {
  package let plan: Plan
  package let operation: Plan.Operation

  package init(plan: Plan, operation: Plan.Operation) {
    self.plan = plan
    self.operation = operation
  }

  package var name: String { operation.name }

  /// Input `index`'s buffer number; nil if absent.
  package func input(_ index: Int) -> Int? {
    operation.inputs.indices.contains(index) ? operation.inputs[index] : nil
  }

  /// Output `index`'s buffer number; nil if unused.
  package func output(_ index: Int) -> Int? {
    operation.outputs.indices.contains(index) ? operation.outputs[index] : nil
  }

  package func operand(_ index: Int) -> Operand? { input(index).map { .buffer($0) } }

  package func result(_ index: Int = 0) -> Operand? { output(index).map { .buffer($0) } }

  /// The number of input `index`'s buffer, which the operator cannot do without.
  package func requiredBuffer(_ index: Int) throws(Fallback) -> Int {
    guard let buffer = input(index) else { throw Fallback("input \(index) is absent") }
    return buffer
  }

  /// Likewise, the buffer.
  package func required(_ index: Int) throws(Fallback) -> Plan.Buffer {
    plan.buffers[try requiredBuffer(index)]
  }

  /// Likewise, of float32.
  package func requiredFloat(_ index: Int) throws(Fallback) -> Plan.Buffer {
    let buffer = try required(index)
    guard buffer.elementType == .float32 else {
      throw Fallback("no kernel for \(buffer.elementType)")
    }
    return buffer
  }

  /// Output `index`, which somebody reads.
  package func requiredOutput(_ index: Int = 0) throws(Fallback) -> Plan.Buffer {
    guard let buffer = output(index) else { throw Fallback("output \(index) is unused") }
    return plan.buffers[buffer]
  }

  /// The strides in elements with which input `index` is read.
  package func strides(_ index: Int) -> [Int] { input(index).map { plan.strides(of: $0) } ?? [] }

  /// Likewise, repeated to `shape`: 0 along repeated axes.
  package func strides(_ index: Int, in shape: [Int]) throws(Fallback) -> [Int] {
    let own = try required(index).shape
    let strides = strides(index)
    guard Broadcast.fits(own, into: shape) else {
      throw Fallback("input \(index) of \(own) does not repeat to \(shape)")
    }
    let added = shape.count - own.count
    return shape.indices.map { axis in
      axis < added || own[axis - added] == 1 ? 0 : strides[axis - added]
    }
  }

  /// The value of input `index` if it is known now; nil if it is absent.
  package func constant(_ index: Int) throws(Fallback) -> Tensor? {
    guard let buffer = input(index) else { return nil }
    guard let tensor = knownValue(buffer) else {
      throw Fallback("input \(index) is not known before it runs")
    }
    return tensor
  }

  /// Likewise, as integers.
  package func constantIntegers(_ index: Int) throws(Fallback) -> [Int]? {
    guard let tensor = try constant(index) else { return nil }
    guard let integers = tensor.integers() else { throw Fallback("input \(index) has no integers") }
    return integers
  }

  package func knownValue(_ buffer: Int) -> Tensor? {
    switch plan.buffers[buffer].placement {
    case .constant(let index): plan.constants[index]
    case .alias(let target):
      knownValue(target).map { $0.reshaped(plan.buffers[buffer].shape) }
    default: nil
    }
  }

  /// The shape rule applied to the plan's own shapes gives the plan's outputs. Kernels index by
  /// shapes alone, so this is what keeps them within their buffers.
  package func checkTypes() throws(Fallback) {
    switch operation.action {
    case .node(let op): try check(op, operation.inputs)
    case .product(let op, _):
      let own: Int = if case .matMul = op { 2 } else { 3 }
      try check(op, Array(operation.inputs.prefix(own)))
    case .expression: try checkExpression()
    case .assembly(let pieces): try check(pieces)
    }
  }

  private func check(_ op: Operator, _ inputs: [Int?]) throws(Fallback) {
    let types = inputs.map { buffer in
      buffer.map { index in
        let value = plan.buffers[index]
        return ValueType(value.elementType, Shape(value.shape))
      }
    }
    let found = try Fallback.of { () throws(GraphError) in
      try op.outputTypes(
        inputs: types, constants: inputs.map { $0.flatMap(knownValue) },
        outputCount: operation.outputs.count)
    }
    for (index, buffer) in operation.outputs.enumerated() {
      guard let buffer else { continue }
      let expected = plan.buffers[buffer]
      guard found.indices.contains(index), found[index].shape?.sizes == expected.shape,
        found[index].elementType == expected.elementType
      else { throw Fallback("its output's shape is not known before it runs") }
    }
  }

  /// Inputs repeat to the outputs' one shape (`strides(_:in:)` looks at them).
  private func checkExpression() throws(Fallback) {
    let shape = try requiredOutput().shape
    for buffer in operation.outputs.compactMap(\.self) where plan.buffers[buffer].shape != shape {
      throw Fallback("its outputs have several shapes")
    }
  }

  /// Boxes lie within the output and within what they are read from.
  private func check(_ pieces: [Plan.AssemblyPiece]) throws(Fallback) {
    let shape = try requiredOutput().shape
    for piece in pieces {
      let isInside = shape.indices.allSatisfy {
        piece.start[$0] >= 0 && piece.start[$0] + piece.sizes[$0] <= shape[$0]
      }
      let reach = zip(piece.sizes, piece.strides).map { ($0 - 1) * $1 }
      let first = piece.offset + reach.filter { $0 < 0 }.reduce(0, +)
      let last = piece.offset + reach.filter { $0 > 0 }.reduce(0, +)
      let count = try piece.input.map { index throws(Fallback) in try required(index).count }
      guard isInside, count.map({ first >= 0 && last < $0 }) ?? true else {
        throw Fallback("a box leaves its buffer")
      }
    }
  }
}

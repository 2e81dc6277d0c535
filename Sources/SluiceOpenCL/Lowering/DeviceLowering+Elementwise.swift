import SluiceBackends
import SluiceGraph
import SluicePlanning

extension DeviceLowering {
  mutating func elementwise(
    _ view: OperationView, _ op: Operator
  ) throws(Fallback) -> [DeviceCall] {
    switch op {
    case .unary(let op): [try unary(view, op)]
    case .binary(let op): [try binary(view, op)]
    case .prelu: [try prelu(view)]
    case .variadic(let op): try variadic(view, op)
    case .clip: [try clip(view)]
    case .where: [try choice(view)]
    default: [try cast(view)]
    }
  }

  // MARK: Maps

  /// An input of a map: its type in OpenCL C, and its strides over the output's shape.
  typealias MapInput = (operand: Operand?, type: String, strides: [Int])

  /// y = `value` of a, b, c over the indices of `shape`, y dense and of type `type`.
  func map(
    _ inputs: [MapInput], _ shape: [Int], _ type: String, _ value: String, check: String = "",
    to target: Operand?, note: String
  ) -> DeviceCall {
    let axes = MergedAxes(sizes: shape, strides: inputs.map(\.strides) + [rowMajorStrides(shape)])
    var call = DeviceCall(
      .file("map"),
      ["COUNT": inputs.count, "N": count(shape), "TY": type, "VALUE": value, "CHECK": check],
      reads: inputs.map(\.operand), writes: [target], note: note)
    for (index, input) in inputs.enumerated() {
      call.define("T\(index)", input.type)
      call.define(
        "INDEX\(index)(i)",
        CText.offset("i", sizes: axes.sizes, strides: axes.strides[index]))
    }
    return call
  }

  /// Input `index`, repeated to `shape`.
  func mapInput(
    _ view: OperationView, _ index: Int, in shape: [Int], bits: Bool = false
  ) throws(Fallback) -> MapInput {
    let type = try view.required(index).elementType
    return (
      view.operand(index), bits ? type.deviceBits : type.deviceType,
      try view.strides(index, in: shape)
    )
  }

  // MARK: Operators

  private func unary(_ view: OperationView, _ op: UnaryOperator) throws(Fallback) -> DeviceCall {
    let input = try view.required(0)
    let type = input.elementType
    if type == .float32, op != .not {
      let expression = Expression(inputCount: 1, steps: [.unary(op, 0)], results: [1])
      return try self.expression(view, expression)
    }
    let value: String? =
      switch op {
      case _ where type == .float64: CText.doubleUnary(op, "a")
      case .not where type == .bool: "!a"
      case .relu where type.isInteger: "a > 0 ? a : 0"
      case .abs where type.isInteger: type.isSigned ? "a < 0 ? (T0)(0 - (ulong)a) : a" : "a"
      case .neg where type.isInteger: "0 - (ulong)a"
      case .sign where type.isInteger: type.isSigned ? "a > 0 ? 1 : a == 0 ? 0 : -1" : "a > 0"
      default: nil
      }
    guard let value else { throw Fallback("no form for \(type)") }
    let own = try mapInput(view, 0, in: input.shape)
    return map(
      [own], input.shape, type.deviceType, value, to: view.result(),
      note: Operator.unary(op).name)
  }

  private func binary(_ view: OperationView, _ op: BinaryOperator) throws(Fallback) -> DeviceCall {
    let (a, b) = (try view.required(0), try view.required(1))
    if op == .pow, a.elementType != .float32 || b.elementType != .float32 {
      return try power(view)
    }
    guard a.elementType == b.elementType else {
      throw Fallback("no form for \(a.elementType) with \(b.elementType)")
    }
    let arithmetic: Set<BinaryOperator> = [.add, .sub, .mul, .div, .pow]
    if a.elementType == .float32, arithmetic.contains(op) {
      return try self.expression(
        view, Expression(inputCount: 2, steps: [.binary(op, 0, 1)], results: [2]))
    }
    guard let value = Self.value(op, a.elementType) else {
      throw Fallback("no form for \(a.elementType)")
    }
    let output = try view.requiredOutput()
    let divides = op == .div && a.elementType.isInteger
    return map(
      [try mapInput(view, 0, in: output.shape), try mapInput(view, 1, in: output.shape)],
      output.shape, output.elementType.deviceType, value,
      check: divides ? "if (b == 0) { FAIL(DIVISION_BY_ZERO); continue; }" : "",
      to: view.result(), note: op.rawValue)
  }

  /// Integers wrap around; a division by 0 was refused before.
  private static func value(_ op: BinaryOperator, _ type: ElementType) -> String? {
    let wraps = type.isInteger
    switch op {
    case .and, .or: return type == .bool ? "a \(op == .and ? "&" : "|") b" : nil
    case .equal: return "a == b"
    case _ where type == .bool: return nil
    case .greater: return "a > b"
    case .greaterOrEqual: return "a >= b"
    case .less: return "a < b"
    case .lessOrEqual: return "a <= b"
    case .add: return wraps ? "(ulong)a + (ulong)b" : "a + b"
    case .sub: return wraps ? "(ulong)a - (ulong)b" : "a - b"
    case .mul: return wraps ? "(ulong)a * (ulong)b" : "a * b"
    case .div:
      return type.isSigned ? "b == (T0)-1 ? (T0)(0 - (ulong)a) : (T0)(a / b)" : "a / b"
    case .pow: return nil
    }
  }

  private func prelu(_ view: OperationView) throws(Fallback) -> DeviceCall {
    let (x, slope) = (try view.required(0), try view.required(1))
    guard x.elementType == slope.elementType, x.elementType != .bool else {
      throw Fallback("no form for \(x.elementType) with \(slope.elementType)")
    }
    if x.elementType == .float32 {
      return try expression(
        view, Expression(inputCount: 2, steps: [.prelu(0, 1)], results: [2]))
    }
    let value =
      x.elementType.isInteger ? "a < 0 ? (T0)((ulong)b * (ulong)a) : a" : "a < 0 ? b * a : a"
    return map(
      [try mapInput(view, 0, in: x.shape), try mapInput(view, 1, in: x.shape)], x.shape,
      x.elementType.deviceType, value, to: view.result(), note: "prelu")
  }

  /// Pairs from the left: ((x₀ ∘ x₁) ∘ x₂) ….
  private mutating func variadic(
    _ view: OperationView, _ op: VariadicOperator
  ) throws(Fallback) -> [DeviceCall] {
    let type = try view.required(0).elementType
    for index in view.operation.inputs.indices {
      guard try view.required(index).elementType == type, type != .bool else {
        throw Fallback("no form for \(type) with \(try view.required(index).elementType)")
      }
    }
    if type == .float32 { return [try variadicExpression(view, op)] }
    guard op != .mean else { throw Fallback("no form for the mean of \(type)") }
    let output = try view.requiredOutput()
    let value =
      switch op {
      case .sum, .mean: type.isInteger ? "(ulong)a + (ulong)b" : "a + b"
      case .min: "a != a ? a : (b < a || b != b) ? b : a"
      case .max: "a != a ? a : (b > a || b != b) ? b : a"
      }
    let last = view.operation.inputs.count - 1
    guard last > 0 else { return [try copy(view.operand(0), view.result(), output)] }
    var left = try mapInput(view, 0, in: output.shape)
    var calls: [DeviceCall] = []
    for index in 1...last {
      let target =
        index == last
        ? view.result() : try reserve(output.count, size: output.elementType.byteCount)
      let right = try mapInput(view, index, in: output.shape)
      calls.append(
        map(
          [left, right], output.shape, type.deviceType, value, to: target, note: op.rawValue))
      left = (target, type.deviceType, rowMajorStrides(output.shape))
    }
    return calls
  }

  private func variadicExpression(
    _ view: OperationView, _ op: VariadicOperator
  ) throws(Fallback) -> DeviceCall {
    let inputs = view.operation.inputs.count
    var steps: [Expression.Step] = []
    var value = 0
    func add(_ step: Expression.Step) {
      steps.append(step)
      value = inputs + steps.count - 1
    }
    for index in 0..<inputs where index > 0 {
      switch op {
      case .sum, .mean: add(.binary(.add, value, index))
      case .min: add(.minimum(value, index))
      case .max: add(.maximum(value, index))
      }
    }
    if op == .mean {
      let sum = value
      add(.constant(Float(inputs)))
      add(.binary(.div, sum, value))
    }
    return try expression(
      view, Expression(inputCount: inputs, steps: steps, results: [value]))
  }

  /// Where the limits cross, the maximum wins; NaN stays, and a limit that is NaN gives NaN.
  private func clip(_ view: OperationView) throws(Fallback) -> DeviceCall {
    let input = try view.required(0)
    var inputs = [try mapInput(view, 0, in: input.shape)]
    var value = "a"
    for (index, comparison) in [(1, ">"), (2, "<")] where view.input(index) != nil {
      let limit = try view.required(index)
      guard limit.elementType == input.elementType, limit.count == 1, input.elementType != .bool
      else { throw Fallback("a limit is no scalar of \(input.elementType)") }
      inputs.append(
        (view.operand(index), limit.elementType.deviceType, input.shape.map { _ in 0 }))
      let name = inputs.count == 2 ? "b" : "c"
      let own = "(\(value))"
      value =
        "(\(own) == \(own) && (\(name) \(comparison) \(own) || \(name) != \(name)) ? \(name) : \(own))"
    }
    return map(
      inputs, input.shape, input.elementType.deviceType, value, to: view.result(), note: "clip")
  }

  private func choice(_ view: OperationView) throws(Fallback) -> DeviceCall {
    let buffers = [try view.required(0), try view.required(1), try view.required(2)]
    let output = try view.requiredOutput()
    guard buffers[0].elementType == .bool, buffers[1].elementType == buffers[2].elementType else {
      throw Fallback("no form for \(buffers.map(\.elementType))")
    }
    return map(
      [
        try mapInput(view, 0, in: output.shape),
        try mapInput(view, 1, in: output.shape, bits: true),
        try mapInput(view, 2, in: output.shape, bits: true),
      ], output.shape, output.elementType.deviceBits, "a ? b : c", to: view.result(),
      note: "where")
  }

  private func cast(_ view: OperationView) throws(Fallback) -> DeviceCall {
    let (input, output) = (try view.required(0), try view.requiredOutput())
    let (from, to) = (input.elementType, output.elementType)
    return map(
      [try mapInput(view, 0, in: input.shape)], input.shape, to.deviceType,
      CText.conversion(of: "a", from: from, to: to), to: view.result(), note: "\(from) to \(to)")
  }
}

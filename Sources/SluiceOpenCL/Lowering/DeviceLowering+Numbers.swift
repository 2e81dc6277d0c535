import SluiceBackends
import SluiceGraph
import SluicePlanning

/// Forms for integers and doubles of what is made for float32.
extension DeviceLowering {
  // MARK: Products

  func numberProduct(_ view: OperationView, _ op: Operator) throws(Fallback) -> DeviceCall {
    let type = try view.required(0).elementType
    for index in view.operation.inputs.indices where view.input(index) != nil {
      let found = try view.required(index).elementType
      guard found == type, type != .bool else {
        throw Fallback("no form for \(type) with \(found)")
      }
    }
    let product = try ProductLayout(view, op)
    let isPlain = product.alpha == 1 && (product.beta == 0 || product.beta == 1)
    guard isPlain || form.hasDouble else { throw Fallback("it is scaled in float64") }
    let sum = type.isInteger ? "ulong" : "double"
    let scaled =
      "(\(CText.literal(product.alpha)) * (double)\(type.isInteger ? "(long)" : "")(s)"
      + " + \(CText.literal(product.beta)) * (double)(o))"
    return DeviceCall(
      .file("product_numbers"),
      [
        "T": type.deviceType, "TS": sum,
        "FINISH(s, o)": isPlain
          ? "(T)((s) + (TS)(o))" : CText.conversion(of: scaled, from: .float64, to: type),
        "A_BATCH(b)": CText.offset("b", sizes: product.batch, strides: product.aBatch),
        "B_BATCH(b)": CText.offset("b", sizes: product.batch, strides: product.bBatch),
        "BATCH": count(product.batch), "ROWS": product.rows, "N": product.columns,
        "K": product.depth, "A_ROW(r)": "(r) * \(product.aRow)", "A_COLUMN": product.aColumn,
        "B_ROW": product.bRow, "B_COLUMN": product.bColumn, "C_ROW": product.cRow,
        "C_COLUMN": product.cColumn,
      ],
      reads: [
        view.operand(0), view.operand(1),
        product.plainBias ?? (product.beta == 0 ? nil : view.operand(2)),
      ], writes: [view.result()],
      note: "product of \(type) \(product.rows) x \(product.columns) x \(product.depth)")
  }

  // MARK: Powers

  /// Integer powers of integers are exact and wrap around, a negative exponent is one over the power,
  /// cut toward zero; everything else goes through double.
  func power(_ view: OperationView) throws(Fallback) -> DeviceCall {
    let (a, b) = (try view.required(0), try view.required(1))
    let output = try view.requiredOutput()
    guard a.elementType != .bool, b.elementType != .bool else { throw Fallback("no form for bool") }
    let inputs = [
      try mapInput(view, 0, in: output.shape), try mapInput(view, 1, in: output.shape),
    ]
    let type = a.elementType
    if type.isInteger, b.elementType.isInteger {
      let minus = type.isSigned ? "-1" : "0"
      return map(
        inputs, output.shape, output.elementType.deviceType,
        "b >= 0 ? whole : whole == 1 ? 1 : whole == (TY)-1 ? \(minus) : 0",
        check: """
          ulong power = 1, square = (ulong)a; \
          for (ulong rest = b < 0 ? 0 - (ulong)b : (ulong)b; rest; rest >>= 1) { \
            if (rest & 1) power *= square; square *= square; } \
          const TY whole = (TY)power; if (b < 0 && whole == 0) { \
            if (a == 0) { FAIL(DIVISION_BY_ZERO); continue; } y[i] = 0; continue; }
          """, to: view.result(), note: "pow")
    }
    guard form.hasDouble else { throw Fallback("powers of \(type) go through float64") }
    return map(
      inputs, output.shape, output.elementType.deviceType,
      CText.conversion(of: "pow((double)a, (double)b)", from: .float64, to: output.elementType),
      to: view.result(), note: "pow")
  }
}

extension CText {
  /// A float is cut toward zero and held to the target's range, NaN becomes 0; integers wrap around;
  /// any number but 0 is true.
  static func conversion(of x: String, from: ElementType, to: ElementType) -> String {
    if to == .bool { return "\(x) != 0" }
    guard from.isFloatingPoint, to.isInteger else { return "(\(to.deviceType))\(x)" }
    let limits = to.deviceLimits
    let type = to.deviceType
    let bits = to.byteCount * 8 - (to.isSigned ? 1 : 0)
    let suffix = from == .float32 ? "f" : ""
    let low = to.isSigned ? "-0x1p\(bits)\(suffix)" : "0.0\(suffix)"
    return "\(x) != \(x) ? (\(type))0 : \(x) <= \(low) ? (\(type))\(limits.least) : "
      + "\(x) >= 0x1p\(bits)\(suffix) ? (\(type))\(limits.greatest) : (\(type))\(x)"
  }

  /// f(x) of a double; x is the text of a value without side effects. nil where there is no such
  /// operator on numbers.
  static func doubleUnary(_ op: UnaryOperator, _ x: String) -> String? {
    func set(_ value: Float) -> String { "\(Double(value))" }
    func held(_ y: String) -> String { "(\(y) < 0 ? 0.0 : \(y) > 1 ? 1.0 : \(y))" }
    let softplus = "((\(x) < 0 ? 0.0 : \(x)) + log1p(exp(-fabs(\(x)))))"
    switch op {
    case .relu: return "\(x) < 0 ? 0.0 : \(x)"
    case .sigmoid: return "1.0 / (1.0 + exp(-\(x)))"
    case .tanh: return "tanh(\(x))"
    case .softplus: return softplus
    case .softsign: return "\(x) / (1.0 + fabs(\(x)))"
    case .erf: return "erf(\(x))"
    case .mish: return "\(x) * tanh\(softplus)"
    case .hardSwish: return "\(x) * \(held("(\(x) / 6.0 + 0.5)"))"
    case .leakyRelu(let alpha): return "\(x) < 0 ? \(set(alpha)) * \(x) : \(x)"
    case .elu(let alpha): return "\(x) < 0 ? \(set(alpha)) * expm1(\(x)) : \(x)"
    case .selu(let alpha, let gamma):
      return "\(set(gamma)) * (\(x) > 0 ? \(x) : \(set(alpha)) * expm1(\(x)))"
    case .celu(let alpha):
      return "\(x) > 0 ? \(x) : \(set(alpha)) * expm1(\(x) / \(set(alpha)))"
    case .hardSigmoid(let alpha, let beta): return held("(\(set(alpha)) * \(x) + \(set(beta)))")
    case .thresholdedRelu(let alpha): return "\(x) <= \(set(alpha)) ? 0.0 : \(x)"
    case .gelu(false): return "0.5 * \(x) * (1.0 + erf(\(x) * 0.70710678118654752))"
    case .gelu(true):
      return
        "0.5 * \(x) * (1.0 + tanh(0.79788456080286536 * (\(x) + 0.044715 * \(x) * \(x) * \(x))))"
    case .sqrt: return "sqrt(\(x))"
    case .exp: return "exp(\(x))"
    case .log: return "log(\(x))"
    case .abs: return "fabs(\(x))"
    case .neg: return "-\(x)"
    case .sign: return "\(x) > 0 ? 1.0 : \(x) < 0 ? -1.0 : \(x)"
    case .reciprocal: return "1.0 / \(x)"
    case .floor: return "floor(\(x))"
    case .ceil: return "ceil(\(x))"
    case .round: return "rint(\(x))"
    case .sin: return "sin(\(x))"
    case .cos: return "cos(\(x))"
    case .atan: return "atan(\(x))"
    case .not: return nil
    }
  }
}

import SluiceGraph
import SluicePlanning

/// Texts of OpenCL C.
enum CText {
  /// The float's value, exactly.
  static func literal(_ value: Float) -> String {
    if value.isNaN { return "NAN" }
    if value.isInfinite { return value < 0 ? "(-INFINITY)" : "INFINITY" }
    return value < 0 ? "(\(value)f)" : "\(value)f"
  }

  /// `Σ index_d · strides_d` where `number` is the row-major number of the index in `sizes`.
  static func offset(_ number: String, sizes: [Int], strides: [Int]) -> String {
    var terms: [String] = []
    var inner = 1
    for axis in sizes.indices.reversed() {
      if strides[axis] != 0, sizes[axis] > 1 {
        var term = "(\(number))"
        if inner > 1 { term += " / \(inner)" }
        if axis > 0 { term += " % \(sizes[axis])" }
        if strides[axis] != 1 { term += " * \(strides[axis])" }
        terms.append(term)
      }
      inner *= sizes[axis]
    }
    return terms.isEmpty ? "0" : "(" + terms.reversed().joined(separator: " + ") + ")"
  }

  /// f(x) of vectors of `width` floats; x is the text of a value without side effects.
  static func unary(_ op: UnaryOperator, _ x: String, width: Int) -> String {
    func of(_ function: String, _ argument: String) -> String {
      "\(function)_of_\(width)(\(argument))"
    }
    func set(_ value: Float) -> String { vector(value, width) }
    func held(_ argument: String) -> String { "held_\(width)(\(argument), 0.0f, 1.0f)" }
    func choose(_ comparison: String, _ limit: Float, _ yes: String, _ no: String) -> String {
      "(\(x) \(comparison) \(set(limit)) ? \(yes) : \(no))"
    }
    switch op {
    case .relu: return choose("<", 0, set(0), x)
    case .sigmoid: return of("sigmoid", x)
    case .tanh: return of("tanh", x)
    case .softplus: return of("softplus", x)
    case .softsign: return "(\(x) / (\(set(1)) + fabs(\(x))))"
    case .erf: return of("erf", x)
    case .mish: return "(\(x) * \(of("tanh", of("softplus", x))))"
    case .hardSwish: return "(\(x) * \(held("\(x) / \(set(6)) + \(set(0.5))")))"
    case .leakyRelu(let alpha): return choose("<", 0, "\(set(alpha)) * \(x)", x)
    case .elu(let alpha): return choose("<", 0, "\(set(alpha)) * \(of("expm1", x))", x)
    case .selu(let alpha, let gamma):
      return "(\(set(gamma)) * \(choose(">", 0, x, "\(set(alpha)) * \(of("expm1", x))")))"
    case .celu(let alpha):
      let low = "\(set(alpha)) * \(of("expm1", "\(x) / \(set(alpha))"))"
      return choose(">", 0, x, "smaller_of_\(width)(\(low), \(set(0)))")
    case .hardSigmoid(let alpha, let beta): return held("\(set(alpha)) * \(x) + \(set(beta))")
    case .thresholdedRelu(let alpha): return choose("<=", alpha, set(0), x)
    case .gelu(false):
      return
        "(\(set(0.5)) * \(x) * (\(set(1)) + \(of("erf", "\(x) * \(set(0.70710678118654752))"))))"
    case .gelu(true):
      let cube = "\(set(0.044715)) * \(x) * \(x) * \(x)"
      let inner = "\(set(0.79788456080286536)) * (\(x) + \(cube))"
      return "(\(set(0.5)) * \(x) * (\(set(1)) + \(of("tanh", inner))))"
    case .sqrt: return "sqrt(\(x))"
    case .exp: return of("exp", x)
    case .log: return of("log", x)
    case .abs: return "fabs(\(x))"
    case .neg: return "(-(\(x)))"
    case .sign: return choose(">", 0, set(1), choose("<", 0, set(-1), x))
    case .reciprocal: return "(\(set(1)) / \(x))"
    case .floor: return "floor(\(x))"
    case .ceil: return "ceil(\(x))"
    case .round: return "rint(\(x))"
    case .sin: return "sin(\(x))"
    case .cos: return "cos(\(x))"
    case .atan: return "atan(\(x))"
    case .not: return "!(\(x))"
    }
  }

  /// A recurrence's activation of `v`, which is held to ±clip first.
  static func activation(_ f: Activation, clip: Float?, width: Int) -> String {
    let x = clip.map { "held_\(width)(v, \(literal(-$0)), \(literal($0)))" } ?? "(v)"
    func set(_ value: Float) -> String { vector(value, width) }
    return switch f {
    case .sigmoid: unary(.sigmoid, x, width: width)
    case .tanh: unary(.tanh, x, width: width)
    case .relu: unary(.relu, x, width: width)
    case .softsign: unary(.softsign, x, width: width)
    case .softplus: unary(.softplus, x, width: width)
    case .leakyRelu(let alpha): unary(.leakyRelu(alpha: alpha), x, width: width)
    case .thresholdedRelu(let alpha): "(\(x) < \(set(alpha)) ? \(set(0)) : \(x))"
    case .elu(let alpha): unary(.elu(alpha: alpha), x, width: width)
    case .hardSigmoid(let alpha, let beta):
      unary(.hardSigmoid(alpha: alpha, beta: beta), x, width: width)
    case .scaledTanh(let alpha, let beta):
      "(\(set(alpha)) * tanh_of_\(width)(\(set(beta)) * \(x)))"
    case .affine(let alpha, let beta): "(\(set(alpha)) * \(x) + \(set(beta)))"
    }
  }

  /// All lanes the same.
  static func vector(_ value: Float, _ width: Int) -> String {
    "(float\(width))(\(literal(value)))"
  }
}

extension ElementType {
  /// The type in OpenCL C; bool is a byte.
  var deviceType: String {
    switch self {
    case .float32: "float"
    case .float64: "double"
    case .int8: "char"
    case .uint8, .bool: "uchar"
    case .int16: "short"
    case .uint16: "ushort"
    case .int32: "int"
    case .uint32: "uint"
    case .int64: "long"
    case .uint64: "ulong"
    }
  }

  /// The unsigned type of its size, for what only moves.
  var deviceBits: String {
    switch byteCount {
    case 1: "uchar"
    case 2: "ushort"
    case 4: "uint"
    default: "ulong"
    }
  }

  var isSigned: Bool {
    switch self {
    case .int8, .int16, .int32, .int64: true
    default: false
    }
  }

  /// The least and the greatest value of a number type, as texts of its type.
  var deviceLimits: (least: String, greatest: String) {
    switch self {
    case .float32, .float64: ("-INFINITY", "INFINITY")
    case .int8: ("CHAR_MIN", "CHAR_MAX")
    case .uint8: ("0", "UCHAR_MAX")
    case .int16: ("SHRT_MIN", "SHRT_MAX")
    case .uint16: ("0", "USHRT_MAX")
    case .int32: ("INT_MIN", "INT_MAX")
    case .uint32: ("0", "UINT_MAX")
    case .int64: ("LONG_MIN", "LONG_MAX")
    case .uint64: ("0", "ULONG_MAX")
    case .bool: ("0", "1")
    }
  }
}

import SluiceGraph

extension OperatorRule {
  /// One input, one output. Defaults of parameters: the operators' specifications.
  static let unaryRules: [String: OperatorRule] = [
    "Relu": unary(.relu), "Sigmoid": unary(.sigmoid), "Tanh": unary(.tanh),
    "Softplus": unary(.softplus), "Softsign": unary(.softsign), "Erf": unary(.erf),
    "Mish": unary(.mish), "HardSwish": unary(.hardSwish), "Sqrt": unary(.sqrt),
    "Exp": unary(.exp), "Log": unary(.log), "Abs": unary(.abs), "Neg": unary(.neg),
    "Sign": unary(.sign), "Reciprocal": unary(.reciprocal), "Floor": unary(.floor),
    "Ceil": unary(.ceil), "Round": unary(.round), "Sin": unary(.sin), "Cos": unary(.cos),
    "Atan": unary(.atan), "Not": unary(.not),
    "LeakyRelu": unary { (node) throws(FormatError) in
      .leakyRelu(alpha: try node.float("alpha", default: 0.01))
    },
    "Elu": unary { (node) throws(FormatError) in
      .elu(alpha: try node.float("alpha", default: 1))
    },
    "Selu": unary { (node) throws(FormatError) in
      .selu(
        alpha: try node.float("alpha", default: 1.673_263_2),
        gamma: try node.float("gamma", default: 1.050_701))
    },
    "Celu": unary { (node) throws(FormatError) in
      .celu(alpha: try node.float("alpha", default: 1))
    },
    "HardSigmoid": unary { (node) throws(FormatError) in
      .hardSigmoid(
        alpha: try node.float("alpha", default: 0.2), beta: try node.float("beta", default: 0.5))
    },
    "ThresholdedRelu": unary { (node) throws(FormatError) in
      .thresholdedRelu(alpha: try node.float("alpha", default: 1))
    },
    "Gelu": unary { (node) throws(FormatError) in
      switch try node.string("approximate") ?? "none" {
      case "none": return .gelu(tanh: false)
      case "tanh": return .gelu(tanh: true)
      case let other:
        throw node.error(.malformed, "approximate \"\(other)\" is not one of none, tanh")
      }
    },
  ]

  /// Several inputs with broadcasting.
  static let elementwiseRules: [String: OperatorRule] = [
    "Add": OperatorRule(2...2, .binary(.add)), "Sub": OperatorRule(2...2, .binary(.sub)),
    "Mul": OperatorRule(2...2, .binary(.mul)), "Div": OperatorRule(2...2, .binary(.div)),
    "Pow": OperatorRule(2...2, .binary(.pow)),
    "Greater": OperatorRule(2...2, .binary(.greater)),
    "GreaterOrEqual": OperatorRule(2...2, .binary(.greaterOrEqual)),
    "Less": OperatorRule(2...2, .binary(.less)),
    "LessOrEqual": OperatorRule(2...2, .binary(.lessOrEqual)),
    "Equal": OperatorRule(2...2, .binary(.equal)), "And": OperatorRule(2...2, .binary(.and)),
    "Or": OperatorRule(2...2, .binary(.or)),
    "Min": variadic(.min), "Max": variadic(.max), "Mean": variadic(.mean), "Sum": variadic(.sum),
    "PRelu": OperatorRule(2...2, .prelu),
    "Where": OperatorRule(3...3, .where),
    "Clip": OperatorRule(1...3) { (importer, node) throws(FormatError) in
      guard node.opset < 11 else { return try importer.emit(.clip, node.inputs, for: node) }
      let limits: [ValueID?] = [
        try limit("min", &importer, node), try limit("max", &importer, node),
      ]
      try importer.emit(.clip, [node.input(0)] + limits, for: node)
    },
  ]

  private static func unary(_ op: UnaryOperator) -> OperatorRule {
    OperatorRule(1...1, .unary(op))
  }

  private static func unary(
    _ op: @escaping @Sendable (SourceNode) throws(FormatError) -> UnaryOperator
  ) -> OperatorRule {
    OperatorRule(1...1) { (importer, node) throws(FormatError) in
      try importer.emit(.unary(try op(node)), node.inputs, for: node)
    }
  }

  private static func variadic(_ op: VariadicOperator) -> OperatorRule {
    OperatorRule(1...Int.max) { (importer, node) throws(FormatError) in
      guard !node.inputs.contains(nil) else {
        throw node.error(.malformed, "an input is left out, but none is optional")
      }
      try importer.emit(.variadic(op), node.inputs, for: node)
    }
  }

  /// A limit of `Clip`-6 as an input, in the element type of X.
  private static func limit(
    _ name: String, _ importer: inout GraphImporter, _ node: SourceNode
  ) throws(FormatError) -> ValueID? {
    guard let value = try node.float(name) else { return nil }
    let type = node.input(0).map { importer.graph[$0].type.elementType } ?? .float32
    return importer.constant(Tensor(scalar: value).converted(to: type), for: node, role: name)
  }
}

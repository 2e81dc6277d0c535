import SluiceGraph

/// An activation in a `model.json`: its name, or `{ "function": name, "alpha": …, "beta": … }`.
struct ActivationDescription {
  var function: String
  var alpha: Float?
  var beta: Float?
  let place: String

  init(_ value: JSONValue, place: String) throws(FormatError) {
    self.place = place
    if let name = value.string {
      function = name
      return
    }
    var fields = try DescriptionFields(value, place: place)
    guard let name = try fields.string("function") else { throw fields.missing("function") }
    function = name
    alpha = try fields.float("alpha")
    beta = try fields.float("beta")
    try fields.finish()
  }

  /// As the activation of a recurrence's gate.
  func recurrent() throws(FormatError) -> Activation {
    switch function {
    case "sigmoid": .sigmoid
    case "tanh": .tanh
    case "relu": .relu
    case "softsign": .softsign
    case "softplus": .softplus
    case "leakyRelu": .leakyRelu(alpha: alpha ?? 0.01)
    case "thresholdedRelu": .thresholdedRelu(alpha: alpha ?? 1)
    case "elu": .elu(alpha: alpha ?? 1)
    case "hardSigmoid": .hardSigmoid(alpha: alpha ?? 0.2, beta: beta ?? 0.5)
    case "scaledTanh": .scaledTanh(alpha: alpha ?? 1, beta: beta ?? 1)
    case "linear": .affine(alpha: alpha ?? 1, beta: beta ?? 0)
    default:
      throw unknown(
        "sigmoid, tanh, relu, softsign, softplus, leakyRelu, thresholdedRelu, elu, hardSigmoid, "
          + "scaledTanh, linear")
    }
  }

  /// As a layer's function of each element, or over the last axis; nil for `linear`.
  func elementwise() throws(FormatError) -> Operator? {
    switch function {
    case "linear": nil
    case "relu": .unary(.relu)
    case "sigmoid": .unary(.sigmoid)
    case "tanh": .unary(.tanh)
    case "softmax": .softmax(axis: -1)
    case "logSoftmax": .logSoftmax(axis: -1)
    case "softsign": .unary(.softsign)
    case "softplus": .unary(.softplus)
    case "mish": .unary(.mish)
    case "hardSwish": .unary(.hardSwish)
    case "gelu": .unary(.gelu(tanh: false))
    case "geluTanh": .unary(.gelu(tanh: true))
    case "leakyRelu": .unary(.leakyRelu(alpha: alpha ?? 0.01))
    case "thresholdedRelu": .unary(.thresholdedRelu(alpha: alpha ?? 1))
    case "elu": .unary(.elu(alpha: alpha ?? 1))
    case "hardSigmoid": .unary(.hardSigmoid(alpha: alpha ?? 0.2, beta: beta ?? 0.5))
    default:
      throw unknown(
        "linear, relu, sigmoid, tanh, softmax, logSoftmax, softsign, softplus, mish, hardSwish, "
          + "gelu, geluTanh, leakyRelu, thresholdedRelu, elu, hardSigmoid")
    }
  }

  private func unknown(_ known: String) -> FormatError {
    FormatError(.unsupported, "\(place): unknown activation \"\(function)\"; known are \(known)")
  }
}

extension DescriptionFields {
  mutating func activation(_ key: String) throws(FormatError) -> ActivationDescription? {
    guard let value = value(key) else { return nil }
    return try ActivationDescription(value, place: "\(place).\(key)")
  }

  mutating func recurrentActivation(_ key: String) throws(FormatError) -> Activation? {
    guard let description = try activation(key) else { return nil }
    return try description.recurrent()
  }
}

extension NetworkBuilder {
  mutating func addActivation(_ value: JSONValue, place: String) throws(FormatError) {
    let description = try ActivationDescription(value, place: place)
    try apply(description, name: layerName("", .activation))
  }

  /// Applies an activation, if there is one.
  mutating func apply(
    _ activation: ActivationDescription?, name: String
  ) throws(FormatError) {
    guard let activation, let op = try activation.elementwise() else { return }
    try requireFloats(activation.place)
    apply(op, name: "\(name).\(activation.function)")
  }
}

import SluiceGraph

/// Attributes of recurrent operators.
extension SourceNode {
  func recurrenceDirection() throws(FormatError) -> Recurrence.Direction {
    guard let text = try string("direction") else { return .forward }
    guard let direction = Recurrence.Direction(rawValue: text) else {
      throw error(
        .malformed, "direction \"\(text)\" is not one of forward, reverse, bidirectional")
    }
    return direction
  }

  /// The functions with their parameters. `activation_alpha` and `activation_beta` are consumed in
  /// order by the functions that take them; once a list is used up, the function's default stands.
  ///
  /// - Parameter defaults: the functions of one direction if the node names none.
  func activations(
    defaults: [Activation], directions: Int
  ) throws(FormatError) -> [Activation] {
    var alphas = try (floats("activation_alpha") ?? [])[...]
    var betas = try (floats("activation_beta") ?? [])[...]
    let expected = defaults.count * directions
    guard let names = try strings("activations"), !names.isEmpty else {
      return (0..<directions).flatMap { _ in defaults }
    }
    guard names.count == expected else {
      throw error(.malformed, "expected \(expected) activations, found \(names.count)")
    }
    var activations = [Activation]()
    for name in names {
      guard let activation = activation(name, &alphas, &betas) else {
        throw error(.unsupported, "activation \"\(name)\" is not known")
      }
      activations.append(activation)
    }
    return activations
  }

  /// Defaults: those of the ONNX operators of the same names (of opset 1 for the two that are gone).
  private func activation(
    _ name: String, _ alphas: inout ArraySlice<Float>, _ betas: inout ArraySlice<Float>
  ) -> Activation? {
    switch name.lowercased() {
    case "sigmoid": .sigmoid
    case "tanh": .tanh
    case "relu": .relu
    case "softsign": .softsign
    case "softplus": .softplus
    case "leakyrelu": .leakyRelu(alpha: alphas.popFirst() ?? 0.01)
    case "thresholdedrelu": .thresholdedRelu(alpha: alphas.popFirst() ?? 1)
    case "elu": .elu(alpha: alphas.popFirst() ?? 1)
    case "hardsigmoid":
      .hardSigmoid(alpha: alphas.popFirst() ?? 0.2, beta: betas.popFirst() ?? 0.5)
    case "scaledtanh":
      .scaledTanh(alpha: alphas.popFirst() ?? 1, beta: betas.popFirst() ?? 1)
    case "affine": .affine(alpha: alphas.popFirst() ?? 1, beta: betas.popFirst() ?? 0)
    default: nil
    }
  }
}

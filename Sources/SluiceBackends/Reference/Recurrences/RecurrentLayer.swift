import SluiceGraph

/// One direction of a recurrence: weights as double, and the products every cell needs.
struct RecurrentLayer {
  let inputSize: Int
  let hiddenSize: Int
  /// `[G·H, I]`
  let inputWeights: [Double]
  /// `[G·H, H]`
  let stateWeights: [Double]
  /// `[G·H]`: the biases of W.
  let inputBias: [Double]
  /// `[G·H]`: the biases of U.
  let stateBias: [Double]
  /// `[3·H]`: i, f, o. Zeros without peepholes.
  let peepholes: [Double]
  let clip: Double?
  let elementType: ElementType

  /// W x + b for every gate: `[G·H]`.
  func inputProduct(_ x: ArraySlice<Double>) -> [Double] {
    inputBias.indices.map { row in
      inputBias[row] + dot(inputWeights[(row * inputSize)...].prefix(inputSize), x)
    }
  }

  /// U h + c for the rows of some gates.
  func stateProduct(_ h: [Double], gates: Range<Int>) -> [Double] {
    (gates.lowerBound * hiddenSize..<gates.upperBound * hiddenSize).map { row in
      stateBias[row] + dot(stateWeights[(row * hiddenSize)...].prefix(hiddenSize), h[...])
    }
  }

  /// The activation of a gate's sum x, limited to `-clip…clip` first.
  func activate(_ activation: Activation, _ x: Double) -> Double {
    let limited = clip.map { x.maximum(-$0).minimum($0) } ?? x
    return activation.value(limited)
  }

  /// States have the element type of the network between steps, so that a sequence in one call gives
  /// what its steps give one by one.
  func rounded(_ x: Double) -> Double {
    elementType == .float32 ? Double(Float(x)) : x
  }

  private func dot(_ a: ArraySlice<Double>, _ b: ArraySlice<Double>) -> Double {
    var sum = 0.0
    for (x, y) in zip(a, b) { sum += x * y }
    return sum
  }
}

/// What a row carries from step to step.
struct RecurrentState {
  /// `[H]`
  var hidden: [Double]
  /// `[H]`, LSTM only.
  var cell: [Double]
}

/// The equations of one step.
protocol RecurrentCell {
  /// - Parameter x: `[I]`
  func advance(_ state: inout RecurrentState, by x: ArraySlice<Double>, _ layer: RecurrentLayer)
}

extension Activation {
  func value(_ x: Double) -> Double {
    switch self {
    case .sigmoid: SluiceBackends.sigmoid(x)
    case .tanh: hyperbolicTangent(x)
    case .relu: x.maximum(0)
    case .softsign: x / (1 + abs(x))
    case .softplus: SluiceBackends.softplus(x)
    case .leakyRelu(let alpha): x >= 0 ? x : Double(alpha) * x
    case .thresholdedRelu(let alpha): x >= Double(alpha) ? x : 0
    case .elu(let alpha): x >= 0 ? x : Double(alpha) * (exponential(x) - 1)
    case .hardSigmoid(let alpha, let beta):
      (Double(alpha) * x + Double(beta)).maximum(0).minimum(1)
    case .scaledTanh(let alpha, let beta): Double(alpha) * hyperbolicTangent(Double(beta) * x)
    case .affine(let alpha, let beta): Double(alpha) * x + Double(beta)
    }
  }
}

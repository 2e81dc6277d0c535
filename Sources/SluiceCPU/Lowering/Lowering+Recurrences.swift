import CKernels
import SluiceGraph
import SluicePlanning

extension Lowering {
  mutating func recurrence(_ view: OperationView) throws(Fallback) -> [KernelCall] {
    for index in view.operation.inputs.indices where index != 4 && view.input(index) != nil {
      _ = try view.requiredFloat(index)
    }
    switch view.operation.operator {
    case .gru(let gru):
      let parameters = try parameters(
        view, gru.recurrence, gates: 3, option: gru.resetAfter, gru.activations, perDirection: 2)
      return unsafe [KernelCall(sluice_gru, parameters, operands(view, inputs: 6, outputs: 2))]
    case .lstm(let lstm):
      let parameters = try parameters(
        view, lstm.recurrence, gates: 4, option: lstm.inputForget, lstm.activations,
        perDirection: 3)
      return unsafe [KernelCall(sluice_lstm, parameters, operands(view, inputs: 8, outputs: 3))]
    case .rnn(let rnn):
      let parameters = try parameters(
        view, rnn.recurrence, gates: 1, option: false, rnn.activations, perDirection: 1)
      return unsafe [KernelCall(sluice_rnn, parameters, operands(view, inputs: 6, outputs: 2))]
    default: throw Fallback("it is no recurrence")
    }
  }

  private func operands(_ view: OperationView, inputs: Int, outputs: Int) -> [Operand?] {
    (0..<inputs).map { view.operand($0) } + (0..<outputs).map { view.result($0) }
      + [.workspace()]
  }

  /// Floats of input products held at once: a quarter of a 1 MB second-level cache.
  private static let chunkFloats = 65536

  private mutating func parameters(
    _ view: OperationView, _ recurrence: Recurrence, gates: Int, option: Bool,
    _ activations: [Activation], perDirection: Int
  ) throws(Fallback) -> sluice_recurrence_parameters {
    let shape = try view.required(0).shape
    let (length, rows, inputs) = (shape[0], shape[1], shape[2])
    let hidden = recurrence.hiddenSize
    let width = try Fallback.product(gates, hidden)
    let perStep = try Fallback.product(rows, width)
    let directions = recurrence.direction.count
    guard activations.count == perDirection * directions else {
      throw Fallback("\(activations.count) activations for \(directions) directions")
    }
    let hasLengths = view.input(4) != nil
    if hasLengths, try view.required(4).elementType != .int32 {
      throw Fallback("no kernel for these lengths")
    }
    let fitting = max(Self.chunkFloats / max(perStep, 1), 1)
    let chunk = max(hasLengths ? length : min(length, fitting), 1)
    try Self.checkedForBLAS(Fallback.product(chunk, rows), width, inputs)
    let states = try Fallback.product(rows, hidden, 2)
    try reserveWorkspace(Fallback.product(chunk, perStep) + perStep + states)
    var parameters = sluice_recurrence_parameters()
    parameters.length = Int64(length)
    parameters.rows = Int64(rows)
    parameters.inputs = Int64(inputs)
    parameters.hidden = Int64(hidden)
    parameters.directions = Int64(directions)
    parameters.reverse = recurrence.direction == .reverse ? 1 : 0
    parameters.option = option ? 1 : 0
    parameters.clip = recurrence.clip ?? .infinity
    parameters.chunk = Int64(chunk)
    unsafe withUnsafeMutableBytes(of: &parameters.activations) { bytes in
      for (index, activation) in activations.enumerated() {
        unsafe bytes.storeBytes(
          of: activation.kernel, toByteOffset: index * MemoryLayout<sluice_activation>.stride,
          as: sluice_activation.self)
      }
    }
    return parameters
  }
}

extension Activation {
  fileprivate var kernel: sluice_activation {
    let (kind, alpha, beta): (sluice_activation_kind, Float, Float) =
      switch self {
      case .sigmoid: (SLUICE_ACTIVATION_SIGMOID, 0, 0)
      case .tanh: (SLUICE_ACTIVATION_TANH, 0, 0)
      case .relu: (SLUICE_ACTIVATION_RELU, 0, 0)
      case .softsign: (SLUICE_ACTIVATION_SOFTSIGN, 0, 0)
      case .softplus: (SLUICE_ACTIVATION_SOFTPLUS, 0, 0)
      case .leakyRelu(let alpha): (SLUICE_ACTIVATION_LEAKY_RELU, alpha, 0)
      case .thresholdedRelu(let alpha): (SLUICE_ACTIVATION_THRESHOLDED_RELU, alpha, 0)
      case .elu(let alpha): (SLUICE_ACTIVATION_ELU, alpha, 0)
      case .hardSigmoid(let alpha, let beta): (SLUICE_ACTIVATION_HARD_SIGMOID, alpha, beta)
      case .scaledTanh(let alpha, let beta): (SLUICE_ACTIVATION_SCALED_TANH, alpha, beta)
      case .affine(let alpha, let beta): (SLUICE_ACTIVATION_AFFINE, alpha, beta)
      }
    return sluice_activation(kind: kind, alpha: alpha, beta: beta)
  }
}

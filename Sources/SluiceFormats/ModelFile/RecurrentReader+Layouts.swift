import SluiceGraph

/// One function per framework's layout.
extension RecurrentReader {
  func pytorch(
    _ prefix: String, _ suffix: String, _ features: Int?, _ weights: inout TensorSource
  ) throws(FormatError) -> RecurrentWeights {
    if let projection = try weights.optional(prefix, "weight_hr\(suffix)") {
      throw FormatError(
        .unsupported, "\(place): tensor '\(projection.name)': LSTMs with projections are not read")
    }
    let stateTensor = try weights.required(prefix, "weight_hh\(suffix)", place: place)
    let inputTensor = try weights.required(prefix, "weight_ih\(suffix)", place: place)
    let state = try stateTensor.matrix(rows: nil, columns: nil, place: place)
    try stateTensor.expect([gates * state.columns, state.columns], place: place, blocks)
    let input = try inputTensor.matrix(
      rows: state.rows, columns: features, place: place, NetworkBuilder.because(features))
    let inputBias = try weights.optional(prefix, "bias_ih\(suffix)")
    let stateBias = try weights.optional(prefix, "bias_hh\(suffix)")
    var bias: [Float]?
    if inputBias != nil || stateBias != nil {
      let zeros = [Float](repeating: 0, count: state.rows)
      bias =
        try (inputBias?.vector(state.rows, place: place) ?? zeros)
        + (stateBias?.vector(state.rows, place: place) ?? zeros)
    }
    return RecurrentWeights(input: input, state: state, bias: bias)
  }

  /// `kernel` `[I, G·H]`, `recurrent_kernel` `[H, G·H]`, `bias` `[G·H]`, or `[2, G·H]` for a GRU with
  /// `reset_after`.
  func keras(
    _ prefix: String, _ features: Int?, _ weights: inout TensorSource
  ) throws(FormatError) -> RecurrentWeights {
    let stateTensor = try weights.required(prefix, "recurrent_kernel", place: place)
    let inputTensor = try weights.required(prefix, "kernel", place: place)
    let state = try stateTensor.matrix(rows: nil, columns: nil, place: place)
    try stateTensor.expect([state.rows, gates * state.rows], place: place, blocks)
    let input = try inputTensor.matrix(
      rows: features, columns: state.columns, place: place, NetworkBuilder.because(features))
    let order = kind == .gru ? [1, 0, 2] : Array(0..<gates)
    var result = RecurrentWeights(
      input: input.transposed.reordered(order), state: state.transposed.reordered(order))
    guard let bias = try weights.optional(prefix, "bias") else { return result }
    let width = state.columns
    let isDouble = kind == .gru && bias.shape.count == 2
    try bias.expect(isDouble ? [2, width] : [width], place: place)
    let values = bias.tensor.floats()
    let column = { (start: Int) in
      Matrix(rows: width, columns: 1, values: Array(values[start..<start + width]))
        .reordered(order).values
    }
    result.bias = column(0) + (isDouble ? column(width) : [Float](repeating: 0, count: width))
    result.resetAfter = isDouble
    return result
  }

  /// Kernels `[I + H, …]`: TensorFlow 1's GRUCell (`gates`, `candidate`), LSTM and RNN cells.
  func tensorflow(
    _ prefix: String, _ features: Int?, _ weights: inout TensorSource
  ) throws(FormatError) -> RecurrentWeights {
    let parts = kind == .gru ? [("gates", 2), ("candidate", 1)] : [("", gates)]
    var input: Matrix?
    var state: Matrix?
    var bias: [Float] = []
    for (part, blocks) in parts {
      let partPrefix = prefix.isEmpty ? part : part.isEmpty ? prefix : "\(prefix)/\(part)"
      let kernelTensor = try weights.required(partPrefix, "kernel", place: place)
      let kernel = try kernelTensor.matrix(rows: nil, columns: nil, place: place)
      let hidden = kernel.columns / blocks
      let rows = features.map { $0 + hidden } ?? input.map { $0.columns + hidden } ?? kernel.rows
      try kernelTensor.expect(
        [rows, blocks * hidden], place: place, NetworkBuilder.because(features))
      guard rows > hidden, hidden > 0, (input?.rows).map({ $0 == 2 * hidden }) ?? true else {
        throw FormatError(
          .malformed, "\(place): tensor '\(kernelTensor.name)' has shape \(kernelTensor.shape)")
      }
      let inputPart = kernel[0..<rows - hidden].transposed
      let statePart = kernel[rows - hidden..<rows].transposed
      input = input.map { $0.above(inputPart) } ?? inputPart
      state = state.map { $0.above(statePart) } ?? statePart
      bias +=
        try weights.optional(partPrefix, "bias")?.vector(kernel.columns, place: place)
        ?? [Float](repeating: 0, count: kernel.columns)
    }
    guard let input, let state else { throw FormatError(.malformed, "\(place): no weights") }
    return tensorflow(input, state, bias)
  }

  /// Gates i, j, f, o become i, f, g, o; the forget gate's constant goes into its bias.
  private func tensorflow(
    _ input: Matrix, _ state: Matrix, _ bias: [Float]
  ) -> RecurrentWeights {
    let zeros = [Float](repeating: 0, count: bias.count)
    guard kind == .lstm else {
      return RecurrentWeights(input: input, state: state, bias: bias + zeros)
    }
    let order = [0, 2, 1, 3]
    var biases = Matrix(rows: bias.count, columns: 1, values: bias).reordered(order).values
    for unit in state.columns..<2 * state.columns { biases[unit] += forgetBias }
    return RecurrentWeights(
      input: input.reordered(order), state: state.reordered(order), bias: biases + zeros)
  }

  /// What a weight's height means, for errors.
  private var blocks: String {
    "\(gates) block\(gates == 1 ? "" : "s") of one row a unit"
  }
}

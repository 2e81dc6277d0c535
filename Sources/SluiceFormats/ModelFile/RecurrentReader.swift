import SluiceGraph

/// How frameworks name and lay out weights.
enum WeightLayout: String, CaseIterable {
  /// `[out, in]`; gates r, z, n and i, f, g, o.
  case pytorch
  /// `[in, out]`; gates z, r, h and i, f, c, o.
  case keras
  /// `[in + state, out]`; gates r, u apart from the candidate, and i, j, f, o.
  case tensorflow
}

/// The weights of one direction of one layer in our layout.
struct RecurrentWeights {
  /// W, `[gates · hidden, input]`.
  var input: Matrix
  /// U, `[gates · hidden, hidden]`.
  var state: Matrix
  /// The biases of W, then those of U.
  var bias: [Float]?
  /// What the tensors themselves say of a GRU; nil if nothing.
  var resetAfter: Bool?
}

/// Finds and turns the weights of a `gru`, `lstm` or `rnn`.
struct RecurrentReader {
  let kind: LayerKind
  let place: String
  let prefix: String
  private let reversePrefix: String?
  private let layers: Int?
  private let bidirectional: Bool?
  private let layout: WeightLayout
  private let resetAfter: Bool?
  private let forgetBias: Float
  private let activation: Activation
  private let gateActivation: Activation

  init(_ kind: LayerKind, _ fields: inout DescriptionFields) throws(FormatError) {
    self.kind = kind
    place = fields.place
    prefix = try fields.string("prefix") ?? ""
    layout = try fields.choice("layout", WeightLayout.self) ?? .pytorch
    layers = try fields.integer("layers", in: 1...64)
    bidirectional = try fields.bool("bidirectional")
    reversePrefix = layout == .pytorch ? nil : try fields.string("reversePrefix")
    activation = try fields.recurrentActivation("activation") ?? .tanh
    gateActivation =
      kind == .rnn ? .sigmoid : try fields.recurrentActivation("gateActivation") ?? .sigmoid
    resetAfter = kind == .gru ? try fields.bool("resetAfter") : nil
    forgetBias =
      kind == .lstm && layout == .tensorflow ? try fields.float("forgetBias") ?? 1 : 0
    if layout == .pytorch && resetAfter == false {
      throw FormatError(
        .unsupported, "\(place).resetAfter: PyTorch's GRU has no other form than true")
    }
    if layout != .pytorch && (layers ?? 1) != 1 {
      throw FormatError(
        .unsupported, "\(place).layers: weights of this layout are named one layer at a time")
    }
  }

  /// Rows of W for each unit.
  private var gates: Int {
    switch kind {
    case .gru: 3
    case .lstm: 4
    default: 1
    }
  }

  /// The number given, else as many as the file has.
  func layerCount(_ weights: TensorSource) throws(FormatError) -> Int {
    if let layers { return layers }
    guard layout == .pytorch else { return 1 }
    var count = 1
    while count < 64, weights.name(prefix, "weight_ih_l\(count)") != nil { count += 1 }
    return count
  }

  /// The forward direction, and the reverse one if there is one.
  func directions(
    _ layer: Int, features: Int?, _ weights: inout TensorSource
  ) throws(FormatError) -> [RecurrentWeights] {
    let forward = try direction(prefix, layer, suffix: "", features, &weights)
    let hasReverse =
      layout == .pytorch
      ? weights.name(prefix, "weight_ih_l\(layer)_reverse") != nil : reversePrefix != nil
    guard bidirectional ?? hasReverse else { return [forward] }
    let reverse = try direction(
      reversePrefix ?? prefix, layer, suffix: "_reverse", features, &weights)
    guard reverse.state.columns == forward.state.columns else {
      throw FormatError(
        .malformed,
        "\(place): \(forward.state.columns) units forward, \(reverse.state.columns) in reverse")
    }
    return [forward, reverse]
  }

  private func direction(
    _ prefix: String, _ layer: Int, suffix: String, _ features: Int?,
    _ weights: inout TensorSource
  ) throws(FormatError) -> RecurrentWeights {
    switch layout {
    case .pytorch:
      // A cell's tensors (`nn.GRUCell`) have no layer number.
      let isCell =
        layer == 0 && weights.name(prefix, "weight_ih_l0") == nil
        && weights.name(prefix, "weight_ih") != nil
      return try pytorch(prefix, isCell ? "" : "_l\(layer)\(suffix)", features, &weights)
    case .keras: return try keras(prefix, features, &weights)
    case .tensorflow: return try tensorflow(prefix, features, &weights)
    }
  }

  func `operator`(
    hiddenSize: Int, _ directions: [RecurrentWeights], forceResetAfter: Bool
  ) -> Operator {
    let recurrence = Recurrence(
      hiddenSize: hiddenSize, direction: directions.count == 2 ? .bidirectional : .forward)
    func repeated(_ activations: [Activation]) -> [Activation] {
      directions.flatMap { _ in activations }
    }
    switch kind {
    case .gru:
      let fallback = layout != .tensorflow
      return .gru(
        GRU(
          recurrence,
          resetAfter: forceResetAfter || (resetAfter ?? directions[0].resetAfter ?? fallback),
          activations: repeated([gateActivation, activation])))
    case .lstm:
      return .lstm(
        LSTM(recurrence, activations: repeated([gateActivation, activation, activation])))
    default:
      return .rnn(RNN(recurrence, activations: repeated([activation])))
    }
  }

  // MARK: Layouts

  private func pytorch(
    _ prefix: String, _ suffix: String, _ features: Int?, _ weights: inout TensorSource
  ) throws(FormatError) -> RecurrentWeights {
    if let projection = weights.optional(prefix, "weight_hr\(suffix)") {
      throw FormatError(
        .unsupported, "\(place): tensor '\(projection.name)': LSTMs with projections are not read")
    }
    let stateTensor = try weights.required(prefix, "weight_hh\(suffix)", place: place)
    let inputTensor = try weights.required(prefix, "weight_ih\(suffix)", place: place)
    let state = try stateTensor.matrix(rows: nil, columns: nil, place: place)
    try stateTensor.expect([gates * state.columns, state.columns], place: place, blocks)
    let input = try inputTensor.matrix(
      rows: state.rows, columns: features, place: place, NetworkBuilder.because(features))
    let inputBias = weights.optional(prefix, "bias_ih\(suffix)")
    let stateBias = weights.optional(prefix, "bias_hh\(suffix)")
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
  private func keras(
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
    guard let bias = weights.optional(prefix, "bias") else { return result }
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
  private func tensorflow(
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

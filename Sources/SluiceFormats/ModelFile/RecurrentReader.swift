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
  let forgetBias: Float
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
  var gates: Int {
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
}

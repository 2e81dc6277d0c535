import SluiceGraph

extension OperatorRule {
  static let recurrenceRules: [String: OperatorRule] = [
    "GRU": OperatorRule(3...6, outputs: 1...2) { (importer, node) throws(FormatError) in
      let source = try RecurrenceSource(node, importer, kind: .gru)
      let flag = try node.flag("linear_before_reset")
      let resetAfter = flag || importer.model.options.gruResetAfter
      importer.model.noteGRU(node.name, resetAfter: flag)
      let op = GRU(source.recurrence, resetAfter: resetAfter, activations: source.activations)
      try source.emit(.gru(op), &importer)
    },
    "LSTM": OperatorRule(3...8, outputs: 1...3) { (importer, node) throws(FormatError) in
      let source = try RecurrenceSource(node, importer, kind: .lstm)
      let inputForget = try node.flag("input_forget")
      let op = LSTM(
        source.recurrence, inputForget: inputForget, activations: source.activations)
      try source.emit(.lstm(op), &importer)
    },
    "RNN": OperatorRule(3...6, outputs: 1...2) { (importer, node) throws(FormatError) in
      let source = try RecurrenceSource(node, importer, kind: .rnn)
      try source.emit(
        .rnn(RNN(source.recurrence, activations: source.activations)), &importer)
    },
  ]
}

/// What GRU, LSTM and RNN nodes have in common on their way in: gates are reordered and `layout` 1 is
/// transposed.
///
/// ONNX stacks the gates of a GRU as z, r, n and those of an LSTM as i, o, f, g; its peepholes are
/// i, o, f.
struct RecurrenceSource {
  enum Kind {
    case gru, lstm, rnn

    /// Entry g: which of ONNX's gates is our gate g.
    var gates: [Int] {
      switch self {
      case .gru: [1, 0, 2]
      case .lstm: [0, 2, 3, 1]
      case .rnn: [0]
      }
    }

    /// Activation functions per direction.
    var defaults: [Activation] {
      switch self {
      case .gru: [.sigmoid, .tanh]
      case .lstm: [.sigmoid, .tanh, .tanh]
      case .rnn: [.tanh]
      }
    }
  }

  /// Units: gate row indices are built as a list, so a size from a file must be bounded.
  private static let hiddenLimit = 1 << 20

  let recurrence: Recurrence
  let activations: [Activation]
  private let node: SourceNode
  private let kind: Kind
  /// Whether the batch axis comes first.
  private let batchFirst: Bool

  init(_ node: SourceNode, _ importer: GraphImporter, kind: Kind) throws(FormatError) {
    self.node = node
    self.kind = kind
    let direction: Recurrence.Direction = try node.recurrenceDirection()
    let clip = try node.float("clip")
    if let clip, !(clip > 0) {
      throw node.error(.malformed, "clip is \(clip), expected more than 0")
    }
    let hidden = try Self.hiddenSize(node, importer)
    recurrence = Recurrence(hiddenSize: hidden, direction: direction, clip: clip)
    activations = try node.activations(
      defaults: kind.defaults, directions: direction.count)
    let layout = try node.integer("layout", default: 0)
    guard layout == 0 || layout == 1 else {
      throw node.error(.malformed, "layout is \(layout), expected 0 or 1")
    }
    batchFirst = layout == 1
  }

  /// The attribute, or what the recurrent weights `[D, G·H, H]` say; both must agree.
  private static func hiddenSize(
    _ node: SourceNode, _ importer: GraphImporter
  ) throws(FormatError) -> Int {
    let stated = try node.integer("hidden_size")
    let shape = node.input(2).flatMap { importer.graph[$0].type.shape }
    let found = shape.flatMap { $0.rank == 3 ? $0[2].size : nil }
    guard let size = stated ?? found else {
      throw node.error(.malformed, "it has no hidden_size, and the shape of R is not known")
    }
    guard found == nil || found == size else {
      throw node.error(.malformed, "hidden_size is \(size), but R is \(shape?.description ?? "")")
    }
    guard 1...hiddenLimit ~= size else {
      throw node.error(.limit, "hidden_size is \(size), expected 1 to \(hiddenLimit)")
    }
    return size
  }

  // MARK: Emitting

  func emit(_ op: Operator, _ importer: inout GraphImporter) throws(FormatError) {
    let blocks = kind.gates
    let biasBlocks = blocks + blocks.map { $0 + blocks.count }
    let inputs = [
      batchFirst ? swapped(0, "X", &importer) : node.input(0),
      reordered(1, blocks, "W", &importer),
      reordered(2, blocks, "R", &importer),
      reordered(3, biasBlocks, "B", &importer),
      node.input(4),
      batchFirst ? swapped(5, "initial_h", &importer) : node.input(5),
      batchFirst ? swapped(6, "initial_c", &importer) : node.input(6),
      reordered(7, [0, 2, 1], "P", &importer),
    ].prefix(node.inputs.count)
    guard batchFirst else { return try importer.emit(op, Array(inputs), for: node) }
    try emitBatchFirst(op, Array(inputs), &importer)
  }

  /// The recurrence, and the node's outputs as its transposes.
  private func emitBatchFirst(
    _ op: Operator, _ inputs: [ValueID?], _ importer: inout GraphImporter
  ) throws(FormatError) {
    let outputs = importer.add(op, inputs, outputsOf: node)
    // Y [L, D, M, H] -> [M, L, D, H]; last states [D, M, H] -> [M, D, H].
    for (index, output) in outputs.enumerated() {
      guard let output else { continue }
      let permutation = index == 0 ? [2, 0, 1, 3] : [1, 0, 2]
      try importer.emit(
        .transpose(permutation: permutation), [output], for: node, output: index)
    }
  }

  /// The first two axes exchanged.
  private func swapped(
    _ index: Int, _ role: String, _ importer: inout GraphImporter
  ) -> ValueID? {
    node.input(index).map {
      importer.add(.transpose(permutation: [1, 0, 2]), [$0], for: node, role: role)
    }
  }

  /// Axis 1 in blocks of the hidden size, put in the order `blocks`.
  private func reordered(
    _ index: Int, _ blocks: [Int], _ role: String, _ importer: inout GraphImporter
  ) -> ValueID? {
    guard let value = node.input(index), blocks != Array(blocks.indices) else {
      return node.input(index)
    }
    let size = recurrence.hiddenSize
    if let tensor = importer.tensor(value),
      let tensor = tensor.reorderingBlocks(of: size, blocks)
    {
      return importer.constant(tensor, for: node, role: role)
    }
    let rows = blocks.flatMap { $0 * size..<($0 + 1) * size }
    let indices = importer.constant(rows, for: node, role: "\(role).rows")
    return importer.add(.gather(axis: 1), [value, indices], for: node, role: role)
  }
}

extension Tensor {
  /// Axis 1 seen as blocks of `size` rows, in another order; nil if it does not have these blocks.
  fileprivate func reorderingBlocks(of size: Int, _ blocks: [Int]) -> Tensor? {
    // An empty tensor may have dimensions whose product overflows.
    guard rank >= 2, count > 0, shape[1] == size * blocks.count else { return nil }
    let rowBytes = shape[2...].reduce(elementType.byteCount, *)
    let blockBytes = rowBytes * size
    let groupBytes = blockBytes * blocks.count
    let bytes = self.bytes
    var reordered = [UInt8]()
    reordered.reserveCapacity(bytes.count)
    for group in 0..<shape[0] {
      for block in blocks {
        let start = group * groupBytes + block * blockBytes
        reordered += bytes[start..<start + blockBytes]
      }
    }
    return Tensor(elementType: elementType, shape: shape, bytes: reordered)
  }
}

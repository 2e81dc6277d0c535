import SluiceGraph

/// Grows a graph layer by layer. Between layers, values are `[batch, time, frame axes…]`, or
/// `[batch, frame axes…]` after `lastStep`.
struct NetworkBuilder {
  var graph: Graph
  var weights: TensorSource
  let folder: FolderAccess
  let options: NetworkOptions
  /// What the next layer takes.
  var frames: Frames
  private var names: [String: Int] = [:]
  /// How often each ONNX file has been taken.
  var parts: [String: Int] = [:]

  /// The value between two layers.
  struct Frames {
    var value = ValueID(0)
    var elementType = ElementType.float32
    var hasTime = true
    /// Sizes of the axes after batch and time, nil where not known; nil if not even their number is.
    var axes: [Int?]? = []

    /// Axes before those of the frame.
    var leading: Int { hasTime ? 2 : 1 }
  }

  init(name: String, weights: TensorSource, folder: FolderAccess, options: NetworkOptions) {
    graph = Graph(name: name)
    self.weights = weights
    self.folder = folder
    self.options = options
    frames = Frames()
  }

  /// `shape` begins with batch and time.
  mutating func setInput(_ name: String, _ type: ElementType, _ shape: Shape) {
    frames.value = graph.addInput(name, type, shape)
    frames.elementType = type
    frames.axes = shape.dimensions.dropFirst(2).map(\.size)
  }

  consuming func finished(output: String) -> Graph {
    graph.addOutput(frames.value, name: output)
    let unused = weights.unused
    if !unused.isEmpty {
      graph.notes.append(
        "\(weights.file.path): not used: \(unused.joined(separator: ", "))")
    }
    return graph
  }

  mutating func add(
    _ kind: LayerKind, _ value: JSONValue, place: String
  ) throws(FormatError) {
    if kind == .activation { return try addActivation(value, place: place) }
    var fields = try DescriptionFields(value, place: place)
    switch kind {
    case .gru, .lstm, .rnn: try addRecurrence(kind, &fields)
    case .linear: try addLinear(&fields)
    case .batchNorm: try addBatchNorm(&fields)
    case .layerNorm: try addLayerNorm(&fields)
    case .embedding: try addEmbedding(&fields)
    case .conv1d: try addConvolution(&fields)
    case .flatten: try addFlatten(&fields)
    case .lastStep: try addLastStep(&fields)
    case .onnx: try addPart(&fields)
    case .activation: break
    }
    try fields.finish()
  }

  // MARK: Nodes

  /// A name for a layer's nodes: `prefix`, else `kind`, numbered where it comes again.
  mutating func layerName(_ prefix: String, _ kind: LayerKind) -> String {
    let trimmed = prefix.isEmpty ? kind.rawValue : prefix
    let count = names[trimmed, default: 0] + 1
    names[trimmed] = count
    return count == 1 ? trimmed : "\(trimmed)_\(count)"
  }

  mutating func floats(_ values: [Float], _ shape: [Int], _ name: String) -> ValueID {
    graph.addConstant(Tensor(values, shape: shape), name: name)
  }

  mutating func integers(_ values: [Int], _ name: String) -> ValueID {
    graph.addConstant(Tensor(values.map { Int64($0) }), name: name)
  }

  /// Applies an operator to the frames.
  mutating func apply(_ op: Operator, _ others: [ValueID?] = [], name: String) {
    frames.value = graph.addNode(op, [frames.value] + others, name: name)
  }

  // MARK: What a layer takes

  func requireFloats(_ place: String) throws(FormatError) {
    guard frames.elementType.isFloatingPoint else {
      throw FormatError(
        .malformed, "\(place): takes floats, the frames here are \(frames.elementType)")
    }
  }

  /// Refuses layers over time after `lastStep`.
  func requireTime(_ place: String) throws(FormatError) {
    guard frames.hasTime else {
      throw FormatError(.malformed, "\(place): needs time, which ended at lastStep")
    }
  }

  /// The size of the one frame axis; nil if not known.
  func features(_ place: String) throws(FormatError) -> Int? {
    try requireFloats(place)
    guard let axes = frames.axes else { return nil }
    guard axes.count == 1 else {
      let text = axes.map { $0.map { "\($0)" } ?? "?" }.joined(separator: ", ")
      throw FormatError(
        .malformed,
        "\(place): takes frames of one axis, found [\(text)]; put { \"flatten\": {} } before it")
    }
    return axes[0]
  }

  /// Why a size is expected, for errors.
  static func because(_ features: Int?) -> String {
    features.map { "the frames here have \($0) features" } ?? ""
  }
}

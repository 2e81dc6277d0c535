import SluiceGraph

/// Recognises layers by the usual names of tensors, taking away the tensors it has explained.
struct LayerRecognizer {
  private let file: TensorFile
  private var open: Set<String>

  init(_ file: TensorFile) {
    self.file = file
    open = Set(file.entries.map(\.name).filter { !$0.hasSuffix("num_batches_tracked") })
  }

  /// Names not explained yet, in the file's order.
  var remaining: [String] { file.entries.map(\.name).filter { open.contains($0) } }

  /// Layers in the order of their first tensors.
  mutating func layers() -> [LayerGuess] {
    var found: [(place: Int, layer: LayerGuess)] = []
    let rules: [(inout LayerRecognizer, String) -> LayerGuess?] = [
      { $0.pytorchRecurrence($1) }, { $0.kerasRecurrence($1) }, { $0.tensorflowRecurrence($1) },
      { $0.batchNorm($1) }, { $0.kernel($1) }, { $0.weight($1) }, { $0.layerNorm($1) },
      { $0.unnamedLinear($1) },
    ]
    for rule in rules {
      for (place, entry) in file.entries.enumerated() where open.contains(entry.name) {
        if let layer = rule(&self, entry.name) { found.append((place, layer)) }
      }
    }
    return found.sorted { $0.place < $1.place }.map(\.layer)
  }

  // MARK: Recurrences

  private mutating func pytorchRecurrence(_ name: String) -> LayerGuess? {
    let isCell = prefix(of: name, "weight_ih") != nil
    guard let prefix = prefix(of: name, "weight_ih_l0") ?? prefix(of: name, "weight_ih") else {
      return nil
    }
    let suffix = isCell ? "" : "_l0"
    guard let input = shape(prefix, "weight_ih\(suffix)", rank: 2),
      let state = shape(prefix, "weight_hh\(suffix)", rank: 2),
      let kind = kind(rows: state[0], units: state[1])
    else { return nil }
    var (layers, directions) = (0, 1)
    for layer in 0..<64 {
      let tail = isCell ? "" : "_l\(layer)"
      guard take(prefix, "weight_ih\(tail)") else { break }
      for part in ["weight_hh", "bias_ih", "bias_hh"] { take(prefix, "\(part)\(tail)") }
      for part in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
      where take(prefix, "\(part)\(tail)_reverse") { directions = 2 }
      layers += 1
      if isCell { break }
    }
    var members = [("prefix", quoted(prefix))]
    if layers > 1 { members.append(("layers", "\(layers)")) }
    if directions == 2 { members.append(("bidirectional", "true")) }
    return LayerGuess(
      kind: kind, input: input[1], output: directions * state[1], members: members)
  }

  private mutating func kerasRecurrence(_ name: String) -> LayerGuess? {
    guard let prefix = prefix(of: name, "recurrent_kernel"),
      prefix.firstRange(of: "backward_") == nil,
      let state = shape(prefix, "recurrent_kernel", rank: 2),
      let input = shape(prefix, "kernel", rank: 2),
      let kind = kind(rows: state[1], units: state[0])
    else { return nil }
    var members = [("prefix", quoted(prefix)), ("layout", "\"keras\"")]
    var output = state[0]
    let parts = ["kernel", "recurrent_kernel", "bias"]
    for part in parts { take(prefix, part) }
    let reverse = prefix.replacing("forward_", with: "backward_")
    if reverse != prefix, source.name(reverse, "kernel") != nil {
      for part in parts { take(reverse, part) }
      members.append(("reversePrefix", quoted(reverse)))
      output *= 2
    }
    return LayerGuess(kind: kind, input: input[0], output: output, members: members)
  }

  private mutating func tensorflowRecurrence(_ name: String) -> LayerGuess? {
    let layout = ("layout", "\"tensorflow\"")
    if let prefix = prefix(of: name, "gates/kernel"),
      let candidate = shape(prefix, "candidate/kernel", rank: 2), candidate[0] > candidate[1]
    {
      for part in ["gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias"] {
        take(prefix, part)
      }
      return LayerGuess(
        kind: .gru, input: candidate[0] - candidate[1], output: candidate[1],
        members: [("prefix", quoted(prefix)), layout])
    }
    guard let prefix = prefix(of: name, "kernel"), let shape = shape(prefix, "kernel", rank: 2),
      prefix.hasSuffix("lstm_cell") || prefix.hasSuffix("rnn_cell")
    else { return nil }
    let kind = prefix.hasSuffix("lstm_cell") ? LayerKind.lstm : .rnn
    let units = shape[1] / (kind == .lstm ? 4 : 1)
    guard units > 0, shape[0] > units else { return nil }
    for part in ["kernel", "bias"] { take(prefix, part) }
    return LayerGuess(
      kind: kind, input: shape[0] - units, output: units,
      members: [("prefix", quoted(prefix)), layout])
  }

  /// What has so many rows a unit.
  private func kind(rows: Int, units: Int) -> LayerKind? {
    guard units > 0, rows.isMultiple(of: units) else { return nil }
    return [1: .rnn, 3: .gru, 4: .lstm][rows / units]
  }

  // MARK: Other layers

  private mutating func batchNorm(_ name: String) -> LayerGuess? {
    let isKeras = prefix(of: name, "moving_mean") != nil
    guard let prefix = prefix(of: name, isKeras ? "moving_mean" : "running_mean"),
      let count = file[name]?.shape.first
    else { return nil }
    let parts =
      isKeras
      ? ["moving_mean", "moving_variance", "gamma", "beta"]
      : ["running_mean", "running_var", "weight", "bias"]
    for part in parts { take(prefix, part) }
    return guess(.batchNorm, prefix, isKeras: isKeras, input: count, output: count)
  }

  private mutating func layerNorm(_ name: String) -> LayerGuess? {
    let isKeras = prefix(of: name, "gamma") != nil
    guard let prefix = prefix(of: name, isKeras ? "gamma" : "weight"),
      let shape = file[name]?.shape, shape.count == 1,
      source.name(prefix, isKeras ? "beta" : "bias") != nil
    else { return nil }
    for part in isKeras ? ["gamma", "beta"] : ["weight", "bias"] { take(prefix, part) }
    return guess(.layerNorm, prefix, isKeras: isKeras, input: shape[0], output: shape[0])
  }

  /// Keras: a matrix `[in, out]` is a dense layer, `[kernel, in, out]` a convolution.
  private mutating func kernel(_ name: String) -> LayerGuess? {
    guard let prefix = prefix(of: name, "kernel"), let shape = file[name]?.shape,
      shape.count == 2 || shape.count == 3
    else { return nil }
    for part in ["kernel", "bias"] { take(prefix, part) }
    return guess(
      shape.count == 2 ? .linear : .conv1d, prefix, isKeras: true,
      input: shape[shape.count - 2], output: shape[shape.count - 1])
  }

  /// PyTorch: a matrix `[out, in]` is a linear layer or an embedding, `[out, in, kernel]` a
  /// convolution.
  private mutating func weight(_ name: String) -> LayerGuess? {
    guard let prefix = prefix(of: name, "weight"), let shape = file[name]?.shape,
      shape.count == 2 || shape.count == 3
    else { return nil }
    let hasBias = take(prefix, "bias")
    take(prefix, "weight")
    if shape.count == 2, !hasBias, prefix.lowercased().firstRange(of: "emb") != nil {
      return guess(.embedding, prefix, isKeras: false, input: nil, output: shape[1])
    }
    return guess(
      shape.count == 2 ? .linear : .conv1d, prefix, isKeras: false, input: shape[1],
      output: shape[0])
  }

  private func guess(
    _ kind: LayerKind, _ prefix: String, isKeras: Bool, input: Int?, output: Int
  ) -> LayerGuess {
    let layout = isKeras ? [("layout", "\"keras\"")] : []
    return LayerGuess(
      kind: kind, input: input, output: output, members: [("prefix", quoted(prefix))] + layout)
  }

  /// A matrix of any name `[in, out]`, with the next vector of as many outputs as its bias.
  private mutating func unnamedLinear(_ name: String) -> LayerGuess? {
    guard let shape = file[name]?.shape, shape.count == 2 else { return nil }
    var members = [("weight", quoted(name)), ("layout", "\"keras\"")]
    open.remove(name)
    let bias = file.entries.first { $0.tensor.shape == [shape[1]] && open.contains($0.name) }
    if let bias {
      open.remove(bias.name)
      members.append(("bias", quoted(bias.name)))
    }
    return LayerGuess(kind: .linear, input: shape[0], output: shape[1], members: members)
  }

  // MARK: Names

  private var source: TensorSource { TensorSource(file) }

  /// What stands before `suffix` and its separator in a name; nil if the name ends otherwise.
  private func prefix(of name: String, _ suffix: String) -> String? {
    let plain = name.hasSuffix(":0") ? name.dropLast(2) : name[...]
    guard plain.hasSuffix(suffix) else { return nil }
    let rest = plain.dropLast(suffix.count)
    guard let last = rest.last else { return "" }
    if last == "." || last == "/" { return String(rest.dropLast()) }
    return last == "_" ? String(rest) : nil
  }

  private func shape(_ prefix: String, _ suffix: String, rank: Int) -> [Int]? {
    guard let name = source.name(prefix, suffix), let shape = file[name]?.shape else { return nil }
    return shape.count == rank ? shape : nil
  }

  /// Takes a tensor away if it is there.
  @discardableResult
  private mutating func take(_ prefix: String, _ suffix: String) -> Bool {
    guard let name = source.name(prefix, suffix) else { return false }
    return open.remove(name) != nil
  }
}

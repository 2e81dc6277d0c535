import SluiceGraph

/// `conv1d`: a convolution over time.
extension NetworkBuilder {
  private enum Padding: String, CaseIterable {
    /// Zeros before the first frame, so that every output sees only frames up to its own.
    case causal
    /// None: the first output waits for a whole window.
    case valid
  }

  private enum KernelLayout: String, CaseIterable {
    /// `[out, in / groups, kernel]`
    case pytorch
    /// `[kernel, in / groups, out]`
    case keras
  }

  mutating func addConvolution(_ fields: inout DescriptionFields) throws(FormatError) {
    let place = fields.place
    try requireTime(place)
    let features = try features(place)
    let prefix = try fields.string("prefix") ?? ""
    let layout = try fields.choice("layout", KernelLayout.self) ?? .pytorch
    let padding = try fields.choice("padding", Padding.self) ?? .causal
    let stride = try fields.integer("stride", in: 1...1 << 16) ?? 1
    let dilation = try fields.integer("dilation", in: 1...1 << 16) ?? 1
    let groups = try fields.integer("groups", in: 1...1 << 16) ?? 1
    let activation = try fields.activation("activation")
    let name = layerName(prefix, .conv1d)
    let kernel = try kernel(prefix, layout, features: features, groups: groups, place: place)
    let bias = try weights.optional(prefix, "bias")?.vector(kernel.shape[0], place: place)
    // Both factors are below 2^40: sizes of a file, and the range checked above.
    let past = (kernel.shape[2] - 1) * dilation
    guard past <= 1 << 24 else {
      throw FormatError(.limit, "\(place): a window of more than \(1 << 24) frames")
    }
    let convolution = Convolution(
      groups: groups, strides: [stride], dilations: [dilation],
      padding: padding == .causal ? .explicit(begin: [past], end: [0]) : .valid)
    let inputs = [
      graph.addConstant(kernel, name: "\(name).weight"),
      bias.map { floats($0, [kernel.shape[0]], "\(name).bias") },
    ]
    apply(.transpose(permutation: [0, 2, 1]), name: "\(name).time_last")
    apply(.conv(convolution), inputs, name: name)
    apply(.transpose(permutation: [0, 2, 1]), name: "\(name).features_last")
    frames.axes = [kernel.shape[0]]
    try apply(activation, name: name)
  }

  /// The weights as `[out, in / groups, kernel]`.
  private mutating func kernel(
    _ prefix: String, _ layout: KernelLayout, features: Int?, groups: Int, place: String
  ) throws(FormatError) -> Tensor {
    if let features, !features.isMultiple(of: groups) {
      throw FormatError(
        .malformed, "\(place).groups: \(groups) does not divide the \(features) features here")
    }
    let inputs = features.map { $0 / groups }
    let why = NetworkBuilder.because(features) + (groups == 1 ? "" : " in \(groups) groups")
    guard layout == .keras else {
      let tensor = try weights.required(prefix, "weight", place: place)
      try tensor.expect([nil, inputs, nil], place: place, why)
      try check(outputs: tensor.shape[0], groups: groups, place)
      return tensor.tensor.converted(to: .float32)
    }
    let tensor = try weights.required(prefix, "kernel", place: place)
    try tensor.expect([nil, inputs, nil], place: place, why)
    let (length, width, outputs) = (tensor.shape[0], tensor.shape[1], tensor.shape[2])
    try check(outputs: outputs, groups: groups, place)
    let flat = Matrix(
      rows: length, columns: width * outputs, values: tensor.tensor.floats()
    ).transposed
    // Rows are now input · outputs + output; outputs go first.
    let rows = (0..<outputs).flatMap { output in
      (0..<width).flatMap { input in
        flat[input * outputs + output..<input * outputs + output + 1].values
      }
    }
    return Tensor(rows, shape: [outputs, width, length])
  }

  private func check(outputs: Int, groups: Int, _ place: String) throws(FormatError) {
    guard outputs.isMultiple(of: groups) else {
      throw FormatError(
        .malformed, "\(place).groups: \(groups) does not divide the \(outputs) outputs")
    }
  }
}

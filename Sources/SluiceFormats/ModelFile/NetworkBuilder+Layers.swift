import SluiceGraph

/// Layers that treat every frame alike.
extension NetworkBuilder {
  private enum LinearLayout: String, CaseIterable {
    case pytorch, keras
  }

  /// y = x Wᵀ + b over the last axis.
  mutating func addLinear(_ fields: inout DescriptionFields) throws(FormatError) {
    let place = fields.place
    try requireFloats(place)
    let prefix = try fields.string("prefix") ?? ""
    let layout = try fields.choice("layout", LinearLayout.self) ?? .pytorch
    let weightName = try fields.string("weight")
    let biasName = try fields.string("bias")
    let activation = try fields.activation("activation")
    let weight =
      if let weightName {
        try weights.required("", weightName, place: place)
      } else {
        try weights.required(
          prefix, layout == .pytorch ? "weight" : "kernel", place: place)
      }
    let features = frames.axes?.last ?? nil
    if frames.axes?.isEmpty == true { _ = try self.features(place) }
    let matrix = try weight.matrix(
      rows: layout == .pytorch ? nil : features, columns: layout == .pytorch ? features : nil,
      place: place, NetworkBuilder.because(features))
    let turned = layout == .pytorch ? matrix.transposed : matrix
    var bias: NamedTensor?
    if let biasName {
      bias = try weights.required("", biasName, place: place)
    } else if weightName == nil {
      bias = try weights.optional(prefix, "bias")
    }
    let name = layerName(prefix, .linear)
    apply(
      .matMul, [floats(turned.values, [turned.rows, turned.columns], "\(name).weight")],
      name: name)
    if let bias {
      let values = try bias.vector(turned.columns, place: place)
      apply(
        .binary(.add), [floats(values, [turned.columns], "\(name).bias")], name: "\(name).add_bias")
    }
    if let axes = frames.axes { frames.axes = axes.dropLast() + [turned.columns] }
    try apply(activation, name: name)
  }

  private enum NormLayout: String, CaseIterable {
    case pytorch, keras
  }

  /// y = (x − mean) / √(variance + epsilon) · weight + bias, as one product and one sum: the running
  /// statistics are constants. Scale and shift are worked out in double precision.
  mutating func addBatchNorm(_ fields: inout DescriptionFields) throws(FormatError) {
    let place = fields.place
    let features = try features(place)
    let prefix = try fields.string("prefix") ?? ""
    let isKeras = try fields.choice("layout", NormLayout.self) == .keras
    let epsilon = try fields.float("epsilon") ?? (isKeras ? 1e-3 : 1e-5)
    let meanTensor = try weights.required(
      prefix, isKeras ? "moving_mean" : "running_mean", place: place)
    let mean = try meanTensor.vector(features, place: place, NetworkBuilder.because(features))
    let variance = try weights.required(
      prefix, isKeras ? "moving_variance" : "running_var", place: place
    ).vector(mean.count, place: place)
    let weight = try weights.optional(prefix, isKeras ? "gamma" : "weight")?
      .vector(mean.count, place: place)
    let bias = try weights.optional(prefix, isKeras ? "beta" : "bias")?
      .vector(mean.count, place: place)
    var (scale, shift) = ([Float](), [Float]())
    for index in mean.indices {
      let factor =
        Double(weight?[index] ?? 1) / (Double(variance[index]) + Double(epsilon)).squareRoot()
      scale.append(Float(factor))
      shift.append(Float(Double(bias?[index] ?? 0) - Double(mean[index]) * factor))
    }
    let name = layerName(prefix, .batchNorm)
    apply(.binary(.mul), [floats(scale, [scale.count], "\(name).scale")], name: name)
    apply(
      .binary(.add), [floats(shift, [shift.count], "\(name).shift")], name: "\(name).add_shift")
    frames.axes = [mean.count]
  }

  mutating func addLayerNorm(_ fields: inout DescriptionFields) throws(FormatError) {
    let place = fields.place
    let features = try features(place)
    let prefix = try fields.string("prefix") ?? ""
    let isKeras = try fields.choice("layout", NormLayout.self) == .keras
    let epsilon = try fields.float("epsilon") ?? (isKeras ? 1e-3 : 1e-5)
    let scale = try weights.required(prefix, isKeras ? "gamma" : "weight", place: place)
      .vector(features, place: place, NetworkBuilder.because(features))
    let bias = try weights.optional(prefix, isKeras ? "beta" : "bias")?
      .vector(scale.count, place: place)
    let name = layerName(prefix, .layerNorm)
    let scaleValue = floats(scale, [scale.count], "\(name).weight")
    let biasValue = bias.map { floats($0, [scale.count], "\(name).bias") }
    apply(.layerNormalization(axis: -1, epsilon: epsilon), [scaleValue, biasValue], name: name)
    frames.axes = [scale.count]
  }

  /// Integers to rows of a table: one axis more.
  mutating func addEmbedding(_ fields: inout DescriptionFields) throws(FormatError) {
    let place = fields.place
    guard frames.elementType.isInteger else {
      throw FormatError(
        .malformed,
        "\(place): takes integers, the frames here are \(frames.elementType); "
          + "give the input \"type\": \"int64\"")
    }
    let prefix = try fields.string("prefix") ?? ""
    let table = try weights.required(prefix, "weight", place: place)
      .matrix(rows: nil, columns: nil, place: place)
    let name = layerName(prefix, .embedding)
    let rows = floats(table.values, [table.rows, table.columns], "\(name).weight")
    frames.value = graph.addNode(.gather(axis: 0), [rows, frames.value], name: name)
    frames.elementType = .float32
    frames.axes = frames.axes.map { $0 + [table.columns] }
  }

  /// All axes of a frame become one.
  mutating func addFlatten(_ fields: inout DescriptionFields) throws(FormatError) {
    let name = layerName("", .flatten)
    let target = [Int](repeating: 0, count: frames.leading) + [-1]
    apply(.reshape(allowZero: false), [integers(target, "\(name).shape")], name: name)
    var count: Int? = frames.axes == nil ? nil : 1
    for axis in frames.axes ?? [] {
      guard let size = axis, let product = count else {
        count = nil
        break
      }
      let (value, overflow) = product.multipliedReportingOverflow(by: size)
      guard !overflow else {
        throw FormatError(.limit, "\(fields.place): frames of more elements than can be counted")
      }
      count = value
    }
    frames.axes = [count]
  }

  /// Only the last frame goes on.
  mutating func addLastStep(_ fields: inout DescriptionFields) throws(FormatError) {
    try requireTime(fields.place)
    let name = layerName("", .lastStep)
    let index = graph.addConstant(Tensor(scalar: Int64(-1)), name: "\(name).index")
    apply(.gather(axis: 1), [index], name: name)
    frames.hasTime = false
  }
}

import SluiceGraph

extension OperatorRule {
  static let resizeRules: [String: OperatorRule] = [
    "Resize": OperatorRule(1...4) { (importer, node) throws(FormatError) in
      guard node.opset >= 11 else { return try emitOldResize(&importer, node) }
      var inputs = (0..<4).map { node.input($0) }
      // Opset 11 wrote an empty tensor where later ones leave the input out.
      for index in 1..<4 where importer.tensor(inputs[index])?.count == 0 { inputs[index] = nil }
      guard inputs[2] != nil || inputs[3] != nil else {
        throw node.error(.malformed, "it has neither scales nor sizes")
      }
      try importer.emit(.resize(try resize(node)), inputs, for: node)
    },
    "Upsample": OperatorRule(1...2) { (importer, node) throws(FormatError) in
      try emitOldResize(&importer, node)
    },
  ]

  private static func resize(_ node: SourceNode) throws(FormatError) -> Resize {
    var op = Resize()
    op.mode = try choice(node, "mode", op.mode)
    op.nearestRounding = try choice(node, "nearest_mode", op.nearestRounding)
    try setCoordinates(&op, node)
    op.axes = try node.integers("axes")
    op.antialias = try node.flag("antialias")
    op.aspectRatio = try choice(node, "keep_aspect_ratio_policy", op.aspectRatio)
    op.cubicCoefficient = try node.float("cubic_coeff_a", default: op.cubicCoefficient)
    op.excludeOutside = try node.flag("exclude_outside")
    op.extrapolationValue = try node.float("extrapolation_value", default: 0)
    return op
  }

  /// Opset 11 also has `tf_half_pixel_for_nn`: (x + 0.5) / scale, which is half a pixel more than
  /// `half_pixel`. Where the rounding can take that up, it is the same.
  private static func setCoordinates(_ op: inout Resize, _ node: SourceNode) throws(FormatError) {
    let name = "coordinate_transformation_mode"
    let text = try node.string(name) ?? op.coordinates.rawValue
    if let coordinates = Resize.Coordinates(rawValue: text) {
      op.coordinates = coordinates
    } else if text == "tf_half_pixel_for_nn", op.mode == .nearest,
      let rounding = halfPixelMore[op.nearestRounding]
    {
      op.nearestRounding = rounding
    } else {
      throw node.error(
        .unsupported,
        "\(name) \"\(text)\" with nearest_mode \"\(op.nearestRounding.rawValue)\" is not supported")
    }
  }

  /// floor(v + ½) rounds halves up; v + ½ with halves rounded down is ceil(v).
  private static let halfPixelMore: [Resize.NearestRounding: Resize.NearestRounding] = [
    .floor: .roundPreferCeil, .roundPreferFloor: .ceil,
  ]

  private static func choice<Choice: RawRepresentable<String>>(
    _ node: SourceNode, _ name: String, _ value: Choice
  ) throws(FormatError) -> Choice {
    guard let text = try node.string(name) else { return value }
    guard let choice = Choice(rawValue: text) else {
      throw node.error(.unsupported, "\(name) \"\(text)\" is not supported")
    }
    return choice
  }

  /// `Upsample` (opset 7 to 9) and `Resize`-10: output index i reads input i / scale.
  private static func emitOldResize(
    _ importer: inout GraphImporter, _ node: SourceNode
  ) throws(FormatError) {
    var op = Resize()
    op.mode = try choice(node, "mode", op.mode)
    op.coordinates = .asymmetric
    op.nearestRounding = .floor
    var scales = node.input(1)
    if let list = try node.opset < 9 ? node.floats("scales") : nil {
      scales = importer.constant(Tensor(list), for: node, role: "scales")
    }
    guard let scales, node.inputs.count <= 2 else {
      throw node.error(.malformed, "it needs scales")
    }
    try importer.emit(.resize(op), [node.input(0), nil, scales], for: node)
  }
}

import SluiceGraph

extension OperatorRule {
  static let productRules: [String: OperatorRule] = [
    "Gemm": OperatorRule(2...3) { (importer, node) throws(FormatError) in
      let op = Gemm(
        alpha: try node.float("alpha", default: 1), beta: try node.float("beta", default: 1),
        transposeA: try node.flag("transA"), transposeB: try node.flag("transB"))
      try importer.emit(.gemm(op), node.inputs, for: node)
    },
    "MatMul": OperatorRule(2...2, .matMul),
    "Conv": OperatorRule(2...3) { (importer, node) throws(FormatError) in
      try importer.emit(.conv(try convolution(node, importer)), node.inputs, for: node)
    },
    "ConvTranspose": OperatorRule(2...3) { (importer, node) throws(FormatError) in
      var convolution = try convolution(node, importer)
      let outputPadding = try node.sizes("output_padding", from: 0) ?? []
      var outputShape = try node.sizes("output_shape", from: 1)
      if let shape = outputShape {
        // Some exporters write all axes, batch and channels included.
        let rank = importer.rank(node.input(1)) ?? importer.rank(node.input(0))
        if shape.count == rank { outputShape = Array(shape.dropFirst(2)) }
        // The standard divides the padding as SAME_LOWER does unless SAME_UPPER is asked for.
        if convolution.padding != .sameUpper { convolution.padding = .sameLower }
      }
      let op = TransposedConvolution(
        convolution, outputPadding: outputPadding, outputShape: outputShape)
      try importer.emit(.convTranspose(op), node.inputs, for: node)
    },
  ]

  /// The kernel's size is that of the weights; where both are known they must agree.
  private static func convolution(
    _ node: SourceNode, _ importer: GraphImporter
  ) throws(FormatError) -> Convolution {
    let kernel = try node.sizes("kernel_shape", from: 1)
    let weights = node.input(1).flatMap { importer.graph[$0].type.shape?.sizes }
    if let kernel, !kernel.isEmpty, let weights, Array(weights.dropFirst(2)) != kernel {
      throw node.error(
        .malformed, "kernel_shape is \(kernel), but the weights' shape is \(weights)")
    }
    let groups = try node.integer("group", default: 1)
    guard 1...SourceNode.sizeLimit ~= groups else {
      throw node.error(.malformed, "group is \(groups), expected 1 or more")
    }
    return Convolution(
      groups: groups, strides: try node.sizes("strides", from: 1) ?? [],
      dilations: try node.sizes("dilations", from: 1) ?? [],
      padding: try node.windowPadding())
  }
}

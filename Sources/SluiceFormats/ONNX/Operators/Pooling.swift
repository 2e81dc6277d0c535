import SluiceGraph

extension OperatorRule {
  static let poolingRules: [String: OperatorRule] = [
    "MaxPool": OperatorRule(1...1, outputs: 1...2) { (importer, node) throws(FormatError) in
      var pool = try pool(node)
      pool.columnMajorIndices = try node.flag("storage_order")
      try importer.emit(.maxPool(pool), node.inputs, for: node)
    },
    "AveragePool": OperatorRule(1...1) { (importer, node) throws(FormatError) in
      var pool = try pool(node)
      pool.countIncludePad = try node.flag("count_include_pad")
      try importer.emit(.averagePool(pool), node.inputs, for: node)
    },
    "GlobalAveragePool": OperatorRule(1...1, .globalAveragePool),
    "GlobalMaxPool": OperatorRule(1...1, .globalMaxPool),
  ]

  private static func pool(_ node: SourceNode) throws(FormatError) -> Pool {
    guard let kernel = try node.sizes("kernel_shape", from: 1), !kernel.isEmpty else {
      throw node.error(.malformed, "it lacks the attribute \"kernel_shape\"")
    }
    return Pool(
      kernel: kernel, strides: try node.sizes("strides", from: 1) ?? [],
      dilations: try node.sizes("dilations", from: 1) ?? [], padding: try node.windowPadding(),
      ceilMode: try node.flag("ceil_mode"))
  }
}

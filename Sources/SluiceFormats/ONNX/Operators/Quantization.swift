import SluiceGraph

extension OperatorRule {
  static let quantizationRules: [String: OperatorRule] = [
    "QuantizeLinear": OperatorRule(2...3) { (importer, node) throws(FormatError) in
      node.ignore("saturate", "precision")
      var type = node.input(2).map { importer.graph[$0].type.elementType }
      if let number = try node.integer("output_dtype"), number != 0 {
        let stated = try importer.elementType(number, node)
        guard type == nil || type == stated else {
          throw node.error(
            .malformed, "output_dtype is \(stated), but the zero point is \(type ?? stated)")
        }
        type = stated
      }
      let offered: [ElementType] = [.int8, .uint8, .int16, .uint16]
      guard offered.contains(type ?? .uint8) else {
        throw node.error(
          .unsupported,
          "it quantises to \(type ?? .uint8); int8, uint8, int16, uint16 are supported")
      }
      try importer.emit(
        .quantizeLinear(try quantization(node), type: type ?? .uint8), node.inputs, for: node)
    },
    "DequantizeLinear": OperatorRule(2...3) { (importer, node) throws(FormatError) in
      if let number = try node.integer("output_dtype"), number != 0 {
        _ = try importer.elementType(number, node)
      }
      try importer.emit(.dequantizeLinear(try quantization(node)), node.inputs, for: node)
    },
  ]

  private static func quantization(_ node: SourceNode) throws(FormatError) -> Quantization {
    let blockSize = try node.integer("block_size", default: 0)
    guard 0...SourceNode.sizeLimit ~= blockSize else {
      throw node.error(.malformed, "block_size is \(blockSize), expected 0 or more")
    }
    return Quantization(axis: try node.integer("axis", default: 1), blockSize: blockSize)
  }
}

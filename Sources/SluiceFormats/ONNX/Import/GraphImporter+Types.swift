import ONNXProtocol
import SluiceGraph

/// Types that the file declares.
extension GraphImporter {
  /// - Throws: `unsupported` for what is not a tensor of an offered element type.
  func valueType(_ info: ONNXValueInfoProto) throws(FormatError) -> ValueType {
    guard case .tensorType(let tensor)? = info.type.value else {
      throw FormatError(
        .unsupported,
        "\(model.file): value \"\(info.name)\" is \(kind(info.type)); only tensors are supported")
    }
    let type = ONNXElementType(Int(tensor.elemType))
    guard let elementType = model.elementType(type) else {
      throw FormatError(.unsupported, "\(model.file): value \"\(info.name)\": \(type.refusal)")
    }
    guard tensor.hasShape else { return ValueType(elementType, nil) }
    var dimensions = [Dimension]()
    for (axis, dimension) in tensor.shape.dim.enumerated() {
      dimensions.append(try self.dimension(dimension, of: info.name, axis: axis))
    }
    return ValueType(elementType, Shape(dimensions))
  }

  /// A size of −1 is how some exporters write "unknown".
  private func dimension(
    _ proto: ONNXTensorShapeProto.Dimension, of value: String, axis: Int
  ) throws(FormatError) -> Dimension {
    switch proto.value {
    case .dimValue(let size) where size >= 0:
      return .size(Int(size))
    case .dimValue(let size) where size < -1:
      throw FormatError(
        .malformed, "\(model.file): value \"\(value)\": axis \(axis) has the size \(size)")
    case .dimParam(let name) where !name.isEmpty:
      return .symbol(name)
    default:
      return .symbol(model.madeUpSymbol(value, axis: axis))
    }
  }

  private func kind(_ type: ONNXTypeProto) -> String {
    switch type.value {
    case .sequenceType: "a sequence"
    case .mapType: "a map"
    case .optionalType: "an optional"
    case .sparseTensorType: "a sparse tensor"
    case .opaqueType: "opaque"
    case .tensorType: "a tensor"
    case nil: "of no type"
    }
  }
}

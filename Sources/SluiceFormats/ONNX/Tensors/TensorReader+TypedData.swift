import ONNXProtocol
import SluiceGraph

/// The fields that hold one number per element instead of raw bytes.
extension TensorReader {
  func typedTensor(
    _ proto: ONNXTensorProto, _ type: ONNXElementType, _ shape: [Int], called subject: String
  ) throws(FormatError) -> Tensor {
    let found = storedCount(proto, type)
    let expected = Tensor.elementCount(of: shape) ?? 0
    guard found == expected else {
      throw FormatError(
        .malformed,
        "\(file): tensor \(subject): \(type.name) \(shape) has \(expected) elements, found "
          + "\(found)")
    }
    guard let elements = elements(proto, type) else {
      throw FormatError(.unsupported, "\(file): tensor \(subject): \(type.refusal)")
    }
    return Tensor(shape: shape, elements: elements)
  }

  /// How many numbers the field that belongs to `type` holds.
  private func storedCount(_ proto: ONNXTensorProto, _ type: ONNXElementType) -> Int {
    switch type.number {
    case 1: proto.floatData.count
    case 7: proto.int64Data.count
    case 11: proto.doubleData.count
    case 12, 13: proto.uint64Data.count
    default: proto.int32Data.count
    }
  }

  /// Source: the comments at `TensorProto`'s data fields, onnx.proto.
  private func elements(_ proto: ONNXTensorProto, _ type: ONNXElementType) -> Tensor.Elements? {
    switch type.number {
    case 1: .float32(proto.floatData)
    case 2: .uint8(proto.int32Data.map { UInt8(truncatingIfNeeded: $0) })
    case 3: .int8(proto.int32Data.map { Int8(truncatingIfNeeded: $0) })
    case 4: .uint16(proto.int32Data.map { UInt16(truncatingIfNeeded: $0) })
    case 5: .int16(proto.int32Data.map { Int16(truncatingIfNeeded: $0) })
    case 6: .int32(proto.int32Data)
    case 7: .int64(proto.int64Data)
    case 9: .bool(proto.int32Data.map { $0 != 0 })
    case 10:
      .float32(proto.int32Data.map { widened(UInt16(truncatingIfNeeded: $0), .float16) })
    case 11: .float64(proto.doubleData)
    case 12: .uint32(proto.uint64Data.map { UInt32(truncatingIfNeeded: $0) })
    case 13: .uint64(proto.uint64Data)
    case 16:
      .float32(proto.int32Data.map { widened(UInt16(truncatingIfNeeded: $0), .bfloat16) })
    default: nil
    }
  }
}

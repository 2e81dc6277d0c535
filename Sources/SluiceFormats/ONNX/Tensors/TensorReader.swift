import FoundationEssentials
import ONNXProtocol
import SluiceGraph

/// Turns `TensorProto` messages into tensors. Every size is checked against the data that is there
/// before anything is allocated for it.
struct TensorReader {
  /// What errors call the file.
  let file: String
  /// Where external data lies; nil if there is none.
  let folder: String?

  /// - Parameter subject: the tensor in errors, such as `initializer "w"`.
  func tensor(_ proto: ONNXTensorProto, called subject: String) throws(FormatError) -> Tensor {
    let type = ONNXElementType(Int(proto.dataType))
    guard let stored = type.stored else {
      throw FormatError(.unsupported, "\(file): tensor \(subject): \(type.refusal)")
    }
    guard !proto.hasSegment else {
      throw FormatError(
        .unsupported, "\(file): tensor \(subject): a tensor stored in segments is not supported")
    }
    let shape = try self.shape(proto, called: subject)
    if proto.dataLocation == .external {
      let bytes = try externalBytes(proto, stored, shape, called: subject)
      return try fitting(Tensor(stored: stored, shape: shape, bytes: bytes[...]), subject)
    }
    guard proto.hasRawData else { return try typedTensor(proto, type, shape, called: subject) }
    let expected = try byteCount(stored, shape, called: subject)
    guard expected == proto.rawData.count else {
      throw FormatError(
        .malformed,
        "\(file): tensor \(subject): \(type.name) \(shape) takes \(expected) bytes, found "
          + "\(proto.rawData.count)")
    }
    return try fitting(rawTensor(proto.rawData, stored, shape), subject)
  }

  private func rawTensor(_ data: Data, _ stored: StoredType, _ shape: [Int]) -> Tensor? {
    guard case .element(let type) = stored else {
      return Tensor(stored: stored, shape: shape, bytes: [UInt8](data)[...])
    }
    return unsafe data.withUnsafeBytes {
      unsafe Tensor(elementType: type, shape: shape, bytes: $0)
    }
  }

  private func fitting(_ tensor: Tensor?, _ subject: String) throws(FormatError) -> Tensor {
    guard let tensor else {
      throw FormatError(.malformed, "\(file): tensor \(subject): its data does not fit its shape")
    }
    return tensor
  }

  private func shape(
    _ proto: ONNXTensorProto, called subject: String
  ) throws(FormatError) -> [Int] {
    let shape = proto.dims.map { Int($0) }
    guard shape.allSatisfy({ $0 >= 0 }) else {
      throw FormatError(
        .malformed, "\(file): tensor \(subject): a dimension is negative: \(shape)")
    }
    guard Tensor.elementCount(of: shape) != nil else {
      throw FormatError(.limit, "\(file): tensor \(subject): too many elements: \(shape)")
    }
    return shape
  }

  private func externalBytes(
    _ proto: ONNXTensorProto, _ stored: StoredType, _ shape: [Int], called subject: String
  ) throws(FormatError) -> [UInt8] {
    let data = try ExternalData(proto.externalData, subject: "\(file): tensor \(subject)")
    let size = try byteCount(stored, shape, called: subject)
    return try data.read(byteCount: size, folder: folder)
  }

  private func byteCount(
    _ stored: StoredType, _ shape: [Int], called subject: String
  ) throws(FormatError) -> Int {
    let count = Tensor.elementCount(of: shape) ?? 0
    let (size, overflow) = count.multipliedReportingOverflow(by: stored.byteCount)
    guard !overflow else {
      throw FormatError(.limit, "\(file): tensor \(subject): too many elements: \(shape)")
    }
    return size
  }
}

/// The number that 16 bits mean.
func widened(_ pattern: UInt16, _ type: StoredType) -> Float {
  type == .bfloat16
    ? Float(bitPattern: UInt32(pattern) << 16) : Float(Float16(bitPattern: pattern))
}

/// Raw little-endian bytes, the form of every file format and of the devices.
extension Tensor {
  /// A tensor from `elementType.byteCount` bytes an element, little-endian, row-major, copied.
  ///
  /// - Returns: nil if `bytes` does not hold exactly the elements of `shape`. A bool is true where
  ///   its byte is not zero.
  public init?(elementType: ElementType, shape: [Int], bytes: UnsafeRawBufferPointer) {
    guard let count = Tensor.elementCount(of: shape),
      count.multipliedReportingOverflow(by: elementType.byteCount) == (bytes.count, false)
    else { return nil }
    unsafe self.init(shape: shape, elements: Elements(elementType: elementType, bytes: bytes))
  }

  /// Likewise from an array of bytes.
  public init?(elementType: ElementType, shape: [Int], bytes: [UInt8]) {
    let tensor = unsafe bytes.withUnsafeBytes {
      unsafe Tensor(elementType: elementType, shape: shape, bytes: $0)
    }
    guard let tensor else { return nil }
    self = tensor
  }

  /// The elements as little-endian bytes in row-major order; bools are 0 or 1.
  public var bytes: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }

  /// Calls `body` with the elements' bytes, little-endian, row-major; bools are 0 or 1. The pointer
  /// is valid during the call only.
  public func withUnsafeBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    switch elements {
    case .float32(let array): try unsafe array.withUnsafeBytes(body)
    case .float64(let array): try unsafe array.withUnsafeBytes(body)
    case .int8(let array): try unsafe array.withUnsafeBytes(body)
    case .uint8(let array): try unsafe array.withUnsafeBytes(body)
    case .int16(let array): try unsafe array.withUnsafeBytes(body)
    case .uint16(let array): try unsafe array.withUnsafeBytes(body)
    case .int32(let array): try unsafe array.withUnsafeBytes(body)
    case .uint32(let array): try unsafe array.withUnsafeBytes(body)
    case .int64(let array): try unsafe array.withUnsafeBytes(body)
    case .uint64(let array): try unsafe array.withUnsafeBytes(body)
    case .bool(let array): try unsafe array.map { $0 ? UInt8(1) : 0 }.withUnsafeBytes(body)
    }
  }
}

extension Tensor.Elements {
  fileprivate init(elementType: ElementType, bytes: UnsafeRawBufferPointer) {
    switch elementType {
    case .float32: self = unsafe .float32(loadArray(bytes))
    case .float64: self = unsafe .float64(loadArray(bytes))
    case .int8: self = unsafe .int8(loadArray(bytes))
    case .uint8: self = unsafe .uint8(loadArray(bytes))
    case .int16: self = unsafe .int16(loadArray(bytes))
    case .uint16: self = unsafe .uint16(loadArray(bytes))
    case .int32: self = unsafe .int32(loadArray(bytes))
    case .uint32: self = unsafe .uint32(loadArray(bytes))
    case .int64: self = unsafe .int64(loadArray(bytes))
    case .uint64: self = unsafe .uint64(loadArray(bytes))
    case .bool: self = unsafe .bool((loadArray(bytes) as [UInt8]).map { $0 != 0 })
    }
  }
}

/// Copies bytes of any alignment into an array of numbers.
private func loadArray<Element: BitwiseCopyable & Numeric>(
  _ bytes: UnsafeRawBufferPointer
) -> [Element] {
  var array = [Element](repeating: 0, count: bytes.count / MemoryLayout<Element>.stride)
  unsafe array.withUnsafeMutableBytes { unsafe $0.copyMemory(from: bytes) }
  return array
}

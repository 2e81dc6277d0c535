import SluiceGraph

/// The element types that weight files store: ours, and the half-precision ones that are widened.
package enum StoredType: Sendable, Hashable {
  case element(ElementType)
  case float16, bfloat16

  package var byteCount: Int {
    if case .element(let type) = self { type.byteCount } else { 2 }
  }

  /// The type of the tensor read.
  package var elementType: ElementType {
    if case .element(let type) = self { type } else { .float32 }
  }
}

extension Tensor {
  /// A tensor from little-endian bytes in row-major order; `float16` and `bfloat16` are widened.
  ///
  /// - Returns: nil if `bytes` does not hold exactly the elements of `shape`.
  package init?(stored type: StoredType, shape: [Int], bytes: ArraySlice<UInt8>) {
    switch type {
    case .element(let elementType):
      let tensor = unsafe bytes.withUnsafeBytes {
        unsafe Tensor(elementType: elementType, shape: shape, bytes: $0)
      }
      guard let tensor else { return nil }
      self = tensor
    case .float16, .bfloat16:
      let halves = unsafe bytes.withUnsafeBytes {
        unsafe Tensor(elementType: .uint16, shape: shape, bytes: $0)
      }
      guard let halves, case .uint16(let patterns) = halves.elements else { return nil }
      let floats =
        type == .bfloat16
        ? patterns.map { Float(bitPattern: UInt32($0) << 16) }
        : patterns.map { Float(Float16(bitPattern: $0)) }
      self.init(floats, shape: shape)
    }
  }
}

/// The bytes of each item of `size` bytes in the opposite order.
func byteSwapped(_ bytes: ArraySlice<UInt8>, itemSize size: Int) -> [UInt8] {
  var swapped = Array(bytes)
  guard size > 1 else { return swapped }
  for start in stride(from: 0, to: swapped.count - size + 1, by: size) {
    swapped[start..<start + size].reverse()
  }
  return swapped
}

import Sluice
import SluiceFormats

/// Element types under their names in the Open Inference Protocol; `BYTES` is none of them, since no
/// network here takes text.
public enum Datatype: String, Sendable, Hashable, CaseIterable {
  case bool = "BOOL"
  case uint8 = "UINT8"
  case uint16 = "UINT16"
  case uint32 = "UINT32"
  case uint64 = "UINT64"
  case int8 = "INT8"
  case int16 = "INT16"
  case int32 = "INT32"
  case int64 = "INT64"
  case float16 = "FP16"
  case bfloat16 = "BF16"
  case float32 = "FP32"
  case float64 = "FP64"

  /// The name of what a tensor holds; never a half-precision one.
  public init(_ type: ElementType) {
    self =
      switch type {
      case .bool: .bool
      case .uint8: .uint8
      case .uint16: .uint16
      case .uint32: .uint32
      case .uint64: .uint64
      case .int8: .int8
      case .int16: .int16
      case .int32: .int32
      case .int64: .int64
      case .float32: .float32
      case .float64: .float64
      }
  }

  /// The type of the tensor that it is read into: half-precision numbers are widened.
  public var elementType: ElementType { stored.elementType }

  /// Bytes of one element on the wire.
  public var byteCount: Int { stored.byteCount }

  fileprivate var stored: StoredType {
    switch self {
    case .bool: .element(.bool)
    case .uint8: .element(.uint8)
    case .uint16: .element(.uint16)
    case .uint32: .element(.uint32)
    case .uint64: .element(.uint64)
    case .int8: .element(.int8)
    case .int16: .element(.int16)
    case .int32: .element(.int32)
    case .int64: .element(.int64)
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .float32: .element(.float32)
    case .float64: .element(.float64)
    }
  }
}

extension Tensor {
  /// A tensor from the protocol's raw form: little-endian, row-major, no padding.
  ///
  /// - Returns: nil if `bytes` does not hold exactly the elements of `shape`.
  public init?(_ datatype: Datatype, shape: [Int], bytes: ArraySlice<UInt8>) {
    self.init(stored: datatype.stored, shape: shape, bytes: bytes)
  }
}

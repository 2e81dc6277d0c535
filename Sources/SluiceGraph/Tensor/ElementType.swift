/// The type of a tensor's elements.
///
/// Half-precision types appear in files only: importers widen `F16` and `BF16` to `float32`.
public enum ElementType: String, Sendable, Hashable, CaseIterable, Codable {
  case float32, float64
  case int8, uint8, int16, uint16, int32, uint32, int64, uint64
  case bool

  /// Bytes of one element.
  public var byteCount: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  public var isFloatingPoint: Bool { self == .float32 || self == .float64 }

  /// Whether the type holds whole numbers (`bool` does not count).
  public var isInteger: Bool { !isFloatingPoint && self != .bool }
}

extension ElementType: CustomStringConvertible {
  public var description: String { rawValue }
}

/// A Swift type that a tensor can hold.
public protocol TensorElement: Sendable, Hashable, BitwiseCopyable {
  static var elementType: ElementType { get }
  /// The value with all bits zero.
  static var zero: Self { get }
  /// Wraps an array in the matching case.
  static func elements(_ array: [Self]) -> Tensor.Elements
  /// The array of the matching case; nil if `elements` holds another type.
  static func array(in elements: Tensor.Elements) -> [Self]?
}

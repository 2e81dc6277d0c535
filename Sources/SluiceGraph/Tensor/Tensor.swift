/// A dense array of numbers in row-major order: the last axis varies fastest.
///
/// A tensor is a value: copies share storage until one is changed. A shape of `[]` is a scalar
/// with one element; a dimension of 0 makes the tensor empty.
public struct Tensor: Sendable, Hashable {
  /// Sizes of the axes, outermost first; each at least 0.
  public let shape: [Int]
  /// The elements in row-major order; as many as the product of `shape`.
  public let elements: Elements

  /// The elements, one case per type.
  public enum Elements: Sendable, Hashable {
    case float32([Float])
    case float64([Double])
    case int8([Int8])
    case uint8([UInt8])
    case int16([Int16])
    case uint16([UInt16])
    case int32([Int32])
    case uint32([UInt32])
    case int64([Int64])
    case uint64([UInt64])
    case bool([Bool])
  }

  /// Wraps elements that already have the right count (a mismatch is a bug of the caller).
  public init(shape: [Int], elements: Elements) {
    precondition(
      Tensor.elementCount(of: shape) == elements.count,
      "shape \(shape) does not hold \(elements.count) elements")
    self.shape = shape
    self.elements = elements
  }

  /// A tensor of `values`; `shape` defaults to one axis.
  public init<Element: TensorElement>(_ values: [Element], shape: [Int]? = nil) {
    self.init(shape: shape ?? [values.count], elements: Element.elements(values))
  }

  /// A scalar: shape `[]`.
  public init<Element: TensorElement>(scalar value: Element) {
    self.init(shape: [], elements: Element.elements([value]))
  }

  /// A tensor whose elements all equal `value`.
  public init<Element: TensorElement>(repeating value: Element, shape: [Int]) {
    let count = Tensor.elementCount(of: shape) ?? 0
    self.init(
      shape: shape, elements: Element.elements(Array(repeating: value, count: count)))
  }

  /// A tensor of zeros (`false` for bool).
  public init(zeros elementType: ElementType, shape: [Int]) {
    let count = Tensor.elementCount(of: shape) ?? 0
    self.init(shape: shape, elements: Elements(zeros: elementType, count: count))
  }

  public var elementType: ElementType { elements.elementType }
  /// Number of elements: the product of `shape`.
  public var count: Int { elements.count }
  /// Number of axes.
  public var rank: Int { shape.count }
  public var byteCount: Int { count * elementType.byteCount }

  /// The elements as `Element`; nil if the tensor holds another type.
  public func array<Element: TensorElement>(of type: Element.Type) -> [Element]? {
    Element.array(in: elements)
  }

  /// The same elements under another shape of equal element count.
  public func reshaped(_ shape: [Int]) -> Tensor {
    Tensor(shape: shape, elements: elements)
  }

  /// The product of `shape`; nil if a dimension is negative or the product overflows.
  public static func elementCount(of shape: [Int]) -> Int? {
    var count = 1
    var overflow = false
    for size in shape {
      guard size >= 0 else { return nil }
      (count, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { return shape.contains(0) ? 0 : nil }
    }
    return count
  }
}

extension Tensor.Elements {
  /// `count` elements of `elementType`, all zero.
  public init(zeros elementType: ElementType, count: Int) {
    switch elementType {
    case .float32: self = .float32(Array(repeating: 0, count: count))
    case .float64: self = .float64(Array(repeating: 0, count: count))
    case .int8: self = .int8(Array(repeating: 0, count: count))
    case .uint8: self = .uint8(Array(repeating: 0, count: count))
    case .int16: self = .int16(Array(repeating: 0, count: count))
    case .uint16: self = .uint16(Array(repeating: 0, count: count))
    case .int32: self = .int32(Array(repeating: 0, count: count))
    case .uint32: self = .uint32(Array(repeating: 0, count: count))
    case .int64: self = .int64(Array(repeating: 0, count: count))
    case .uint64: self = .uint64(Array(repeating: 0, count: count))
    case .bool: self = .bool(Array(repeating: false, count: count))
    }
  }

  public var elementType: ElementType {
    switch self {
    case .float32: .float32
    case .float64: .float64
    case .int8: .int8
    case .uint8: .uint8
    case .int16: .int16
    case .uint16: .uint16
    case .int32: .int32
    case .uint32: .uint32
    case .int64: .int64
    case .uint64: .uint64
    case .bool: .bool
    }
  }

  public var count: Int {
    switch self {
    case .float32(let array): array.count
    case .float64(let array): array.count
    case .int8(let array): array.count
    case .uint8(let array): array.count
    case .int16(let array): array.count
    case .uint16(let array): array.count
    case .int32(let array): array.count
    case .uint32(let array): array.count
    case .int64(let array): array.count
    case .uint64(let array): array.count
    case .bool(let array): array.count
    }
  }
}

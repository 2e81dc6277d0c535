/// The size of one axis: a number, or a symbol whose number is bound later.
public enum Dimension: Sendable, Hashable {
  case size(Int)
  /// A name such as `batch`, or the text of a formula over names such as `floor((time-10)/2)+1`.
  case symbol(String)

  /// The number; nil for a symbol.
  public var size: Int? {
    if case .size(let size) = self { size } else { nil }
  }
}

extension Dimension: ExpressibleByIntegerLiteral, CustomStringConvertible {
  public init(integerLiteral value: Int) { self = .size(value) }

  public var description: String {
    switch self {
    case .size(let size): "\(size)"
    case .symbol(let name): name
    }
  }
}

/// The sizes of a value's axes, outermost first. An empty shape is a scalar.
public struct Shape: Sendable, Hashable {
  public var dimensions: [Dimension]

  public init(_ dimensions: [Dimension]) { self.dimensions = dimensions }

  /// A shape whose sizes are all numbers.
  public init(_ sizes: [Int]) { dimensions = sizes.map { .size($0) } }

  public var rank: Int { dimensions.count }

  /// The sizes; nil if a dimension is a symbol.
  public var sizes: [Int]? {
    var sizes = [Int]()
    sizes.reserveCapacity(rank)
    for dimension in dimensions {
      guard let size = dimension.size else { return nil }
      sizes.append(size)
    }
    return sizes
  }

  public subscript(axis: Int) -> Dimension {
    get { dimensions[axis] }
    set { dimensions[axis] = newValue }
  }
}

extension Shape: ExpressibleByArrayLiteral, CustomStringConvertible {
  public init(arrayLiteral elements: Dimension...) { self.init(elements) }

  public var description: String {
    "[" + dimensions.map(\.description).joined(separator: ", ") + "]"
  }
}

/// What is known of a value before it has one: its element type and, once inferred, its shape.
public struct ValueType: Sendable, Hashable {
  public var elementType: ElementType
  /// nil where not even the rank is known.
  public var shape: Shape?

  public init(_ elementType: ElementType, _ shape: Shape?) {
    self.elementType = elementType
    self.shape = shape
  }
}

extension ValueType: CustomStringConvertible {
  public var description: String { "\(elementType)\(shape.map(\.description) ?? "[?]")" }
}

/// What is known of a value's elements.
enum KnownValue: Hashable {
  /// All of them.
  case tensor(Tensor)
  /// A scalar or vector of whole numbers, some of them symbols: what shape computations handle.
  case dimensions(DimensionVector)
}

/// A small tensor of int32 or int64 whose entries may be symbols.
struct DimensionVector: Hashable {
  /// `[]` or `[n]`.
  var shape: [Int]
  var entries: [Dimension]
  var elementType: ElementType

  /// Longer ones decide no shapes.
  static let longest = 256

  init(_ entries: [Dimension], isScalar: Bool = false, elementType: ElementType = .int64) {
    shape = isScalar ? [] : [entries.count]
    self.entries = entries
    self.elementType = elementType
  }

  /// The entries of a small whole-number tensor; nil for any other.
  init?(_ tensor: Tensor) {
    guard tensor.elementType == .int64 || tensor.elementType == .int32, tensor.rank <= 1,
      tensor.count <= DimensionVector.longest, let integers = tensor.integers()
    else { return nil }
    shape = tensor.shape
    entries = integers.map { .size($0) }
    elementType = tensor.elementType
  }

  /// The tensor, where no entry is a symbol.
  var tensor: Tensor? {
    guard let sizes = Shape(entries).sizes else { return nil }
    return Tensor(sizes.map { Int64($0) }, shape: shape).converted(to: elementType)
  }
}

extension KnownValue {
  /// The value as a vector of dimensions; nil if it is not one.
  var dimensionVector: DimensionVector? {
    switch self {
    case .tensor(let tensor): DimensionVector(tensor)
    case .dimensions(let vector): vector
    }
  }
}

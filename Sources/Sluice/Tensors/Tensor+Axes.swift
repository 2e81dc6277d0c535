/// Cutting and joining along one axis: what turns a user's arrays into frames and steps into arrays.
extension Tensor {
  /// The entries `range` of `axis`; the axis stays. Both must lie within the tensor.
  func entries(_ range: Range<Int>, along axis: Int) -> Tensor {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= shape[axis],
      "entries \(range) of axis \(axis) of \(shape)")
    if range == 0..<shape[axis] { return self }
    var part = shape
    part[axis] = range.count
    let outer = shape[..<axis].reduce(1, *)
    let entry = shape[(axis + 1)...].reduce(1, *) * elementType.byteCount
    let bytes: [UInt8] = unsafe withUnsafeBytes { source in
      var bytes: [UInt8] = []
      bytes.reserveCapacity(outer * range.count * entry)
      for block in 0..<outer {
        let start = (block * shape[axis] + range.lowerBound) * entry
        unsafe bytes.append(contentsOf: source[start..<(start + range.count * entry)])
      }
      return bytes
    }
    return Tensor(elementType: elementType, shape: part, bytes: bytes)
      ?? Tensor(zeros: elementType, shape: part)
  }

  /// Entry `index` of `axis`, without that axis.
  func entry(_ index: Int, along axis: Int) -> Tensor {
    var part = shape
    part.remove(at: axis)
    return entries(index..<(index + 1), along: axis).reshaped(part)
  }

  /// Tensors of one element type laid end to end along `axis`; their other axes are equal.
  static func concatenated(_ parts: [Tensor], along axis: Int) -> Tensor? {
    guard let first = parts.first, parts.count > 1 else { return parts.first }
    var shape = first.shape
    shape[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
    let outer = shape[..<axis].reduce(1, *)
    let byteCounts = parts.map { outer == 0 ? 0 : $0.byteCount / outer }
    let sources = parts.map(\.bytes)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(sources.reduce(0) { $0 + $1.count })
    for block in 0..<outer {
      for (source, count) in zip(sources, byteCounts) {
        bytes.append(contentsOf: source[(block * count)..<((block + 1) * count)])
      }
    }
    return Tensor(elementType: first.elementType, shape: shape, bytes: bytes)
  }

  /// Tensors of one shape and element type along a new axis at position `axis`.
  static func stacked(_ parts: [Tensor], along axis: Int) -> Tensor? {
    concatenated(parts.map { $0.inserting(axis: axis) }, along: axis)
  }

  /// The same elements with an axis of size 1 before axis `axis`.
  func inserting(axis: Int) -> Tensor {
    var shape = shape
    shape.insert(1, at: axis)
    return reshaped(shape)
  }

  /// Whether an element is NaN; false for types that have none.
  var containsNaN: Bool {
    switch elements {
    case .float32(let array): array.contains { $0.isNaN }
    case .float64(let array): array.contains { $0.isNaN }
    default: false
    }
  }

  /// The tensor as `type` if that is a type of the same kind (floating point, whole numbers), so that
  /// a NumPy array of the default width fits a `float32` input; nil otherwise.
  func taken(as type: ElementType) -> Tensor? {
    if elementType == type { return self }
    let sameKind =
      (elementType.isFloatingPoint && type.isFloatingPoint)
      || (elementType.isInteger && type.isInteger)
    guard sameKind else { return nil }
    let converted = converted(to: type)
    if type.isInteger, converted.integers() != integers() { return nil }
    return converted
  }
}

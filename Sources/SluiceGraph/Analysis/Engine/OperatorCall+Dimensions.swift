/// Shape computations followed through nodes while some sizes are symbols.
extension OperatorCall {
  /// The value of `shape` or `size` where it is known although the input's elements are not.
  func shapeTensor() -> Tensor? {
    guard let shape = (inputs.first ?? nil)?.shape else { return nil }
    switch op {
    case .shape(let start, let end):
      let range = Operator.shapeRange(start: start, end: end, rank: shape.rank)
      guard let sizes = Shape(Array(shape.dimensions[range])).sizes else { return nil }
      return Tensor(sizes.map { Int64($0) })
    case .size:
      guard let count = shape.sizes.flatMap({ Tensor.elementCount(of: $0) }) else { return nil }
      return Tensor(scalar: Int64(count))
    default: return nil
    }
  }

  /// Output 0 as a vector of dimensions; nil where it is none or cannot be followed.
  func outputDimensions() throws(GraphError) -> DimensionVector? {
    guard let vector = try computedDimensions(), vector.entries.count <= DimensionVector.longest,
      !vector.entries.contains(where: \.isUnknown)
    else { return nil }
    return vector
  }

  private func computedDimensions() throws(GraphError) -> DimensionVector? {
    switch op {
    case .shape(let start, let end):
      guard let shape = try shape(0) else { return nil }
      let range = Operator.shapeRange(start: start, end: end, rank: shape.rank)
      return DimensionVector(Array(shape.dimensions[range]))
    case .size:
      return try shape(0).map { (shape) throws(GraphError) in
        DimensionVector([try shape.elementCount()], isScalar: true)
      }
    case .concat: return concatenated()
    case .gather: return try gathered()
    case .slice: return try slicedVector()
    case .binary(let binary): return try computed(binary)
    case .where: return try chosen()
    case .cast(let target):
      guard target == .int64 || target == .int32 else { return nil }
      var vector = value(0)?.dimensionVector
      vector?.elementType = target
      return vector
    case .identity, .reshape, .squeeze, .unsqueeze: return try reshapedVector()
    default: return nil
    }
  }

  private func concatenated() -> DimensionVector? {
    var entries = [Dimension]()
    var elementType: ElementType?
    for index in inputs.indices {
      guard let vector = value(index)?.dimensionVector else { return nil }
      entries += vector.entries
      elementType = vector.elementType
    }
    return elementType.map { DimensionVector(entries, elementType: $0) }
  }

  private func gathered() throws(GraphError) -> DimensionVector? {
    guard let vector = value(0)?.dimensionVector, vector.shape.count == 1,
      let indices = value(1)?.dimensionVector, let places = try integers(1)
    else { return nil }
    var picked = [Dimension]()
    for place in places {
      picked.append(vector.entries[try Axes.resolved(place, rank: vector.entries.count)])
    }
    return DimensionVector(
      picked, isScalar: indices.shape.isEmpty, elementType: vector.elementType)
  }

  private func slicedVector() throws(GraphError) -> DimensionVector? {
    guard let vector = value(0)?.dimensionVector, vector.shape.count == 1,
      let starts = try integers(1), let ends = try integers(2)
    else { return nil }
    let axes = isPresent(3) ? try integers(3) : [0]
    let steps = isPresent(4) ? try integers(4) : [1]
    guard let axes, let steps else { return nil }
    let ranges = try SliceRange.resolved(
      shape: vector.shape, starts: starts, ends: ends, axes: axes, steps: steps)
    let range = ranges[0]
    return DimensionVector(
      (0..<range.count).map { vector.entries[range.start + $0 * range.step] },
      elementType: vector.elementType)
  }

  private func reshapedVector() throws(GraphError) -> DimensionVector? {
    guard let vector = value(0)?.dimensionVector,
      let shape = try outputTypes().first?.shape?.sizes, shape.count <= 1
    else { return nil }
    return DimensionVector(
      vector.entries, isScalar: shape.isEmpty, elementType: vector.elementType)
  }

  /// Two vectors, or a scalar and a vector, entry by entry.
  private func computed(_ binary: BinaryOperator) throws(GraphError) -> DimensionVector? {
    guard let a = value(0)?.dimensionVector, let b = value(1)?.dimensionVector,
      let count = OperatorCall.commonCount([a, b])
    else { return nil }
    var entries = [Dimension]()
    for index in 0..<count {
      let (x, y) = (a.entry(index), b.entry(index))
      switch binary {
      case .add: entries.append(try x.adding(y))
      case .sub: entries.append(try x.subtracting(y))
      case .mul: entries.append(try x.multiplied(by: y))
      case .div:
        // ONNX cuts toward zero: the same as rounding down, sizes being positive.
        guard let divisor = y.size, divisor > 0 else { return nil }
        entries.append(try x.floorDivided(by: divisor))
      default: return nil
      }
    }
    return DimensionVector(
      entries, isScalar: a.shape.isEmpty && b.shape.isEmpty, elementType: a.elementType)
  }

  /// `where(equal(target, −1), shape, target)` and its like, the condition known.
  private func chosen() throws(GraphError) -> DimensionVector? {
    guard case .tensor(let condition) = value(0), condition.elementType == .bool,
      condition.rank <= 1, let a = value(1)?.dimensionVector, let b = value(2)?.dimensionVector,
      let count = OperatorCall.commonCount([a, b]),
      condition.count == count || condition.count == 1 || count == 1
    else { return nil }
    let flags = condition.bools()
    let total = max(count, flags.count)
    let entries = (0..<total).map { index in
      flags[flags.count == 1 ? 0 : index] ? a.entry(index) : b.entry(index)
    }
    let isScalar = a.shape.isEmpty && b.shape.isEmpty && condition.shape.isEmpty
    return DimensionVector(entries, isScalar: isScalar, elementType: a.elementType)
  }

  /// `equal` of sizes that cannot or must be equal although some are symbols.
  func equalityTensor() -> Tensor? {
    guard case .binary(.equal) = op, let a = value(0)?.dimensionVector,
      let b = value(1)?.dimensionVector, let count = OperatorCall.commonCount([a, b])
    else { return nil }
    var flags = [Bool]()
    for index in 0..<count {
      let (x, y) = (a.entry(index), b.entry(index))
      if x.equals(y) {
        flags.append(true)
      } else if let x = x.size, let y = y.size {
        flags.append(x == y)
      } else if (x.size ?? 0) < 0 || (y.size ?? 0) < 0 {
        // A size is never negative.
        flags.append(false)
      } else {
        return nil
      }
    }
    return Tensor(flags, shape: a.shape.isEmpty && b.shape.isEmpty ? [] : [count])
  }

  private static func commonCount(_ vectors: [DimensionVector]) -> Int? {
    let counts = Set(vectors.map(\.entries.count)).subtracting([1])
    return counts.count > 1 ? nil : counts.first ?? 1
  }
}

extension DimensionVector {
  /// Entry `index`, the one entry of a vector that is repeated.
  fileprivate func entry(_ index: Int) -> Dimension {
    entries[entries.count == 1 ? 0 : index]
  }
}

import SluiceGraph

/// Indices that follow a rule: entry j is `base + Σ j · strides`.
struct AffineIndices {
  var base: Int
  /// Per axis of the indices.
  var strides: [Int]
  /// Whether the entries in row-major order are `step` apart, so that they are a slice.
  var isRange: Bool
  var step: Int

  /// - Parameter size: of the axis they point into; negative entries count from its end.
  /// - Returns: nil if they follow no rule, or one is out of range.
  init?(_ indices: Tensor, size: Int) {
    guard let entries = indices.integers(), let first = entries.first else { return nil }
    let plain = entries.map { $0 < 0 ? $0 + size : $0 }
    guard plain.allSatisfy({ 0 <= $0 && $0 < size }) else { return nil }
    let start = first < 0 ? first + size : first
    let shape = indices.shape
    let dense = Arrangement.rowMajorStrides(shape)
    let found = shape.indices.map { shape[$0] > 1 ? plain[dense[$0]] - start : 0 }
    for (position, entry) in plain.enumerated() {
      let expected = shape.indices.reduce(start) {
        $0 + position / dense[$1] % shape[$1] * found[$1]
      }
      guard entry == expected else { return nil }
    }
    base = start
    strides = found
    let step = plain.count > 1 ? plain[1] - plain[0] : 1
    isRange = step != 0 && zip(plain, plain.dropFirst()).allSatisfy { $1 - $0 == step }
    self.step = step
  }
}

/// Index tuples that walk through a box in row-major order.
struct IndexBox {
  var start: [Int]
  var sizes: [Int]

  /// - Parameters:
  ///   - indices: `[…, depth]`, as `scatterND` takes them.
  ///   - shape: what they point into; negative entries count from an axis's end.
  /// - Returns: nil if they are no box, or leave the shape.
  init?(_ indices: Tensor, shape: [Int]) {
    guard let depth = indices.shape.last, depth > 0, depth <= shape.count,
      let entries = indices.integers(), !entries.isEmpty,
      entries.indices.allSatisfy({
        -shape[$0 % depth] <= entries[$0] && entries[$0] < shape[$0 % depth]
      })
    else { return nil }
    func entry(_ row: Int, _ axis: Int) -> Int {
      let value = entries[row * depth + axis]
      return value < 0 ? value + shape[axis] : value
    }
    let rows = entries.count / depth
    start = (0..<depth).map { entry(0, $0) }
    sizes = (0..<depth).map { [start] axis in entry(rows - 1, axis) - start[axis] + 1 }
    guard sizes.allSatisfy({ $0 > 0 }), sizes.reduce(1, *) == rows else { return nil }
    let dense = Arrangement.rowMajorStrides(sizes)
    for row in 0..<rows {
      for axis in 0..<depth
      where entry(row, axis) != start[axis] + row / dense[axis] % sizes[axis] { return nil }
    }
  }
}

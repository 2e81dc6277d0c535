/// Sizes and strides of several operands over one index space, with as few axes as it takes: axes of
/// size 1 dropped, neighbours merged where every operand steps evenly across both.
package struct MergedAxes {
  /// At least one axis.
  package private(set) var sizes: [Int]
  /// Per operand, one stride per axis.
  package private(set) var strides: [[Int]]

  /// - Parameters:
  ///   - sizes: of the index space.
  ///   - strides: per operand, one per axis of `sizes`.
  package init(sizes: [Int], strides: [[Int]]) {
    self.sizes = []
    self.strides = strides.map { _ in [] }
    guard !sizes.contains(0) else {
      self.sizes = [0]
      self.strides = strides.map { _ in [0] }
      return
    }
    for axis in sizes.indices where sizes[axis] != 1 {
      append(size: sizes[axis], strides: strides.map { $0[axis] })
    }
    if self.sizes.isEmpty {
      self.sizes = [1]
      self.strides = strides.map { _ in [1] }
    }
  }

  private mutating func append(size: Int, strides next: [Int]) {
    let last = sizes.count - 1
    let merges =
      last >= 0 && strides.indices.allSatisfy { strides[$0][last] == next[$0] * size }
    if merges {
      sizes[last] *= size
      for operand in strides.indices { strides[operand][last] = next[operand] }
    } else {
      sizes.append(size)
      for operand in strides.indices { strides[operand].append(next[operand]) }
    }
  }
}

/// The product of some sizes of a shape whose element count is known to fit.
package func count(_ sizes: some Sequence<Int>) -> Int { sizes.reduce(1, *) }

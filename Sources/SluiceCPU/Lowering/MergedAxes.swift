import CKernels

/// Sizes and strides of several operands over one index space, with as few axes as it takes: axes of
/// size 1 dropped, neighbours merged where every operand steps evenly across both.
struct MergedAxes {
  /// At least one axis.
  private(set) var sizes: [Int]
  /// Per operand, one stride per axis.
  private(set) var strides: [[Int]]

  /// - Parameters:
  ///   - sizes: of the index space.
  ///   - strides: per operand, one per axis of `sizes`.
  init(sizes: [Int], strides: [[Int]]) {
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

  /// The same, or a fallback if there are more axes than kernels take.
  func checked() throws(Fallback) -> MergedAxes {
    guard sizes.count <= Int(SLUICE_RANK) else {
      throw Fallback("more than \(SLUICE_RANK) axes that do not merge")
    }
    return self
  }
}

/// The strides in elements of a row-major tensor.
func rowMajorStrides(_ shape: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: shape.count)
  for axis in shape.indices.dropLast().reversed() {
    strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1)
  }
  return strides
}

/// The product of some sizes of a shape whose element count is known to fit.
func count(_ sizes: some Sequence<Int>) -> Int { sizes.reduce(1, *) }

/// Fills a C array of `int64_t`, which Swift sees as a tuple, from its beginning.
func fill<Tuple: BitwiseCopyable>(_ tuple: inout Tuple, _ values: [Int]) {
  unsafe withUnsafeMutableBytes(of: &tuple) { bytes in
    for (index, value) in values.enumerated() where (index + 1) * 8 <= bytes.count {
      unsafe bytes.storeBytes(of: Int64(value), toByteOffset: index * 8, as: Int64.self)
    }
  }
}

/// `outer` blocks of lines along one axis, their elements `inner` apart.
func lines(of shape: [Int], along axis: Int) -> sluice_lines_parameters {
  sluice_lines_parameters(
    outer: Int64(count(shape[..<axis])), length: Int64(shape[axis]),
    inner: Int64(count(shape[(axis + 1)...])))
}

/// Fills a C array, which Swift sees as a tuple, with elements from number `first` on.
func fillElements<Tuple: BitwiseCopyable, Element: BitwiseCopyable>(
  _ tuple: inout Tuple, _ values: [Element], from first: Int = 0
) {
  unsafe withUnsafeMutableBytes(of: &tuple) { bytes in
    let stride = MemoryLayout<Element>.stride
    for (index, value) in values.enumerated() where (first + index + 1) * stride <= bytes.count {
      unsafe bytes.storeBytes(of: value, toByteOffset: (first + index) * stride, as: Element.self)
    }
  }
}

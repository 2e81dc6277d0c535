import SluiceGraph

/// Row-major strides of a shape, in elements.
package func rowMajorStrides(_ shape: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: shape.count)
  for axis in stride(from: shape.count - 2, through: 0, by: -1) {
    strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1)
  }
  return strides
}

/// Calls `body` with the source offset of the start of every row along the last axis of `shape`, in
/// row-major order. `shape` has at least one axis and no axis of size 0.
func forEachRow(
  shape: [Int], strides: [Int], offset: Int, _ body: (Int) -> Void
) {
  let outer = shape.count - 1
  var index = [Int](repeating: 0, count: outer)
  var position = offset
  while true {
    body(position)
    var axis = outer - 1
    while axis >= 0 {
      index[axis] += 1
      position += strides[axis]
      if index[axis] < shape[axis] { break }
      position -= strides[axis] * shape[axis]
      index[axis] = 0
      axis -= 1
    }
    if axis < 0 { return }
  }
}

/// Element `[i, j, …]` of the result is element `offset + i · strides[0] + j · strides[1] + …` of the
/// source: transposes, slices and broadcasts.
struct StridedCopy: ElementVisitor {
  let shape: [Int]
  let strides: [Int]
  var offset = 0

  func visit<Element: TensorElement>(_ elements: [Element]) -> Tensor {
    guard !shape.contains(0) else { return Tensor([Element](), shape: shape) }
    guard let length = shape.last, let step = strides.last else {
      return Tensor(scalar: elements[offset])
    }
    var result = [Element]()
    result.reserveCapacity(shape.reduce(1, *))
    forEachRow(shape: shape, strides: strides, offset: offset) { start in
      if step == 1 {
        result.append(contentsOf: elements[start..<start + length])
      } else {
        for i in 0..<length { result.append(elements[start + i * step]) }
      }
    }
    return Tensor(result, shape: shape)
  }
}

/// Element i of the result is element `indices[i]` of the source, or `fill` where the index is −1.
struct IndexedCopy: ElementVisitor {
  let shape: [Int]
  let indices: [Int]
  /// One element of the source's type; zero if nil.
  var fill: Tensor?

  func visit<Element: TensorElement>(_ elements: [Element]) -> Tensor {
    let fill = self.fill?.array(of: Element.self)?.first ?? .zero
    return Tensor(indices.map { $0 < 0 ? fill : elements[$0] }, shape: shape)
  }
}

/// The runs `starts[i] ..< starts[i] + length` of the source, one after another.
struct RunCopy: ElementVisitor {
  let shape: [Int]
  let starts: [Int]
  let length: Int

  func visit<Element: TensorElement>(_ elements: [Element]) -> Tensor {
    var result = [Element]()
    result.reserveCapacity(starts.count * length)
    for start in starts { result.append(contentsOf: elements[start..<start + length]) }
    return Tensor(result, shape: shape)
  }
}

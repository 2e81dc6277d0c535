import SluiceGraph

/// Operators that read or write where other values say.
extension ReferenceEvaluator {
  func indexing(_ op: Operator, _ arguments: Arguments) throws(GraphError) -> Tensor {
    switch op {
    case .gather(let axis): try gather(arguments, axis: axis)
    case .gatherElements(let axis): try gatherElements(arguments, axis: axis)
    case .scatterND(let reduction): try scatterND(arguments, reduction)
    default: throw GraphError(.unsupported, "\(op.name) does not index")
    }
  }

  /// An index counted from 0 along an axis of `size`.
  private func position(_ index: Int, size: Int) throws(GraphError) -> Int {
    guard index >= -size, index < size else {
      throw GraphError(.invalid, "index \(index) is out of range for an axis of \(size)")
    }
    return index < 0 ? index + size : index
  }

  /// Slices of X along `axis`, one per index; the indices' axes take the place of that axis.
  private func gather(_ arguments: Arguments, axis: Int) throws(GraphError) -> Tensor {
    let input = try arguments.required(0)
    let axis = try Axes.resolved(axis, rank: input.rank)
    let size = input.shape[axis]
    let length = input.shape[(axis + 1)...].reduce(1, *)
    let outer = input.shape[..<axis].reduce(1, *)
    var positions: [Int] = []
    for index in try arguments.integers(1) ?? [] {
      positions.append(try position(index, size: size))
    }
    let starts = (0..<outer).flatMap { row in positions.map { (row * size + $0) * length } }
    return try input.accept(RunCopy(shape: try arguments.shape(), starts: starts, length: length))
  }

  /// Output element i takes its position along `axis` from element i of the indices.
  private func gatherElements(_ arguments: Arguments, axis: Int) throws(GraphError) -> Tensor {
    let input = try arguments.required(0)
    let shape = try arguments.shape()
    let axis = try Axes.resolved(axis, rank: input.rank)
    let strides = rowMajorStrides(input.shape)
    let offsets = sums(
      of: shape.indices.map { other in
        (0..<shape[other]).map { other == axis ? 0 : $0 * strides[other] }
      })
    let indices = try arguments.integers(1) ?? []
    guard offsets.count == indices.count,
      shape.indices.allSatisfy({ $0 == axis || shape[$0] <= input.shape[$0] })
    else {
      throw GraphError(.invalid, "indices \(shape) do not fit into \(input.shape)")
    }
    var sources: [Int] = []
    for (offset, index) in zip(offsets, indices) {
      sources.append(offset + (try position(index, size: input.shape[axis])) * strides[axis])
    }
    return try input.accept(IndexedCopy(shape: shape, indices: sources))
  }

  /// X with slices replaced by, or combined with, the updates: the last axis of the indices counts
  /// the leading axes of X that a row of it chooses.
  private func scatterND(
    _ arguments: Arguments, _ reduction: ScatterReduction
  ) throws(GraphError) -> Tensor {
    let input = try arguments.required(0)
    let indices = try arguments.required(1)
    guard let depth = indices.shape.last, depth <= input.rank else {
      throw GraphError(.invalid, "indices \(indices.shape) do not fit \(input.shape)")
    }
    let length = input.shape[depth...].reduce(1, *)
    let strides = rowMajorStrides(input.shape)
    let numbers = try arguments.integers(1) ?? []
    var starts: [Int] = []
    for row in 0..<indices.shape.dropLast().reduce(1, *) {
      var start = 0
      for axis in 0..<depth {
        let index = try position(numbers[row * depth + axis], size: input.shape[axis])
        start += index * strides[axis]
      }
      starts.append(start)
    }
    let updates = try arguments.required(2)
    guard updates.count == starts.count * length, updates.elementType == input.elementType else {
      throw GraphError(
        .invalid,
        "updates hold \(starts.count * length) \(input.elementType), found "
          + "\(updates.count) \(updates.elementType)")
    }
    if reduction == .none {
      return try input.accept(
        Replacement(shape: input.shape, starts: starts, length: length, updates: updates))
    }
    return try input.accept(
      Accumulation(
        shape: input.shape, starts: starts, length: length, updates: updates, reduction: reduction))
  }

  private struct Replacement: ElementVisitor {
    let shape: [Int]
    let starts: [Int]
    let length: Int
    let updates: Tensor

    func visit<Element: TensorElement>(_ elements: [Element]) -> Tensor {
      var result = elements
      let updates = self.updates.array(of: Element.self) ?? []
      for (row, start) in starts.enumerated() {
        for i in 0..<length { result[start + i] = updates[row * length + i] }
      }
      return Tensor(result, shape: shape)
    }
  }

  private struct Accumulation: NumberVisitor {
    let shape: [Int]
    let starts: [Int]
    let length: Int
    let updates: Tensor
    let reduction: ScatterReduction

    func visit<Element: ArithmeticElement>(_ elements: [Element]) -> Tensor {
      var result = elements
      let updates = self.updates.array(of: Element.self) ?? []
      for (row, start) in starts.enumerated() {
        for i in 0..<length {
          let update = updates[row * length + i]
          result[start + i] = combined(result[start + i], update)
        }
      }
      return Tensor(result, shape: shape)
    }

    private func combined<Element: ArithmeticElement>(_ a: Element, _ b: Element) -> Element {
      switch reduction {
      case .none: b
      case .add: a.adding(b)
      case .mul: a.multiplied(by: b)
      case .max: a.maximum(b)
      case .min: a.minimum(b)
      }
    }
  }
}

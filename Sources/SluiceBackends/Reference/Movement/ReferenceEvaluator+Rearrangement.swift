import SluiceGraph

/// Operators that put elements elsewhere.
extension ReferenceEvaluator {
  func rearrangement(_ op: Operator, _ arguments: Arguments) throws(GraphError) -> [Tensor] {
    switch op {
    case .transpose(let permutation): [try transpose(arguments, permutation)]
    case .concat(let axis): [try concat(arguments, axis: axis)]
    case .split(let axis): try split(arguments, axis: axis)
    case .slice: [try slice(arguments)]
    case .expand: [try expand(arguments.required(0), to: arguments.shape())]
    case .tile: [try tile(arguments)]
    case .pad(let mode): [try pad(arguments, mode)]
    case .resize(let resize): [try self.resize(arguments, resize)]
    default: throw GraphError(.unsupported, "\(op.name) does not rearrange")
    }
  }

  /// Output axis i is input axis `permutation[i]`; an empty permutation reverses the axes.
  private func transpose(
    _ arguments: Arguments, _ permutation: [Int]
  ) throws(GraphError) -> Tensor {
    let input = try arguments.required(0)
    let strides = rowMajorStrides(input.shape)
    let order = try Axes.permutation(permutation, rank: input.rank)
    return try input.accept(
      StridedCopy(shape: try arguments.shape(), strides: order.map { strides[$0] }))
  }

  /// NumPy broadcasting of one tensor.
  func expand(_ input: Tensor, to shape: [Int]) throws(GraphError) -> Tensor {
    input.shape == shape
      ? input
      : try input.accept(
        StridedCopy(shape: shape, strides: Broadcast.strides(of: input.shape, in: shape)))
  }

  /// Output element i along an axis is input element i mod size.
  private func tile(_ arguments: Arguments) throws(GraphError) -> Tensor {
    let input = try arguments.required(0)
    let shape = try arguments.shape()
    let strides = rowMajorStrides(input.shape)
    let axes = shape.indices.map { axis in
      (0..<shape[axis]).map { $0 % input.shape[axis] * strides[axis] }
    }
    return try input.accept(IndexedCopy(shape: shape, indices: sums(of: axes)))
  }

  /// Elements `starts ..< ends` along `axes`, counted by `steps`.
  private func slice(_ arguments: Arguments) throws(GraphError) -> Tensor {
    let input = try arguments.required(0)
    let ranges = try SliceRange.resolved(
      shape: input.shape, starts: arguments.integers(1) ?? [], ends: arguments.integers(2) ?? [],
      axes: arguments.integers(3), steps: arguments.integers(4))
    let strides = rowMajorStrides(input.shape)
    return try input.accept(
      StridedCopy(
        shape: ranges.map(\.count), strides: zip(ranges, strides).map { $0.step * $1 },
        offset: zip(ranges, strides).reduce(0) { $0 + $1.0.start * $1.1 }))
  }

  /// Inputs one after another along `axis`.
  private func concat(_ arguments: Arguments, axis: Int) throws(GraphError) -> Tensor {
    let shape = try arguments.shape()
    let axis = try Axes.resolved(axis, rank: shape.count)
    var tensors: [Tensor] = []
    for index in arguments.inputs.indices { tensors.append(try arguments.required(index)) }
    return try tensors[0].accept(Concatenation(tensors: tensors, axis: axis, shape: shape))
  }

  private struct Concatenation: ElementVisitor {
    let tensors: [Tensor]
    let axis: Int
    let shape: [Int]

    func visit<Element: TensorElement>(_ first: [Element]) throws(GraphError) -> Tensor {
      let parts = tensors.map { $0.array(of: Element.self) ?? [] }
      let lengths = tensors.map { $0.shape[axis...].reduce(1, *) }
      let outer = shape[..<axis].reduce(1, *)
      var result = [Element]()
      result.reserveCapacity(shape.reduce(1, *))
      for row in 0..<outer {
        for (part, length) in zip(parts, lengths) {
          result.append(contentsOf: part[row * length..<(row + 1) * length])
        }
      }
      return Tensor(result, shape: shape)
    }
  }

  /// Parts along `axis`, as large as the outputs' shapes say.
  private func split(_ arguments: Arguments, axis: Int) throws(GraphError) -> [Tensor] {
    let input = try arguments.required(0)
    let axis = try Axes.resolved(axis, rank: input.rank)
    let strides = rowMajorStrides(input.shape)
    var parts: [Tensor] = []
    var begin = 0
    for index in 0..<arguments.outputCount {
      let shape = try arguments.shape(index)
      parts.append(
        try input.accept(
          StridedCopy(shape: shape, strides: strides, offset: begin * strides[axis])))
      begin += shape[axis]
    }
    return parts
  }
}

/// The sums of one entry of each list, last list fastest; −1 where an entry is −1.
func sums(of axes: [[Int]]) -> [Int] {
  axes.reduce([0]) { partial, axis in
    partial.flatMap { base in axis.map { base < 0 || $0 < 0 ? -1 : base + $0 } }
  }
}

import SluiceGraph

/// What a node that only moves elements does to arrangements.
struct Movement {
  let node: Node
  let graph: Graph

  init(_ node: Node, graph: Graph) {
    self.node = node
    self.graph = graph
  }

  /// One arrangement per output; nil where the movement is not one of boxes and strides, or its
  /// constants do not fit (whoever runs the node words that).
  func results(_ inputs: [Arrangement]) -> [Arrangement?]? {
    guard let input = inputs.first, let shape = outputShape(0) ?? anyOutputShape else { return nil }
    guard !shape.contains(0) else { return nil }
    switch node.operator {
    case .reshape, .flatten, .squeeze, .unsqueeze, .identity, .cast:
      return input.reshaped(to: shape).map { [$0] }
    case .transpose(let permutation):
      guard let order = try? Axes.permutation(permutation, rank: input.shape.count) else {
        return nil
      }
      return [input.transposed(order)]
    case .expand: return [input.expanded(to: shape)]
    case .slice: return slice(input).map { [$0] }
    case .split(let axis): return split(input, axis: axis)
    case .concat(let axis): return concat(inputs, axis: axis).map { [$0] }
    case .gather(let axis): return gather(input, axis: axis).map { [$0] }
    case .pad: return pad(input).map { [$0] }
    case .scatterND: return scatter(inputs).map { [$0] }
    default: return nil
    }
  }

  private func outputShape(_ index: Int) -> [Int]? {
    guard node.outputs.indices.contains(index), let value = node.outputs[index] else { return nil }
    return graph[value].type.shape?.sizes
  }

  private var anyOutputShape: [Int]? { node.outputs.indices.lazy.compactMap(outputShape).first }

  private func tensor(_ index: Int) -> Tensor? {
    guard node.inputs.indices.contains(index), let value = node.inputs[index] else { return nil }
    return graph.constants[value]
  }

  private func integers(_ index: Int) -> [Int]? { tensor(index)?.integers() }

  private func slice(_ input: Arrangement) -> Arrangement? {
    guard let starts = integers(1), let ends = integers(2),
      let ranges = try? SliceRange.resolved(
        shape: input.shape, starts: starts, ends: ends, axes: integers(3), steps: integers(4))
    else { return nil }
    return input.sliced(ranges)
  }

  private func split(_ input: Arrangement, axis: Int) -> [Arrangement?]? {
    guard let axis = try? Axes.resolved(axis, rank: input.shape.count),
      let sizes = try? SplitSizes.resolved(
        integers(1), size: input.shape[axis], parts: node.outputs.count)
    else { return nil }
    var start = 0
    return sizes.map { size in
      var ranges = input.shape.map { SliceRange(start: 0, step: 1, count: $0) }
      ranges[axis] = SliceRange(start: start, step: 1, count: size)
      start += size
      return input.sliced(ranges)
    }
  }

  private func concat(_ inputs: [Arrangement], axis: Int) -> Arrangement? {
    guard let rank = inputs.first?.shape.count,
      let axis = try? Axes.resolved(axis, rank: rank)
    else { return nil }
    return Arrangement.concatenated(inputs, axis: axis)
  }

  private func gather(_ input: Arrangement, axis: Int) -> Arrangement? {
    guard let axis = try? Axes.resolved(axis, rank: input.shape.count), let indices = tensor(1),
      let positions = AffineIndices(indices, size: input.shape[axis])
    else { return nil }
    if positions.isRange {
      var ranges = input.shape.map { SliceRange(start: 0, step: 1, count: $0) }
      ranges[axis] = SliceRange(
        start: positions.base, step: positions.step, count: indices.count)
      var shape = input.shape
      shape.replaceSubrange(axis...axis, with: indices.shape)
      return input.sliced(ranges).reshaped(to: shape)
    }
    return input.spread(
      axis: axis, over: indices.shape, base: positions.base, strides: positions.strides)
  }

  private func pad(_ input: Arrangement) -> Arrangement? {
    guard let pads = integers(1),
      let paddings = try? AxisPadding.resolved(
        rank: input.shape.count, pads: pads, axes: integers(3)),
      let type = node.inputs[0].map({ graph[$0].type.elementType })
    else { return nil }
    guard let value = tensor(2) else {
      return input.padded(paddings, fill: Array(repeating: 0, count: type.byteCount))
    }
    guard value.elementType == type, value.count == 1 else { return nil }
    return input.padded(paddings, fill: value.bytes)
  }

  private func scatter(_ inputs: [Arrangement]) -> Arrangement? {
    guard inputs.count == 2, let indices = tensor(1),
      let box = IndexBox(indices, shape: inputs[0].shape)
    else { return nil }
    let rest = inputs[0].shape.dropFirst(box.start.count)
    guard let updates = inputs[1].reshaped(to: box.sizes + rest) else { return nil }
    return inputs[0].replacing(at: box.start + rest.map { _ in 0 }, with: updates)
  }
}

/// Operators that move elements without computing.
extension AxisRule {
  mutating func movement() {
    let shape = outputShapes[0]
    switch node.operator {
    case .reshape, .flatten: outputs[0] = first.reshaped(to: shape).layout
    case .transpose(let permutation): transpose(permutation)
    case .squeeze: squeeze()
    case .unsqueeze: unsqueeze()
    case .concat(let axis): concat(normalised(axis))
    case .split(let axis): for position in outputs.indices { resize([normalised(axis)], position) }
    case .slice: resize(Array(0..<rank), 0)
    case .pad, .resize: resize(Array(0..<rank), 0)
    case .gather(let axis): gather(normalised(axis))
    case .gatherElements(let axis): gatherElements(normalised(axis))
    case .expand: outputs[0] = merged([first], into: shape)
    case .tile: tile()
    case .scatterND: scatter()
    default: break  // Shape-like operators fold before this point; nothing is followed.
    }
  }

  /// Axes that keep their entries in order, fewer or more of them.
  private mutating func resize(_ axes: [Int], _ position: Int) {
    let shape = outputShapes[position]
    guard shape.count == rank else { return }
    outputs[position] = first
    for axis in axes {
      outputs[position].axes[axis] = AxisLayout.resized(first.axes[axis], to: shape[axis])
    }
  }

  private mutating func transpose(_ permutation: [Int]) {
    let order = permutation.isEmpty ? Array((0..<rank).reversed()) : permutation
    outputs[0] = AxisLayout(axes: order.map { first.axes[$0] })
  }

  private mutating func squeeze() {
    let removed: Set<Int>
    if let axes = constants.count > 1 ? constants[1]?.integers() : nil {
      removed = Set(axes.map(normalised))
    } else {
      removed = Set(first.shape.indices.filter { first.shape[$0] == 1 })
    }
    dropped.formUnion(tags(removed, of: first))
    outputs[0] = AxisLayout(
      axes: first.axes.enumerated().filter { !removed.contains($0.offset) }.map(\.element))
  }

  private mutating func unsqueeze() {
    let rank = outputShapes[0].count
    let added = Set((constants[1]?.integers() ?? []).map { $0 < 0 ? $0 + rank : $0 })
    var rest = first.axes[...]
    outputs[0] = AxisLayout(
      axes: (0..<rank).map { added.contains($0) ? [] : (rest.popFirst() ?? []) })
  }

  private mutating func concat(_ axis: Int) {
    let shape = outputShapes[0]
    let parts = inputs.compactMap { $0 }
    guard parts.allSatisfy({ $0.axes.count == shape.count }) else { return }
    for other in shape.indices where other != axis {
      outputs[0].axes[other] =
        merged(parts.map { AxisLayout(axes: [$0.axes[other]]) }, into: [shape[other]]).axes[0]
    }
    // One input with an axis among constants keeps it: the others stand before or after in time.
    let tagged = parts.filter { !$0.tags(ofAxis: axis).isEmpty }
    if tagged.count == 1 {
      outputs[0].axes[axis] = AxisLayout.resized(tagged[0].axes[axis], to: shape[axis])
    }
  }

  private mutating func gather(_ axis: Int) {
    let indexRank = inputs.count > 1 ? inputs[1]?.axes.count ?? 0 : 0
    let shape = outputShapes[0]
    guard shape.count == rank - 1 + indexRank else { return }
    var middle = Array((inputs[1] ?? AxisLayout(plain: [])).axes)
    if indexRank == 1 && constants[1] != nil {
      middle = [AxisLayout.resized(first.axes[axis], to: shape[axis])]
    } else if indexRank == 0 {
      dropped.formUnion(first.tags(ofAxis: axis))
    }
    outputs[0] = AxisLayout(axes: Array(first.axes[..<axis]) + middle + first.axes[(axis + 1)...])
  }

  private mutating func gatherElements(_ axis: Int) {
    let shape = outputShapes[0]
    let parts = inputs.compactMap { $0 }
    guard parts.allSatisfy({ $0.axes.count == shape.count }) else { return }
    outputs[0] = merged(parts, into: shape)
    crossings.append((.reduction, first.tags(ofAxis: axis)))
    outputs[0].axes[axis] = parts.last?.axes[axis] ?? AxisLayout.plain(shape[axis])
  }

  private mutating func tile() {
    let shape = outputShapes[0]
    outputs[0] = AxisLayout(
      axes: zip(first.axes, shape).map { axis, size in
        let own = max(1, AxisLayout.size(of: axis))
        return size == own ? axis : AxisLayout.plain(size / own) + axis
      })
  }

  /// Followed only along axes that whole updates leave alone: those behind the index vector.
  private mutating func scatter() {
    let depth = outputShapes[0].isEmpty ? 0 : (inputs[1]?.shape.last ?? 0)
    same()
    crossings.append((.lost, tags(0..<depth, of: first)))
    if inputs.count > 2, let updates = inputs[2] {
      let behind = max(0, updates.axes.count - (rank - depth))
      crossings.append((.lost, tags(0..<behind, of: updates)))
      let tails = [
        AxisLayout(axes: Array(first.axes.dropFirst(depth))),
        AxisLayout(axes: Array(updates.axes.dropFirst(behind))),
      ]
      let tail = merged(tails, into: Array(outputShapes[0].dropFirst(depth)))
      outputs[0].axes.replaceSubrange(depth..., with: tail.axes)
    }
  }
}

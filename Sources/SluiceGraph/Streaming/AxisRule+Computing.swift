/// Operators that compute: recurrences, products, windows, reductions.
extension AxisRule {
  /// X `[L, M, I]`, initial states `[D, M, H]` → Y `[L, D, M, H]`, last `[D, M, H]`.
  mutating func recurrence() {
    let direction: Recurrence.Direction =
      switch node.operator {
      case .gru(let gru): gru.recurrence.direction
      case .lstm(let lstm): lstm.recurrence.direction
      case .rnn(let rnn): rnn.recurrence.direction
      default: .forward
      }
    guard rank == 3 else { return }
    var rows = first.axes[1]
    for initial in inputs.dropFirst(5).prefix(2) {
      guard let initial, initial.axes.count == 3 else { continue }
      let size = AxisLayout.size(of: rows)
      rows =
        merged(
          [AxisLayout(axes: [rows]), AxisLayout(axes: [initial.axes[1]])], into: [size]
        ).axes[0]
      crossings.append((.reduction, initial.tags(ofAxis: 2)))
      dropped.formUnion(initial.tags(ofAxis: 0))
    }
    for position in outputs.indices {
      let shape = outputShapes[position]
      if shape.count == 4 {
        outputs[position].axes[0] = first.axes[0]
        outputs[position].axes[2] = rows
      } else if shape.count == 3 {
        outputs[position].axes[1] = rows
      }
    }
    crossings.append((.recurrence(direction), first.tags(ofAxis: 0)))
    crossings.append((.recurrenceRows, Set(rows.compactMap(\.tag))))
    crossings.append((.reduction, first.tags(ofAxis: 2)))
  }

  /// `[…, M, K]` by `[…, K, N]`; a vector has no M or no N.
  mutating func product(transposeA: Bool, transposeB: Bool) {
    guard inputs.count > 1, var a = inputs[0], var b = inputs[1] else { return }
    if transposeA { a.axes.swapAt(0, 1) }
    if transposeB { b.axes.swapAt(0, 1) }
    let shape = outputShapes[0]
    let aRows = a.axes.count > 1 ? [a.axes[a.axes.count - 2]] : []
    let bColumns = b.axes.count > 1 ? [b.axes[b.axes.count - 1]] : []
    let batchRank = shape.count - aRows.count - bColumns.count
    guard batchRank >= 0 else { return }
    let batch = merged(
      [AxisLayout(axes: a.axes.dropLast(2)), AxisLayout(axes: b.axes.dropLast(2))],
      into: Array(shape.prefix(batchRank)))
    outputs[0] = AxisLayout(axes: batch.axes + aRows + bColumns)
    if a.axes.count > 0 { crossings.append((.reduction, a.tags(ofAxis: a.axes.count - 1))) }
    if b.axes.count > 0 {
      crossings.append((.reduction, b.tags(ofAxis: max(0, b.axes.count - 2))))
    }
  }

  /// `[N, C, spatial…]`: spatial axes are slid along, C is summed or kept.
  mutating func window(mixesChannels: Bool) {
    for position in outputs.indices where outputShapes[position].count == rank {
      let shape = outputShapes[position]
      outputs[position].axes[0] = first.axes[0]
      if !mixesChannels { outputs[position].axes[1] = first.axes[1] }
      for axis in 2..<max(2, rank) {
        outputs[position].axes[axis] = AxisLayout.resized(first.axes[axis], to: shape[axis])
      }
    }
    if mixesChannels { crossings.append((.reduction, tags([1], of: first))) }
  }

  mutating func layerNormalization(_ axis: Int) {
    crossSame(axes: Array(axis..<max(axis, rank)))
    for position in outputs.indices.dropFirst() where outputShapes[position].count == rank {
      outputs[position] = AxisLayout(
        axes: first.axes.enumerated().map { $0.offset < axis ? $0.element : [] })
    }
  }

  mutating func cumulativeSum() {
    same()
    guard case .cumSum(_, let reverse) = node.operator, let axis = constants[1]?.integers()?.first
    else { return crossings.append((.reduction, first.tags)) }
    // A running sum forward is a recurrence with one step of memory.
    crossings.append(
      (reverse ? .reduction : .recurrence(.forward), tags([normalised(axis)], of: first)))
  }

  mutating func reduce(_ reduction: Reduction) {
    let given = constants.count > 1 ? constants[1]?.integers() : nil
    if let given, !given.isEmpty {
      return reduce(axes: Set(given.map(normalised)), keep: reduction.keepDimensions)
    }
    if reduction.noopWithEmptyAxes { return same() }
    reduce(axes: Set(0..<rank), keep: reduction.keepDimensions)
  }

  mutating func reduce(axes: Set<Int>, keep: Bool) {
    let kept = first.axes.enumerated().compactMap { axis, factors -> [AxisLayout.Factor]? in
      axes.contains(axis) ? (keep ? [] : nil) : factors
    }
    outputs[0] = AxisLayout(axes: kept)
    crossings.append((.reduction, tags(axes, of: first)))
  }

  mutating func topK(_ axis: Int) {
    for position in outputs.indices where outputShapes[position].count == rank {
      outputs[position] = first
      outputs[position].axes[axis] = AxisLayout.plain(outputShapes[position][axis])
    }
    crossings.append((.reduction, tags([axis], of: first)))
  }
}

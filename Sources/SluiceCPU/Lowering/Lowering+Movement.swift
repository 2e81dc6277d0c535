import CKernels
import SluiceBackends
import SluiceGraph
import SluicePlanning

extension Lowering {
  mutating func movement(
    _ view: OperationView, _ op: Operator
  ) throws(Fallback) -> [KernelCall] {
    switch op {
    case .transpose(let permutation): try transpose(view, permutation)
    case .concat(let axis): try concat(view, axis: axis)
    case .split(let axis): try split(view, axis: axis)
    case .slice: try slice(view)
    case .expand: try expand(view)
    case .tile: try tile(view)
    case .pad(let mode): try pad(view, mode)
    case .shape, .size: try shape(view, op)
    case .constantOfShape(let value):
      [try strided(table(value), [], view.result(), view.requiredOutput())]
    default: [try copy(view.operand(0), view.result(), view.requiredOutput())]
    }
  }

  /// All bytes of a buffer.
  func copy(
    _ source: Operand?, _ target: Operand?, _ buffer: Plan.Buffer
  ) throws(Fallback) -> KernelCall {
    let strides = rowMajorStrides(buffer.shape)
    return try strided(source, strides, target, buffer)
  }

  /// A dense target of `buffer`'s shape from a source with `strides` in elements; without strides
  /// from one element.
  func strided(
    _ source: Operand?, _ strides: [Int], _ target: Operand?, _ buffer: Plan.Buffer
  ) throws(Fallback) -> KernelCall {
    let shape = buffer.shape
    return try copyCall(
      source, strides.isEmpty ? shape.map { _ in 0 } : strides, target, rowMajorStrides(shape),
      shape, buffer.elementType)
  }

  /// target[i · targetStrides] = source[i · sourceStrides] over the indices of `shape`; strides in
  /// elements.
  private func copyCall(
    _ source: Operand?, _ sourceStrides: [Int], _ target: Operand?, _ targetStrides: [Int],
    _ shape: [Int], _ type: ElementType
  ) throws(Fallback) -> KernelCall {
    let axes = try MergedAxes(sizes: shape, strides: [sourceStrides, targetStrides]).checked()
    var parameters = sluice_copy_parameters()
    parameters.element_bytes = Int64(type.byteCount)
    parameters.rank = Int64(axes.sizes.count)
    fill(&parameters.sizes, axes.sizes)
    fill(&parameters.source, axes.strides[0].map { $0 * type.byteCount })
    fill(&parameters.target, axes.strides[1].map { $0 * type.byteCount })
    return unsafe KernelCall(sluice_copy, parameters, [source, target])
  }

  private func transpose(
    _ view: OperationView, _ permutation: [Int]
  ) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    let order = try Fallback.of { () throws(GraphError) in
      try Axes.permutation(permutation, rank: input.shape.count)
    }
    let strides = rowMajorStrides(input.shape)
    return [
      try strided(
        view.operand(0), order.map { strides[$0] }, view.result(), view.requiredOutput())
    ]
  }

  private func concat(_ view: OperationView, axis: Int) throws(Fallback) -> [KernelCall] {
    let output = try view.requiredOutput()
    let axis = try Fallback.of { () throws(GraphError) in
      try Axes.resolved(axis, rank: output.shape.count)
    }
    let strides = rowMajorStrides(output.shape)
    var calls: [KernelCall] = []
    var begin = 0
    for index in view.operation.inputs.indices {
      let input = try view.required(index)
      var target = view.result()
      target?.offset = begin * strides[axis] * output.elementType.byteCount
      calls.append(
        try copyCall(
          view.operand(index), rowMajorStrides(input.shape), target, strides, input.shape,
          output.elementType))
      begin += input.shape[axis]
    }
    return calls
  }

  private func split(_ view: OperationView, axis: Int) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    let given = try view.constantIntegers(1)
    let (axis, sizes) = try Fallback.of { () throws(GraphError) in
      let axis = try Axes.resolved(axis, rank: input.shape.count)
      let parts = view.operation.outputs.count
      return (axis, try SplitSizes.resolved(given, size: input.shape[axis], parts: parts))
    }
    let strides = rowMajorStrides(input.shape)
    var calls: [KernelCall] = []
    var begin = 0
    for (index, size) in sizes.enumerated() {
      if let output = view.output(index) {
        var source = view.operand(0)
        source?.offset = begin * strides[axis] * input.elementType.byteCount
        calls.append(
          try strided(source, strides, view.result(index), view.plan.buffers[output]))
      }
      begin += size
    }
    return calls
  }

  private func slice(_ view: OperationView) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    let starts = try view.constantIntegers(1) ?? []
    let ends = try view.constantIntegers(2) ?? []
    let (axes, steps) = (try view.constantIntegers(3), try view.constantIntegers(4))
    let ranges = try Fallback.of { () throws(GraphError) in
      try SliceRange.resolved(
        shape: input.shape, starts: starts, ends: ends, axes: axes, steps: steps)
    }
    let output = try view.requiredOutput()
    let strides = rowMajorStrides(input.shape)
    var source = view.operand(0)
    source?.offset =
      zip(ranges, strides).reduce(0) { $0 + $1.0.start * $1.1 } * input.elementType.byteCount
    return [
      try strided(
        source, zip(ranges, strides).map { $0.step * $1 }, view.result(), output)
    ]
  }

  private func expand(_ view: OperationView) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    let output = try view.requiredOutput()
    return [
      try strided(
        view.operand(0), Broadcast.strides(of: input.shape, in: output.shape), view.result(),
        output)
    ]
  }

  /// Each axis as two, the repeats before it with stride 0.
  private func tile(_ view: OperationView) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    let output = try view.requiredOutput()
    let (sources, targets) = (rowMajorStrides(input.shape), rowMajorStrides(output.shape))
    let axes = input.shape.indices
    return [
      try copyCall(
        view.operand(0), axes.flatMap { [0, sources[$0]] }, view.result(),
        axes.flatMap { [targets[$0] * input.shape[$0], targets[$0]] },
        axes.flatMap { [output.shape[$0] / input.shape[$0], input.shape[$0]] },
        output.elementType)
    ]
  }

  private mutating func pad(
    _ view: OperationView, _ mode: PadMode
  ) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    let output = try view.requiredOutput()
    let pads = try view.constantIntegers(1) ?? []
    let axes = try view.constantIntegers(3)
    let paddings = try Fallback.of { () throws(GraphError) in
      try AxisPadding.resolved(rank: input.shape.count, pads: pads, axes: axes)
    }
    if let value = view.input(2) {
      guard view.plan.buffers[value].elementType == input.elementType,
        view.plan.buffers[value].count == 1
      else { throw Fallback("the fill is no scalar of \(input.elementType)") }
    }
    let tables = output.shape.indices.map { axis in
      (0..<output.shape[axis]).map { position in
        paddings[axis].source(of: position, size: input.shape[axis], mode: mode)
      }
    }
    return [
      try tableCopy(view.operand(0), input, tables, fill: view.operand(2), view.result(), output)
    ]
  }

  /// Output [i, j, …] is source [entries[0][i], entries[1][j], …], or the fill where one is nil.
  mutating func tableCopy(
    _ source: Operand?, _ input: Plan.Buffer, _ entries: [[Int?]], fill value: Operand?,
    _ target: Operand?, _ output: Plan.Buffer
  ) throws(Fallback) -> KernelCall {
    guard output.shape.count <= Int(SLUICE_RANK) else {
      throw Fallback("more than \(SLUICE_RANK) axes")
    }
    let strides = rowMajorStrides(input.shape)
    let flat = zip(entries, strides).flatMap { entries, stride in
      entries.map { $0.map { Int64($0 * stride) } ?? -1 }
    }
    var parameters = sluice_table_copy_parameters()
    parameters.element_bytes = Int64(output.elementType.byteCount)
    parameters.rank = Int64(max(output.shape.count, 1))
    fill(&parameters.sizes, output.shape.isEmpty ? [1] : output.shape)
    let tables = table(Tensor(output.shape.isEmpty ? [0] : flat))
    return unsafe KernelCall(sluice_table_copy, parameters, [source, tables, value, target])
  }

  /// Shapes are known now.
  private mutating func shape(
    _ view: OperationView, _ op: Operator
  ) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    let output = try view.requiredOutput()
    let value = try Fallback.of { () throws(GraphError) in
      try ReferenceEvaluator().evaluate(
        op, inputs: [Tensor(zeros: input.elementType, shape: input.shape)],
        outputCount: 1)
    }
    guard let value = value.first else { throw Fallback("it gives no value") }
    return [try copy(table(value), view.result(), output)]
  }
}

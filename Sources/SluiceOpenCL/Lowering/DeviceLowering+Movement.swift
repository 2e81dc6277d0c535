import SluiceBackends
import SluiceGraph
import SluicePlanning

extension DeviceLowering {
  mutating func movement(
    _ view: OperationView, _ op: Operator
  ) throws(Fallback) -> [DeviceCall] {
    switch op {
    case .transpose(let permutation): [try transpose(view, permutation)]
    case .concat(let axis): try concat(view, axis: axis)
    case .split(let axis): try split(view, axis: axis)
    case .slice: [try slice(view)]
    case .expand: [try expand(view)]
    case .tile: [try tile(view)]
    case .pad(let mode): [try pad(view, mode)]
    case .shape, .size: [try shape(view, op)]
    case .constantOfShape(let value):
      [strided(table(value), [], view.result(), try view.requiredOutput())]
    default: [try copy(view.operand(0), view.result(), view.requiredOutput())]
    }
  }

  /// Boxes copied into one dense target, in painting order.
  func assembly(
    _ view: OperationView, _ pieces: [Plan.AssemblyPiece]
  ) throws(Fallback) -> [DeviceCall] {
    let output = try view.requiredOutput()
    let target = rowMajorStrides(output.shape)
    return pieces.filter { !$0.sizes.contains(0) }.map { piece in
      let size = output.elementType.byteCount
      var to = view.result()
      to?.offset = zip(piece.start, target).reduce(0) { $0 + $1.0 * $1.1 } * size
      guard let input = piece.input else {
        let bits = piece.fill.enumerated().reduce(UInt64(0)) {
          $0 | UInt64($1.element) << (8 * UInt64($1.offset))
        }
        return fill(bits, to, target, piece.sizes, output.elementType)
      }
      var from = view.operand(input)
      from?.offset = piece.offset * size
      return copyCall(from, piece.strides, to, target, piece.sizes, output.elementType)
    }
  }

  /// All elements of a buffer.
  func copy(
    _ source: Operand?, _ target: Operand?, _ buffer: Plan.Buffer
  ) throws(Fallback) -> DeviceCall {
    strided(source, rowMajorStrides(buffer.shape), target, buffer)
  }

  /// A dense target of `buffer`'s shape from a source with `strides` in elements; without strides
  /// from one element.
  func strided(
    _ source: Operand?, _ strides: [Int], _ target: Operand?, _ buffer: Plan.Buffer
  ) -> DeviceCall {
    let shape = buffer.shape
    return copyCall(
      source, strides.isEmpty ? shape.map { _ in 0 } : strides, target, rowMajorStrides(shape),
      shape, buffer.elementType)
  }

  /// target[i · targetStrides] = source[i · sourceStrides] over the indices of `shape`; strides in
  /// elements.
  func copyCall(
    _ source: Operand?, _ sourceStrides: [Int], _ target: Operand?, _ targetStrides: [Int],
    _ shape: [Int], _ type: ElementType
  ) -> DeviceCall {
    let axes = MergedAxes(sizes: shape, strides: [sourceStrides, targetStrides])
    let (x, y) = (axes.strides[0], axes.strides[1])
    let isDense = x.last == 1 && y.last == 1
    var call = DeviceCall(
      .file("copy"), ["T": type.deviceBits, "X_STEP": x.last ?? 0], reads: [source],
      writes: [target], width: isDense ? form.width(axes.sizes.last ?? 1) : 1,
      note: "copy \(count(shape))")
    describe(axes, target: y, &call)
    let outer = Array(axes.sizes.dropLast())
    call.define("SOURCE(row)", CText.offset("row", sizes: outer, strides: Array(x.dropLast())))
    return call
  }

  private func fill(
    _ bits: UInt64, _ target: Operand?, _ strides: [Int], _ shape: [Int], _ type: ElementType
  ) -> DeviceCall {
    let axes = MergedAxes(sizes: shape, strides: [strides])
    let y = axes.strides[0]
    var call = DeviceCall(
      .file("copy"), ["T": type.deviceBits, "FILL": "\(bits)u\(type.byteCount == 8 ? "l" : "")"],
      reads: [], writes: [target], width: y.last == 1 ? form.width(axes.sizes.last ?? 1) : 1,
      note: "fill \(count(shape))")
    describe(axes, target: y, &call)
    return call
  }

  private func describe(_ axes: MergedAxes, target: [Int], _ call: inout DeviceCall) {
    let outer = Array(axes.sizes.dropLast())
    call.define("ROWS", count(outer))
    call.define("N", axes.sizes.last ?? 1)
    call.define("Y_STEP", target.last ?? 0)
    call.define("TARGET(row)", CText.offset("row", sizes: outer, strides: Array(target.dropLast())))
  }

  // MARK: Operators

  private func transpose(
    _ view: OperationView, _ permutation: [Int]
  ) throws(Fallback) -> DeviceCall {
    let input = try view.required(0)
    let order = try Fallback.of { () throws(GraphError) in
      try Axes.permutation(permutation, rank: input.shape.count)
    }
    let strides = rowMajorStrides(input.shape)
    return strided(
      view.operand(0), order.map { strides[$0] }, view.result(), try view.requiredOutput())
  }

  private func concat(_ view: OperationView, axis: Int) throws(Fallback) -> [DeviceCall] {
    let output = try view.requiredOutput()
    let axis = try Fallback.of { () throws(GraphError) in
      try Axes.resolved(axis, rank: output.shape.count)
    }
    let strides = rowMajorStrides(output.shape)
    var calls: [DeviceCall] = []
    var begin = 0
    for index in view.operation.inputs.indices {
      let input = try view.required(index)
      var target = view.result()
      target?.offset = begin * strides[axis] * output.elementType.byteCount
      begin += input.shape[axis]
      guard input.count > 0 else { continue }
      calls.append(
        copyCall(
          view.operand(index), rowMajorStrides(input.shape), target, strides, input.shape,
          output.elementType))
    }
    return calls
  }

  private func split(_ view: OperationView, axis: Int) throws(Fallback) -> [DeviceCall] {
    let input = try view.required(0)
    let given = try view.constantIntegers(1)
    let (axis, sizes) = try Fallback.of { () throws(GraphError) in
      let axis = try Axes.resolved(axis, rank: input.shape.count)
      let parts = view.operation.outputs.count
      return (axis, try SplitSizes.resolved(given, size: input.shape[axis], parts: parts))
    }
    let strides = rowMajorStrides(input.shape)
    var calls: [DeviceCall] = []
    var begin = 0
    for (index, size) in sizes.enumerated() {
      if let output = view.output(index), plan.buffers[output].count > 0 {
        var source = view.operand(0)
        source?.offset = begin * strides[axis] * input.elementType.byteCount
        calls.append(strided(source, strides, view.result(index), plan.buffers[output]))
      }
      begin += size
    }
    return calls
  }

  private func slice(_ view: OperationView) throws(Fallback) -> DeviceCall {
    let input = try view.required(0)
    let starts = try view.constantIntegers(1) ?? []
    let ends = try view.constantIntegers(2) ?? []
    let (axes, steps) = (try view.constantIntegers(3), try view.constantIntegers(4))
    let ranges = try Fallback.of { () throws(GraphError) in
      try SliceRange.resolved(
        shape: input.shape, starts: starts, ends: ends, axes: axes, steps: steps)
    }
    let strides = rowMajorStrides(input.shape)
    var source = view.operand(0)
    source?.offset =
      zip(ranges, strides).reduce(0) { $0 + $1.0.start * $1.1 } * input.elementType.byteCount
    return strided(
      source, zip(ranges, strides).map { $0.step * $1 }, view.result(), try view.requiredOutput())
  }

  private func expand(_ view: OperationView) throws(Fallback) -> DeviceCall {
    let (input, output) = (try view.required(0), try view.requiredOutput())
    return strided(
      view.operand(0), Broadcast.strides(of: input.shape, in: output.shape), view.result(), output)
  }

  /// Each axis as two, the repeats before it with stride 0.
  private func tile(_ view: OperationView) throws(Fallback) -> DeviceCall {
    let (input, output) = (try view.required(0), try view.requiredOutput())
    let (sources, targets) = (rowMajorStrides(input.shape), rowMajorStrides(output.shape))
    let axes = input.shape.indices
    return copyCall(
      view.operand(0), axes.flatMap { [0, sources[$0]] }, view.result(),
      axes.flatMap { [targets[$0] * input.shape[$0], targets[$0]] },
      axes.flatMap { [output.shape[$0] / input.shape[$0], input.shape[$0]] }, output.elementType)
  }

  private mutating func pad(_ view: OperationView, _ mode: PadMode) throws(Fallback) -> DeviceCall {
    let (input, output) = (try view.required(0), try view.requiredOutput())
    let pads = try view.constantIntegers(1) ?? []
    let axes = try view.constantIntegers(3)
    let paddings = try Fallback.of { () throws(GraphError) in
      try AxisPadding.resolved(rank: input.shape.count, pads: pads, axes: axes)
    }
    if let value = view.input(2) {
      guard plan.buffers[value].elementType == input.elementType, plan.buffers[value].count == 1
      else { throw Fallback("the fill is no scalar of \(input.elementType)") }
    }
    let entries = output.shape.indices.map { axis in
      (0..<output.shape[axis]).map { position in
        paddings[axis].source(of: position, size: input.shape[axis], mode: mode)
      }
    }
    return tableCopy(
      view.operand(0), input, entries, fill: view.input(2) == nil ? nil : view.operand(2),
      view.result(), output)
  }

  /// Output [i, j, …] is source [entries[0][i], entries[1][j], …], or the fill where one is nil.
  mutating func tableCopy(
    _ source: Operand?, _ input: Plan.Buffer, _ entries: [[Int?]], fill value: Operand?,
    _ target: Operand?, _ output: Plan.Buffer
  ) -> DeviceCall {
    var positions: [Int32] = [0]
    for (entries, stride) in zip(entries, rowMajorStrides(input.shape)) {
      positions = positions.flatMap { base in
        entries.map { entry in
          guard base >= 0, let entry else { return -1 }
          return base + Int32(entry * stride)
        }
      }
    }
    return DeviceCall(
      .file("table_copy"), ["T": output.elementType.deviceBits, "N": output.count],
      reads: [source, table(Tensor(positions)), value], writes: [target],
      note: "\(output.count) by a table")
  }

  /// Shapes are known now.
  private mutating func shape(_ view: OperationView, _ op: Operator) throws(Fallback) -> DeviceCall
  {
    let (input, output) = (try view.required(0), try view.requiredOutput())
    let value = try Fallback.of { () throws(GraphError) in
      try ReferenceEvaluator().evaluate(
        op, inputs: [Tensor(zeros: input.elementType, shape: input.shape)],
        outputCount: 1)
    }
    guard let value = value.first else { throw Fallback("it gives no value") }
    return try copy(table(value), view.result(), output)
  }
}

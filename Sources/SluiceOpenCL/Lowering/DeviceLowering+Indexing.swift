import SluiceBackends
import SluiceGraph
import SluicePlanning

extension DeviceLowering {
  func indexing(_ view: OperationView, _ op: Operator) throws(Fallback) -> [DeviceCall] {
    switch op {
    case .gather(let axis): [try gather(view, axis: axis)]
    case .gatherElements(let axis): [try gatherElements(view, axis: axis)]
    case .scatterND(let reduction): [try scatter(view, reduction)]
    default: throw Fallback("it does not index")
    }
  }

  private func indices(_ view: OperationView) throws(Fallback) -> Plan.Buffer {
    let indices = try view.required(1)
    guard indices.elementType == .int32 || indices.elementType == .int64 else {
      throw Fallback("no form for indices of \(indices.elementType)")
    }
    return indices
  }

  private func gather(_ view: OperationView, axis: Int) throws(Fallback) -> DeviceCall {
    let (input, indices) = (try view.required(0), try indices(view))
    let axis = try Fallback.of { () throws(GraphError) in
      try Axes.resolved(axis, rank: input.shape.count)
    }
    return DeviceCall(
      .file("gather"),
      [
        "T": input.elementType.deviceBits, "TI": indices.elementType.deviceType,
        "OUTER": count(input.shape[..<axis]), "AXIS": input.shape[axis],
        "INNER": count(input.shape[(axis + 1)...]), "COUNT": indices.count,
      ], reads: [view.operand(0), view.operand(1)], writes: [view.result()],
      note: "\(indices.count) indices")
  }

  private func gatherElements(_ view: OperationView, axis: Int) throws(Fallback) -> DeviceCall {
    let (input, indices) = (try view.required(0), try indices(view))
    let output = try view.requiredOutput()
    let axis = try Fallback.of { () throws(GraphError) in
      try Axes.resolved(axis, rank: input.shape.count)
    }
    guard output.shape.indices.allSatisfy({ $0 == axis || output.shape[$0] <= input.shape[$0] })
    else { throw Fallback("no form for indices \(output.shape) of \(input.shape)") }
    let strides = rowMajorStrides(input.shape)
    let others = strides.indices.map { $0 == axis ? 0 : strides[$0] }
    return DeviceCall(
      .file("gather"),
      [
        "T": input.elementType.deviceBits, "TI": indices.elementType.deviceType,
        "ELEMENTS": 1, "AXIS": input.shape[axis], "STEP": strides[axis], "COUNT": output.count,
        "BASE(e)": CText.offset("e", sizes: output.shape, strides: others),
      ], reads: [view.operand(0), view.operand(1)], writes: [view.result()],
      note: "\(output.count) elements")
  }

  private func scatter(
    _ view: OperationView, _ reduction: ScatterReduction
  ) throws(Fallback) -> DeviceCall {
    let (input, indices) = (try view.required(0), try indices(view))
    let updates = try view.required(2)
    guard let depth = indices.shape.last, depth <= input.shape.count,
      updates.elementType == input.elementType
    else { throw Fallback("no form for indices \(indices.shape) of \(input.shape)") }
    let rows = count(indices.shape.dropLast())
    let length = count(input.shape[depth...])
    guard try Fallback.product(rows, length) == updates.count else {
      throw Fallback("updates \(updates.shape) do not fit \(rows) slices of \(length)")
    }
    let type = input.elementType
    guard reduction == .none || type != .bool else {
      throw Fallback("no form for \(reduction.rawValue) of bool")
    }
    let sizes = Array(input.shape.prefix(depth))
    let strides = Array(rowMajorStrides(input.shape).prefix(depth))
    return DeviceCall(
      .file("scatter"),
      [
        "T": reduction == .none ? type.deviceBits : type.deviceType,
        "TI": indices.elementType.deviceType, "N": input.count, "ROWS": rows, "DEPTH": depth,
        "LENGTH": length, "SIZE(d)": Self.choice("d", sizes),
        "STRIDE(d)": Self.choice("d", strides), "COMBINE(a, b)": Self.combine(reduction, type),
      ], reads: [view.operand(0), view.operand(1), view.operand(2)], writes: [view.result()],
      note: "\(rows) slices of \(length)")
  }

  /// `values[d]` as text.
  private static func choice(_ index: String, _ values: [Int]) -> String {
    guard let last = values.last else { return "1" }
    let tests = values.dropLast().enumerated().map {
      "(\(index)) == \($0.offset) ? \($0.element) : "
    }
    return "(\(tests.joined())\(last))"
  }

  private static func combine(_ reduction: ScatterReduction, _ type: ElementType) -> String {
    let wide = type.isInteger ? "(ulong)" : ""
    return switch reduction {
    case .none: "(b)"
    case .add: "\(wide)(a) + \(wide)(b)"
    case .mul: "\(wide)(a) * \(wide)(b)"
    case .max: "(a) != (a) ? (a) : (b) > (a) || (b) != (b) ? (b) : (a)"
    case .min: "(a) != (a) ? (a) : (b) < (a) || (b) != (b) ? (b) : (a)"
    }
  }
}

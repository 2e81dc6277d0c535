import SluiceBackends
import SluiceGraph
import SluicePlanning

extension DeviceLowering {
  func normalization(_ view: OperationView, _ op: Operator) throws(Fallback) -> [DeviceCall] {
    for index in view.operation.inputs.indices where view.input(index) != nil {
      _ = try view.requiredFloat(index)
    }
    switch op {
    case .batchNormalization(let epsilon): return [try batch(view, epsilon: epsilon)]
    case .layerNormalization(let axis, let epsilon):
      return [try layer(view, axis: axis, epsilon: epsilon)]
    case .instanceNormalization(let epsilon):
      let channels = try view.required(1).count
      return [try group(view, groups: channels, perGroup: false, epsilon: epsilon)]
    case .groupNormalization(let groups, let epsilon, let perGroup):
      return [try group(view, groups: groups, perGroup: perGroup, epsilon: epsilon)]
    default: throw Fallback("it does not normalise")
    }
  }

  /// y = (x − mean) · (scale / √(variance + ε)) + bias, as an expression.
  private func batch(_ view: OperationView, epsilon: Float) throws(Fallback) -> DeviceCall {
    let shape = try view.required(0).shape
    guard shape.count >= 2 else { throw Fallback("no form for one axis") }
    let alongChannels = shape.indices.map { $0 == 1 ? 1 : 0 }
    var inputs: [(operand: Operand?, strides: [Int])] = [
      (view.operand(0), rowMajorStrides(shape))
    ]
    for index in 1...4 {
      guard try view.required(index).count == shape[1] else {
        throw Fallback("input \(index) does not hold one number a channel")
      }
      inputs.append((view.operand(index), alongChannels))
    }
    let expression = Expression(
      inputCount: 5,
      steps: [
        .constant(epsilon), .binary(.add, 4, 5), .unary(.sqrt, 6), .binary(.div, 1, 7),
        .binary(.sub, 0, 3), .binary(.mul, 9, 8), .binary(.add, 10, 2),
      ], results: [11])
    return call(expression, shape, inputs, [view.result()])
  }

  private func group(
    _ view: OperationView, groups: Int, perGroup: Bool, epsilon: Float
  ) throws(Fallback) -> DeviceCall {
    let shape = try view.required(0).shape
    guard shape.count >= 2 else { throw Fallback("no form for one axis") }
    let scales = perGroup ? groups : shape[1]
    guard groups > 0, shape[1] % groups == 0, try view.required(1).count == scales,
      try view.required(2).count == scales
    else { throw Fallback("no form for \(groups) groups of \(shape[1]) channels") }
    return DeviceCall(
      .file("group_norm"),
      [
        "BATCH": shape[0], "CHANNELS": shape[1], "SPATIAL": count(shape[2...]),
        "GROUPS": groups, "PER_GROUP": perGroup ? 1 : 0, "EPSILON": CText.literal(epsilon),
      ], reads: (0...2).map { view.operand($0) }, writes: [view.result()], width: 16,
      note: "\(shape[0] * groups) groups of \(count(shape[1...]) / groups)")
  }

  private func layer(
    _ view: OperationView, axis: Int, epsilon: Float
  ) throws(Fallback) -> DeviceCall {
    let shape = try view.required(0).shape
    let axis = try Fallback.of { () throws(GraphError) in
      try Axes.resolved(axis, rank: shape.count)
    }
    let length = count(shape[axis...])
    for index in 1...2 {
      guard let buffer = view.input(index) else { continue }
      guard plan.buffers[buffer].count == length,
        Broadcast.fits(plan.buffers[buffer].shape, into: shape)
      else { throw Fallback("input \(index) is repeated along the normalised axes") }
    }
    _ = try view.required(1)
    let rows = count(shape[..<axis])
    return DeviceCall(
      .file("layer_norm"),
      ["ROWS": rows, "LENGTH": length, "EPSILON": CText.literal(epsilon)],
      reads: (0...2).map { view.operand($0) }, writes: (0...2).map { view.result($0) },
      width: 16, note: "\(rows) rows of \(length)")
  }
}

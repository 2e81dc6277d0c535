import CKernels
import SluiceBackends
import SluiceGraph
import SluicePlanning

extension Lowering {
  mutating func normalization(
    _ view: OperationView, _ op: Operator
  ) throws(Fallback) -> [KernelCall] {
    for index in view.operation.inputs.indices where view.input(index) != nil {
      _ = try view.requiredFloat(index)
    }
    switch op {
    case .batchNormalization(let epsilon): return [try batch(view, epsilon: epsilon)]
    case .layerNormalization(let axis, let epsilon):
      return try layer(view, axis: axis, epsilon: epsilon)
    case .instanceNormalization(let epsilon):
      let channels = try view.required(1).count
      return [try group(view, groups: channels, perGroup: false, epsilon: epsilon)]
    case .groupNormalization(let groups, let epsilon, let perGroup):
      return [try group(view, groups: groups, perGroup: perGroup, epsilon: epsilon)]
    default: throw Fallback("it does not normalise")
    }
  }

  /// X as [N, C, everything else]; a vector has one channel a position.
  private func planes(_ view: OperationView) throws(Fallback) -> (Int, Int, Int) {
    let shape = try view.required(0).shape
    guard shape.count >= 2 else { throw Fallback("no kernel for one axis") }
    return (shape[0], shape[1], count(shape[2...]))
  }

  private func batch(_ view: OperationView, epsilon: Float) throws(Fallback) -> KernelCall {
    let (batch, channels, spatial) = try planes(view)
    for index in 1...4 {
      guard try view.required(index).count == channels else {
        throw Fallback("input \(index) does not hold one number a channel")
      }
    }
    let parameters = sluice_batch_norm_parameters(
      batch: Int64(batch), channels: Int64(channels), spatial: Int64(spatial), epsilon: epsilon)
    return unsafe KernelCall(
      vectors.batchNormalization, parameters, (0...4).map { view.operand($0) } + [view.result()])
  }

  private func group(
    _ view: OperationView, groups: Int, perGroup: Bool, epsilon: Float
  ) throws(Fallback) -> KernelCall {
    let (batch, channels, spatial) = try planes(view)
    let scales = perGroup ? groups : channels
    guard groups > 0, channels % groups == 0, try view.required(1).count == scales,
      try view.required(2).count == scales
    else { throw Fallback("no kernel for \(groups) groups of \(channels) channels") }
    let parameters = sluice_group_norm_parameters(
      batch: Int64(batch), channels: Int64(channels), spatial: Int64(spatial),
      groups: Int64(groups), per_group: perGroup ? 1 : 0, epsilon: epsilon)
    return unsafe KernelCall(
      vectors.groupNormalization, parameters, (0...2).map { view.operand($0) } + [view.result()])
  }

  private mutating func layer(
    _ view: OperationView, axis: Int, epsilon: Float
  ) throws(Fallback) -> [KernelCall] {
    let shape = try view.required(0).shape
    let axis = try Fallback.of { () throws(GraphError) in
      try Axes.resolved(axis, rank: shape.count)
    }
    let normalized = Array(shape[axis...])
    let length = count(normalized)
    for index in 1...2 {
      guard let buffer = view.input(index) else { continue }
      guard view.plan.buffers[buffer].count == length,
        Broadcast.fits(view.plan.buffers[buffer].shape, into: shape)
      else { throw Fallback("input \(index) is repeated along the normalised axes") }
    }
    _ = try view.required(1)
    let parameters = sluice_layer_norm_parameters(
      rows: Int64(count(shape[..<axis])), length: Int64(length), epsilon: epsilon)
    return unsafe [
      KernelCall(
        vectors.layerNormalization, parameters,
        (0...2).map { view.operand($0) } + [nil] + (0...2).map { view.result($0) })
    ]
  }
}

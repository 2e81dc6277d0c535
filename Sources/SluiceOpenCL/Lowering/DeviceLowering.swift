import SluiceBackends
import SluiceGraph
import SluicePlanning

/// Turns a plan into operator bodies for a device. What has no body refuses the plan.
struct DeviceLowering {
  let plan: Plan
  let form: DeviceForm
  /// Index and weight tables that operations bring along: tensors without a buffer.
  private(set) var tables: [Tensor] = []
  /// Bytes that each operation uses while it runs.
  private(set) var workspaceByteCounts: [Int] = []
  /// Bytes that the operation being lowered has asked for.
  private var workspaceTop = 0
  /// The calls of each operation of the plan.
  private(set) var calls: [[DeviceCall]] = []

  /// - Throws: `unsupported` with every operation that has no form on the device, and why.
  init(_ plan: Plan, form: DeviceForm) throws(BackendError) {
    self.plan = plan
    self.form = form
    var refused: [String] = []
    for operation in plan.operations {
      let view = OperationView(plan: plan, operation: operation)
      workspaceTop = 0
      do {
        try view.checkTypes()
        try checkSizes(view)
        calls.append(try calls(for: view))
      } catch {
        refused.append("\(operation.name) (\(operation.kind)): \(error.reason)")
      }
      workspaceByteCounts.append(workspaceTop)
    }
    guard refused.isEmpty else {
      throw BackendError(
        .unsupported,
        "the opencl backend does not run \(refused.joined(separator: "; ")). The cpu backend does.")
    }
  }

  /// An operand that holds `tensor`.
  mutating func table(_ tensor: Tensor) -> Operand {
    tables.append(tensor)
    return Operand(place: .table(tables.count - 1))
  }

  /// Memory for `count` elements of `size` bytes while the operation runs.
  mutating func reserve(_ count: Int, size: Int = 4) throws(Fallback) -> Operand {
    let bytes = try Fallback.product(count, size)
    let start = workspaceTop
    guard bytes < Self.addressLimit - start else {
      throw Fallback("its workspace is beyond 32-bit indices")
    }
    workspaceTop = start + (bytes + 63) / 64 * 64
    return .workspace(offset: start)
  }

  /// Bodies count in 32 bits.
  private static let addressLimit = Int(Int32.max)

  private func checkSizes(_ view: OperationView) throws(Fallback) {
    for buffer in (view.operation.inputs + view.operation.outputs).compactMap(\.self) {
      let value = plan.buffers[plan.place(of: buffer).root]
      guard max(value.byteCount, plan.buffers[buffer].byteCount) < Self.addressLimit else {
        throw Fallback("\(value.elementType)\(value.shape) is beyond 32-bit indices")
      }
      guard value.elementType != .float64 || form.hasDouble else {
        throw Fallback("the device does not compute in float64")
      }
    }
  }

  private mutating func calls(for view: OperationView) throws(Fallback) -> [DeviceCall] {
    let results = view.operation.outputs.compactMap(\.self)
    if results.allSatisfy({ plan.buffers[$0].count == 0 }) { return [] }
    return switch view.operation.action {
    case .node(let op): try node(view, op)
    case .product(let op, let activation): try product(of: view, op, activation)
    case .expression(let expression): [try self.expression(view, expression)]
    case .assembly(let pieces): try assembly(view, pieces)
    }
  }

  private mutating func product(
    of view: OperationView, _ op: Operator, _ activation: ProductActivation?
  ) throws(Fallback) -> [DeviceCall] {
    switch op {
    case .conv, .convTranspose: try convolution(view, op, activation)
    default: try product(view, op, activation)
    }
  }

  private mutating func node(
    _ view: OperationView, _ op: Operator
  ) throws(Fallback) -> [DeviceCall] {
    switch op {
    case .unary, .binary, .variadic, .prelu, .clip, .where, .cast:
      try elementwise(view, op)
    case .softmax, .logSoftmax, .reduce, .argMax, .topK, .cumSum, .globalAveragePool,
      .globalMaxPool:
      try lines(view, op)
    case .batchNormalization, .layerNormalization, .instanceNormalization, .groupNormalization:
      try normalization(view, op)
    case .gemm, .matMul, .conv, .convTranspose:
      try product(of: view, op, nil)
    case .maxPool(let pool): try maxPool(view, pool)
    case .averagePool(let pool): try averagePool(view, pool)
    case .gru, .lstm, .rnn:
      try recurrence(view, op)
    case .gather, .gatherElements, .scatterND:
      try indexing(view, op)
    case .resize(let resize):
      try resampling(view, resize)
    case .quantizeLinear, .dequantizeLinear:
      try quantization(view, op)
    case .reshape, .flatten, .squeeze, .unsqueeze, .identity, .transpose, .concat, .split, .slice,
      .expand, .tile, .pad, .shape, .size, .constantOfShape:
      try movement(view, op)
    case .range:
      throw Fallback("its bounds are not known before it runs")
    case .if:
      throw Fallback("its condition is not known before it runs")
    }
  }
}

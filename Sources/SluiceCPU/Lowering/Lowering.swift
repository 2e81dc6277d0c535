import CKernels
import SluiceBackends
import SluiceGraph
import SluicePlanning

/// Turns a plan into calls of C kernels. What has no kernel stays an operation of the reference
/// evaluator.
struct Lowering {
  /// What one operation became.
  enum Outcome {
    case kernels([KernelCall])
    case reference(reason: String)
  }

  let plan: Plan
  /// Index and weight tables that operations bring along: tensors without a buffer.
  private(set) var tables: [Tensor] = []
  /// Bytes that the most demanding operation uses while it runs.
  private(set) var workspaceByteCount = 0
  /// One per operation of the plan.
  private(set) var outcomes: [Outcome] = []

  init(_ plan: Plan) {
    self.plan = plan
    for operation in plan.operations {
      let view = OperationView(plan: plan, operation: operation)
      do {
        try view.checkTypes()
        outcomes.append(.kernels(try calls(for: view)))
      } catch {
        outcomes.append(.reference(reason: error.reason))
      }
    }
  }

  /// An operand that holds `tensor`.
  mutating func table(_ tensor: Tensor) -> Operand {
    tables.append(tensor)
    return Operand(place: .table(tables.count - 1))
  }

  /// Asks for `count` elements of `size` bytes while an operation runs.
  mutating func reserveWorkspace(_ count: Int, size: Int = 4) throws(Fallback) {
    let bytes = try Fallback.product(count, size)
    guard bytes < Int.max / 4 else { throw Fallback("its workspace is beyond any memory") }
    workspaceByteCount = max(workspaceByteCount, bytes)
  }

  private mutating func calls(for view: OperationView) throws(Fallback) -> [KernelCall] {
    let results = view.operation.outputs.compactMap(\.self)
    if results.allSatisfy({ plan.buffers[$0].count == 0 }) { return [] }
    return switch view.operation.operator {
    case .unary, .binary, .variadic, .prelu, .clip, .where, .cast:
      try elementwise(view)
    case .softmax, .logSoftmax, .reduce, .argMax, .topK, .cumSum, .globalAveragePool,
      .globalMaxPool:
      try lines(view)
    case .batchNormalization, .layerNormalization, .instanceNormalization, .groupNormalization:
      try normalization(view)
    case .gemm, .matMul:
      try product(view)
    case .conv, .convTranspose, .maxPool, .averagePool:
      try window(view)
    case .gru, .lstm, .rnn:
      try recurrence(view)
    case .gather, .gatherElements, .scatterND:
      try indexing(view)
    case .resize(let resize):
      try resampling(view, resize)
    case .quantizeLinear, .dequantizeLinear:
      try quantization(view)
    case .reshape, .flatten, .squeeze, .unsqueeze, .identity, .transpose, .concat, .split, .slice,
      .expand, .tile, .pad, .shape, .size, .constantOfShape:
      try movement(view)
    case .range:
      throw Fallback("its bounds are not known before it runs")
    case .if:
      throw Fallback("a branch has no kernel")
    }
  }
}

extension ElementType {
  /// The C kernels' name for the type.
  var kernelType: sluice_type {
    switch self {
    case .float32: SLUICE_F32
    case .float64: SLUICE_F64
    case .int8: SLUICE_I8
    case .uint8: SLUICE_U8
    case .int16: SLUICE_I16
    case .uint16: SLUICE_U16
    case .int32: SLUICE_I32
    case .uint32: SLUICE_U32
    case .int64: SLUICE_I64
    case .uint64: SLUICE_U64
    case .bool: SLUICE_BOOL
    }
  }
}

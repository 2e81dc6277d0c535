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
  /// The kernels of the instruction set in use.
  let vectors: VectorKernels
  /// OpenBLAS can be opened; asked for only where a product is large.
  var hasLibrary: Bool { sluice_library_open() == 0 }
  /// Streams that one pass of the weights may serve.
  let laneLimit: Int
  /// Index and weight tables that operations bring along: tensors without a buffer.
  private(set) var tables: [Tensor] = []
  /// Bytes that the most demanding operation uses while it runs.
  private(set) var workspaceByteCount = 0
  /// One per operation of the plan.
  private(set) var outcomes: [Outcome] = []

  init(_ plan: Plan, laneLimit: Int, vectors: VectorKernels) {
    self.plan = plan
    self.vectors = vectors
    self.laneLimit = laneLimit
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
    return switch view.operation.action {
    case .node(let op): try node(view, op)
    case .product(let op, let activation): try product(of: view, op, activation)
    case .expression(let expression): try self.expression(view, expression)
    case .assembly(let pieces): try assembly(view, pieces)
    }
  }

  private mutating func product(
    of view: OperationView, _ op: Operator, _ activation: ProductActivation?
  ) throws(Fallback) -> [KernelCall] {
    switch op {
    case .conv, .convTranspose: try convolution(view, op, activation)
    default: try product(view, op, activation)
    }
  }

  private mutating func node(
    _ view: OperationView, _ op: Operator
  ) throws(Fallback) -> [KernelCall] {
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
    case .maxPool, .averagePool:
      try window(view, op)
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

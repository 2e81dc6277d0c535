/// What a node computes. Input and output forms are those of the newest ONNX opset where one exists
/// (so reduction axes, slice bounds and clip limits are inputs): importers lift older attribute forms
/// into constants. Where our convention differs from ONNX the case says so.
///
/// Source: ONNX operator specification, opset 25, https://onnx.ai/onnx/operators/.
public indirect enum Operator: Sendable, Hashable {
  // MARK: Recurrences. Inputs and weight layout: see `Recurrence`.

  /// Gates r, z, n; see `GRU`.
  case gru(GRU)
  /// Gates i, f, g, o; see `LSTM`.
  case lstm(LSTM)
  /// One gate; see `RNN`.
  case rnn(RNN)

  // MARK: Products

  /// `alpha · A' B' + beta · C`; inputs A, B, C?.
  case gemm(Gemm)
  /// Batched matrix product with NumPy broadcasting; inputs A, B.
  case matMul
  /// Inputs X `[N, C, spatial…]`, W `[M, C/groups, kernel…]`, B? `[M]`.
  case conv(Convolution)
  /// Inputs X `[N, C, spatial…]`, W `[C, M/groups, kernel…]`, B? `[M]`.
  case convTranspose(TransposedConvolution)

  // MARK: Normalisation

  /// Inference form; inputs X `[N, C, …]`, scale, bias, mean, variance, each `[C]`.
  case batchNormalization(epsilon: Float)
  /// Inputs X, scale, bias?; outputs Y, mean?, inverse standard deviation?.
  case layerNormalization(axis: Int, epsilon: Float)
  /// Inputs X `[N, C, …]`, scale `[C]`, bias `[C]`.
  case instanceNormalization(epsilon: Float)
  /// Inputs X `[N, C, …]`, scale, bias: `[C]`, or `[groups]` when `perGroup` (opset 18–20).
  case groupNormalization(groups: Int, epsilon: Float, perGroup: Bool)

  // MARK: Pooling

  /// Input X `[N, C, spatial…]`; outputs Y, and optionally the flat indices of the maxima (int64).
  case maxPool(Pool)
  /// Input X `[N, C, spatial…]`.
  case averagePool(Pool)
  /// Mean over all spatial axes, kept as 1.
  case globalAveragePool
  /// Maximum over all spatial axes, kept as 1.
  case globalMaxPool

  // MARK: Element by element

  case unary(UnaryOperator)
  /// Two inputs, NumPy broadcasting.
  case binary(BinaryOperator)
  /// One or more inputs, NumPy broadcasting.
  case variadic(VariadicOperator)
  /// Inputs X, slope (broadcast to X): x < 0 ? slope · x : x.
  case prelu
  /// Inputs X, minimum? (scalar), maximum? (scalar): min(max(x, minimum), maximum).
  case clip
  /// Inputs condition (bool), A, B: NumPy broadcasting.
  case `where`
  /// exp(x − max) / Σ over one axis.
  case softmax(axis: Int)
  /// x − max − log Σ exp(x − max) over one axis.
  case logSoftmax(axis: Int)

  // MARK: Reductions and scans

  /// Inputs X, axes? (int64 `[k]`).
  case reduce(Reduction)
  /// Output int64.
  case argMax(axis: Int, keepDimensions: Bool, selectLastIndex: Bool)
  /// Inputs X, k (int64 `[1]`); outputs values, indices (int64).
  case topK(axis: Int, largest: Bool, sorted: Bool)
  /// Inputs X, axis (int scalar).
  case cumSum(exclusive: Bool, reverse: Bool)

  // MARK: Movement

  /// Inputs X, target (int64): 0 copies a dimension unless `allowZero`, −1 is inferred.
  case reshape(allowZero: Bool)
  /// To two axes, split before `axis`.
  case flatten(axis: Int)
  /// Output axis i is input axis `permutation[i]`; empty reverses the axes.
  case transpose(permutation: [Int])
  /// Inputs X, axes? (int64): all axes of size 1 if absent.
  case squeeze
  /// Inputs X, axes (int64) of the output.
  case unsqueeze
  /// One or more inputs.
  case concat(axis: Int)
  /// Inputs X, sizes? (int64); without sizes, equal parts for the number of outputs (the last one
  /// smaller when it does not divide).
  case split(axis: Int)
  /// Inputs X, starts, ends, axes?, steps? (int32 or int64).
  case slice
  /// Inputs X, indices (int32 or int64, negative counts from the end).
  case gather(axis: Int)
  /// Inputs X, indices of X's rank.
  case gatherElements(axis: Int)
  /// Inputs X, indices (int64), updates.
  case scatterND(ScatterReduction)
  /// Inputs X, target (int64), broadcast both ways.
  case expand
  /// Inputs X, repeats (int64).
  case tile
  /// Inputs X, pads (int64: begins then ends), value? (scalar), axes?.
  case pad(PadMode)
  /// Inputs X, region? (float), scales? (float), sizes? (int64).
  case resize(Resize)

  // MARK: Shapes and constants

  /// Output int64: the dimensions in `start..<end` (negative counts from the end, nil is the rank).
  case shape(start: Int, end: Int?)
  /// Output int64 scalar: the number of elements.
  case size
  /// Inputs start, limit, delta (scalars of one type).
  case range
  /// Input the shape (int64); the value's one element fills it.
  case constantOfShape(Tensor)
  case cast(ElementType)
  case identity

  // MARK: Quantisation

  /// Inputs X, scale, zero point?; output of `type`.
  case quantizeLinear(Quantization, type: ElementType)
  /// Inputs X, scale, zero point?.
  case dequantizeLinear(Quantization)

  // MARK: Control

  /// Inputs condition (bool, one element), then the captures of `then`, then those of `else`.
  case `if`(then: Branch, else: Branch)
}

/// One branch of `if`. Identity is by reference: two branches are equal if they are the same one.
public final class Branch: Sendable, Hashable {
  /// What runs. Its captures are the values of the surrounding graph it reads; the node lists them
  /// among its inputs as well, so that order and liveness need no special case.
  public let subgraph: Subgraph

  public init(_ subgraph: Subgraph) { self.subgraph = subgraph }

  public static func == (a: Branch, b: Branch) -> Bool { a === b }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

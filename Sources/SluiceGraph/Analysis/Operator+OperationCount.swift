extension Operator {
  /// Floating-point operations of one run: a multiply-add in a product counts 2, any other operator
  /// counts what its elements need, and moving data counts 0. A `Double`, so that nothing overflows.
  ///
  /// - Parameters:
  ///   - inputs: the shapes in the operator's order, nil where absent.
  ///   - output: the shape of the first output that is used; nil if none is.
  public func operationCount(inputs: [[Int]?], output: [Int]?) -> Double {
    func shape(_ index: Int) -> [Int] { index < inputs.count ? inputs[index] ?? [] : [] }
    let read = Operator.count(shape(0))
    let written = output.map { Operator.count($0) } ?? 0
    switch self {
    case .gru(let gru): return Operator.count(gru.recurrence, gates: 3, input: shape(0))
    case .lstm(let lstm): return Operator.count(lstm.recurrence, gates: 4, input: shape(0))
    case .rnn(let rnn): return Operator.count(rnn.recurrence, gates: 1, input: shape(0))
    case .gemm(let gemm):
      return 2 * written * Double((gemm.transposeA ? shape(0).first : shape(0).last) ?? 0)
    case .matMul: return 2 * written * Double(shape(0).last ?? 0)
    // An output element, or an input element if transposed, meets all weights but the first axis.
    case .conv: return 2 * written * Operator.count(Array(shape(1).dropFirst()))
    case .convTranspose: return 2 * read * Operator.count(Array(shape(1).dropFirst()))
    case .maxPool(let pool), .averagePool(let pool): return written * Operator.count(pool.kernel)
    case .globalAveragePool, .globalMaxPool, .reduce, .argMax, .topK, .cumSum: return read
    case .batchNormalization: return 2 * written
    case .layerNormalization, .instanceNormalization, .groupNormalization: return 6 * written
    case .softmax, .logSoftmax, .resize: return 4 * written
    case .variadic: return written * Double(max(inputs.count - 1, 1))
    case .unary, .binary, .prelu, .clip, .where, .quantizeLinear, .dequantizeLinear: return written
    case .reshape, .flatten, .transpose, .squeeze, .unsqueeze, .concat, .split, .slice, .gather,
      .gatherElements, .scatterND, .expand, .tile, .pad, .shape, .size, .range, .constantOfShape,
      .cast, .identity, .if:
      return 0
    }
  }

  /// Both products and about 4 operations a gate and unit, for every step, row and direction.
  private static func count(_ recurrence: Recurrence, gates: Double, input: [Int]) -> Double {
    guard input.count == 3 else { return 0 }
    let units = Double(recurrence.hiddenSize)
    let perRow = gates * units * (2 * (Double(input[2]) + units) + 4)
    return Double(input[0]) * Double(input[1]) * Double(recurrence.direction.count) * perRow
  }

  private static func count(_ shape: [Int]) -> Double { shape.reduce(1) { $0 * Double($1) } }
}

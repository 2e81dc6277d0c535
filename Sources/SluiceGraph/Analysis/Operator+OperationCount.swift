extension Operator {
  /// Arithmetic operations of one run: two per multiplication with addition in products and
  /// recurrences, one per window element in pools, one per input element in reductions and
  /// normalisations, one per output element elsewhere. `Int.max` where it does not fit.
  ///
  /// - Parameters:
  ///   - inputs: the shapes, nil where absent.
  ///   - outputs: the shapes of all outputs, used or not.
  public func operationCount(inputs: [[Int]?], outputs: [[Int]]) -> Int {
    func shape(_ index: Int) -> [Int] { index < inputs.count ? inputs[index] ?? [] : [] }
    func count(_ shape: [Int]) -> Int { product(shape) }
    let output = outputs.first.map { product($0) } ?? 0
    switch self {
    case .gru(let gru): return recurrence(gru.recurrence, gates: 3, input: shape(0))
    case .lstm(let lstm): return recurrence(lstm.recurrence, gates: 4, input: shape(0))
    case .rnn(let rnn): return recurrence(rnn.recurrence, gates: 1, input: shape(0))
    case .matMul: return product([2, output, shape(0).last ?? 1])
    case .gemm(let gemm):
      let a = shape(0)
      return product([2, output, (gemm.transposeA ? a.first : a.last) ?? 1])
    case .conv: return product([2, output] + shape(1).dropFirst())
    case .convTranspose: return product([2, count(shape(0))] + shape(1).dropFirst())
    case .maxPool(let pool), .averagePool(let pool): return product([output] + pool.kernel)
    case .reduce, .argMax, .topK, .globalAveragePool, .globalMaxPool, .softmax, .logSoftmax,
      .batchNormalization, .layerNormalization, .instanceNormalization, .groupNormalization:
      return max(output, count(shape(0)))
    case .variadic: return product([output, inputs.count])
    case .reshape, .flatten, .squeeze, .unsqueeze, .identity, .shape, .size, .if: return 0
    default: return output
    }
  }

  private func recurrence(_ recurrence: Recurrence, gates: Int, input: [Int]) -> Int {
    guard input.count == 3 else { return 0 }
    let depth = input[2].addingReportingOverflow(recurrence.hiddenSize)
    guard !depth.overflow else { return Int.max }
    return product([
      2, input[0], input[1], recurrence.direction.count, gates, recurrence.hiddenSize,
      depth.partialValue,
    ])
  }

  private func product(_ factors: [Int]) -> Int {
    Tensor.elementCount(of: factors) ?? Int.max
  }
}

import SluiceGraph

/// An operator with inputs that fit it.
struct WorkingCall {
  var op: Operator
  var inputs: [Tensor?]
  var outputCount = 1

  init(_ op: Operator, _ inputs: [Tensor?], outputs: Int = 1) {
    self.op = op
    self.inputs = inputs
    outputCount = outputs
  }

  private static func floats(_ shape: Int...) -> Tensor {
    let count = shape.reduce(1, *)
    return Tensor((0..<count).map { Float($0 % 7) / 3 - 1 }, shape: shape)
  }

  private static func integers(_ values: Int64...) -> Tensor { Tensor(values) }

  private static let x = floats(2, 3, 4)

  static let all = recurrences + products + windows + elements + movements + reductions + others

  private static let recurrences: [WorkingCall] = {
    func inputs(_ gates: Int) -> [Tensor?] {
      [
        floats(3, 2, 2), floats(1, gates * 3, 2), floats(1, gates * 3, 3),
        floats(1, 2 * gates * 3), Tensor([3, 1] as [Int32]), floats(1, 2, 3),
      ]
    }
    let recurrence = Recurrence(hiddenSize: 3)
    return [
      WorkingCall(.gru(GRU(recurrence, resetAfter: true)), inputs(3), outputs: 2),
      WorkingCall(
        .lstm(LSTM(recurrence)), inputs(4) + [floats(1, 2, 3), floats(1, 9)], outputs: 3),
      WorkingCall(.rnn(RNN(recurrence)), inputs(1), outputs: 2),
    ]
  }()

  private static let products = [
    WorkingCall(.gemm(Gemm()), [floats(2, 3), floats(3, 4), floats(4)]),
    WorkingCall(.matMul, [x, floats(4, 2)]),
    WorkingCall(.matMul, [integers(1, 2), integers(3, 4)]),
  ]

  private static let windows: [WorkingCall] = {
    let image = floats(1, 2, 4, 5)
    let channels = [floats(2), floats(2)]
    return [
      WorkingCall(.conv(Convolution()), [image, floats(3, 2, 2, 2), floats(3)]),
      WorkingCall(.conv(Convolution(padding: .sameUpper)), [floats(1, 2, 6), floats(3, 2, 3)]),
      WorkingCall(
        .convTranspose(TransposedConvolution(Convolution())),
        [image, floats(2, 3, 2, 2), floats(3)]),
      WorkingCall(.maxPool(Pool(kernel: [2, 2])), [image], outputs: 2),
      WorkingCall(.averagePool(Pool(kernel: [2, 3])), [image]),
      WorkingCall(.globalAveragePool, [image]), WorkingCall(.globalMaxPool, [image]),
      WorkingCall(
        .batchNormalization(epsilon: 1e-5), [image] + channels + channels),
      WorkingCall(.layerNormalization(axis: -1, epsilon: 1e-5), [image, floats(5)], outputs: 3),
      WorkingCall(.instanceNormalization(epsilon: 1e-5), [image] + channels),
      WorkingCall(
        .groupNormalization(groups: 2, epsilon: 1e-5, perGroup: false), [image] + channels),
    ]
  }()

  private static let elements: [WorkingCall] = {
    let one = floats(3, 1)
    let mask = Tensor([true, false, true], shape: [3, 1])
    return [
      WorkingCall(.unary(.sigmoid), [x]), WorkingCall(.unary(.not), [mask]),
      WorkingCall(.unary(.abs), [integers(-1, 2)]), WorkingCall(.unary(.sign), [x]),
      WorkingCall(.prelu, [x, one]), WorkingCall(.clip, [x, floats(), floats()]),
      WorkingCall(.where, [mask, x, one]), WorkingCall(.softmax(axis: 1), [x]),
      WorkingCall(.logSoftmax(axis: -1), [x]), WorkingCall(.binary(.and), [mask, mask]),
      WorkingCall(.binary(.pow), [integers(2, 3), integers(-1, 4)]),
      WorkingCall(.binary(.div), [integers(2, 3), integers(2)]),
    ]
      + BinaryOperator.allCases.filter { $0 != .and && $0 != .or }.map {
        WorkingCall(.binary($0), [x, one])
      } + VariadicOperator.allCases.map { WorkingCall(.variadic($0), [x, one, floats(4)]) }
  }()

  private static let movements: [WorkingCall] = {
    let index = integers(0, 1)
    let none: Tensor? = nil
    return [
      WorkingCall(.reshape(allowZero: false), [x, integers(0, -1)]),
      WorkingCall(.flatten(axis: 1), [x]), WorkingCall(.transpose(permutation: [2, 0, 1]), [x]),
      WorkingCall(.squeeze, [floats(1, 3), integers(0)]),
      WorkingCall(.unsqueeze, [x, integers(0, -1)]),
      WorkingCall(.concat(axis: 1), [x, floats(2, 1, 4)]),
      WorkingCall(.split(axis: 2), [x, integers(1, 3)], outputs: 2),
      WorkingCall(
        .slice, [x, integers(0, 1), integers(2, 3), integers(0, 2), integers(1, 2)]),
      WorkingCall(.gather(axis: 1), [x, index]),
      WorkingCall(.gatherElements(axis: 0), [floats(3), index]),
      WorkingCall(
        .scatterND(.add), [floats(3), Tensor([1, 2] as [Int64], shape: [2, 1]), floats(2)]),
      WorkingCall(
        .scatterND(.none), [floats(3), Tensor([1, 2] as [Int64], shape: [2, 1]), floats(2)]),
      WorkingCall(.expand, [floats(3, 1), integers(2, 1, 4)]),
      WorkingCall(.tile, [floats(2, 3), integers(2, 2)]),
      WorkingCall(.pad(.constant), [x, integers(0, 1, 2, 0, 1, 0), floats()]),
      WorkingCall(.pad(.reflect), [x, integers(0, 1, 2, 0, 1, 0)]),
      WorkingCall(.pad(.wrap), [x, integers(1, 2), none, integers(1)]),
      WorkingCall(.resize(Resize()), [floats(1, 1, 4), none, none, integers(1, 1, 7)]),
      WorkingCall(.resize(Resize()), [floats(1, 4), none, Tensor([1, 2] as [Float])]),
    ]
  }()

  private static let reductions: [WorkingCall] =
    Reduction.Kind.allCases.map { WorkingCall(.reduce(Reduction($0)), [x, integers(1, -1)]) } + [
      WorkingCall(.argMax(axis: 1, keepDimensions: false, selectLastIndex: true), [x]),
      WorkingCall(.topK(axis: 1, largest: true, sorted: true), [x, integers(2)], outputs: 2),
      WorkingCall(.cumSum(exclusive: true, reverse: true), [x, Tensor(scalar: Int64(1))]),
    ]

  private static let others: [WorkingCall] = {
    let scalars = [1, 7, 2].map { Tensor(scalar: Int64($0)) }
    let levels = Tensor([1, 2, 3, 4, 5, 6] as [Int8], shape: [2, 3])
    let zeros = Tensor([0, 1] as [Int8])
    return [
      WorkingCall(.shape(start: 0, end: nil), [x]), WorkingCall(.size, [x]),
      WorkingCall(.range, scalars), WorkingCall(.cast(.int16), [x]), WorkingCall(.identity, [x]),
      WorkingCall(.constantOfShape(Tensor([1] as [Float])), [integers(2, 3)]),
      WorkingCall(
        .quantizeLinear(Quantization(axis: 0), type: .int8), [floats(2, 3), floats(2), zeros]),
      WorkingCall(.dequantizeLinear(Quantization(axis: 0)), [levels, floats(2), zeros]),
      WorkingCall(
        .dequantizeLinear(Quantization(axis: 1, blockSize: 2)), [levels, floats(2, 2)]),
    ]
  }()
}

import SluiceGraph
import SluiceTestSupport

/// Operators with attributes that need not fit each other, nor any input.
struct HostileAttributes {
  private var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  /// One or more of every operator that has attributes.
  mutating func operators() -> [Operator] {
    recurrences() + windows() + movements() + reductions()
  }

  private mutating func int(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  /// Mostly −3 to 5, sometimes at the edge of what an integer holds.
  mutating func number() -> Int {
    switch int(0...29) {
    case 0: .max
    case 1: .min
    case 2: 1 << 40
    default: int(-3...5)
    }
  }

  private mutating func numbers() -> [Int] { (0..<int(0...4)).map { _ in number() } }

  private mutating func elementType() -> ElementType {
    int(0...2) > 0 ? .float32 : ElementType.allCases.randomElement(using: &random) ?? .float32
  }

  private mutating func recurrences() -> [Operator] {
    let directions: [Recurrence.Direction] = [.forward, .reverse, .bidirectional]
    let recurrence = Recurrence(
      hiddenSize: number(), direction: directions.randomElement(using: &random) ?? .forward,
      clip: Bool.random(using: &random) ? 0.5 : nil)
    return [
      .gru(GRU(recurrence, resetAfter: Bool.random(using: &random))), .lstm(LSTM(recurrence)),
      .rnn(RNN(recurrence)), .rnn(RNN(recurrence, activations: [])),
    ]
  }

  private mutating func windows() -> [Operator] {
    let paddings: [WindowPadding] = [
      .valid, .sameLower, .sameUpper, .explicit(begin: numbers(), end: numbers()),
    ]
    let padding = paddings.randomElement(using: &random) ?? .valid
    let convolution = Convolution(
      groups: number(), strides: numbers(), dilations: numbers(), padding: padding)
    let plain = Convolution(padding: padding)
    let pool = Pool(
      kernel: numbers(), strides: numbers(), dilations: [], padding: padding,
      ceilMode: Bool.random(using: &random), countIncludePad: Bool.random(using: &random),
      columnMajorIndices: Bool.random(using: &random))
    return [
      .conv(convolution), .conv(plain), .convTranspose(TransposedConvolution(convolution)),
      .convTranspose(TransposedConvolution(plain, outputPadding: numbers())),
      .convTranspose(TransposedConvolution(plain, outputShape: numbers())), .maxPool(pool),
      .averagePool(pool), .globalAveragePool, .globalMaxPool,
      .batchNormalization(epsilon: 1e-5), .instanceNormalization(epsilon: 0),
      .layerNormalization(axis: number(), epsilon: 1e-5),
      .groupNormalization(groups: number(), epsilon: 1e-5, perGroup: Bool.random(using: &random)),
    ]
  }

  private mutating func movements() -> [Operator] {
    let modes: [PadMode] = [.constant, .reflect, .edge, .wrap]
    var resize = Resize()
    resize.mode = [.nearest, .linear, .cubic].randomElement(using: &random) ?? .nearest
    resize.coordinates = Bool.random(using: &random) ? .tfCropAndResize : .alignCorners
    resize.antialias = Bool.random(using: &random)
    resize.excludeOutside = Bool.random(using: &random)
    resize.axes = Bool.random(using: &random) ? nil : numbers()
    return [
      .reshape(allowZero: Bool.random(using: &random)), .flatten(axis: number()),
      .transpose(permutation: numbers()), .transpose(permutation: []), .squeeze, .unsqueeze,
      .concat(axis: number()), .split(axis: number()), .slice, .gather(axis: number()),
      .gatherElements(axis: number()), .scatterND(.none), .scatterND(.add), .expand, .tile,
      .pad(modes.randomElement(using: &random) ?? .constant), .resize(resize),
      .shape(start: number(), end: Bool.random(using: &random) ? nil : number()), .size, .range,
      .constantOfShape(Tensor(zeros: elementType(), shape: [int(0...2)])), .cast(elementType()),
      .quantizeLinear(
        Quantization(axis: number(), blockSize: number()), type: elementType()),
      .dequantizeLinear(Quantization(axis: number(), blockSize: number())),
    ]
  }

  private mutating func reductions() -> [Operator] {
    let kind = Reduction.Kind.allCases.randomElement(using: &random) ?? .sum
    return [
      .reduce(Reduction(kind, keepDimensions: Bool.random(using: &random))),
      .argMax(axis: number(), keepDimensions: Bool.random(using: &random), selectLastIndex: true),
      .topK(axis: number(), largest: Bool.random(using: &random), sorted: true),
      .cumSum(exclusive: Bool.random(using: &random), reverse: Bool.random(using: &random)),
      .softmax(axis: number()), .logSoftmax(axis: number()),
    ]
  }
}

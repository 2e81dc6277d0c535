import SluiceGraph
import SluiceTestSupport

/// A random operator with inputs that fit it, or with numbers that a hostile file may hold.
struct RandomCall {
  var op: Operator = .identity
  /// nil where absent.
  var shapes: [[Int]?] = []
  /// Shape-deciding inputs.
  var constants: [Int: Tensor] = [:]
  /// Element types other than float32.
  var types: [Int: ElementType] = [:]
  var outputCount = 1
  private var random: SeededGenerator
  /// Every number is drawn from the extremes.
  private let isHostile: Bool

  init(seed: UInt64, isHostile: Bool = false) {
    random = SeededGenerator(seed: seed)
    self.isHostile = isHostile
    switch Int.random(in: 0..<15, using: &random) {
    case 0: makeBroadcast()
    case 1: makeMatMul()
    case 2: makeConvolution()
    case 3: makeTransposed()
    case 4: makePool()
    case 5: makeReduction()
    case 6: makeReshape()
    case 7: makeAxes()
    case 8: makeJoin()
    case 9: makeSlice()
    case 10: makeGather()
    case 11: makeRepeat()
    case 12: makePad()
    case 13: makeResize()
    default: makeRecurrence()
    }
  }

  var valueTypes: [ValueType?] {
    shapes.enumerated().map { index, shape in
      shape.map { ValueType(types[index] ?? .float32, Shape($0)) }
    }
  }

  // MARK: Numbers

  private mutating func number(_ range: ClosedRange<Int>) -> Int {
    guard isHostile, Bool.random(using: &random) else {
      return Int.random(in: range, using: &random)
    }
    let extremes = [Int.min, Int.min + 1, -(1 << 40), -1, 0, 1, 1 << 31, 1 << 40, 1 << 62, .max]
    return extremes.randomElement(using: &random) ?? 0
  }

  private mutating func numbers(_ count: Int, _ range: ClosedRange<Int>) -> [Int] {
    (0..<count).map { _ in number(range) }
  }

  /// Sizes are never negative in a type: importers refuse those.
  private mutating func sizes(_ count: Int, _ range: ClosedRange<Int>) -> [Int] {
    numbers(count, range).map { max($0, 0) }
  }

  private mutating func flag() -> Bool { Bool.random(using: &random) }

  private mutating func addVector(_ values: [Int]) {
    constants[shapes.count] = Tensor(values.map { Int64($0) })
    types[shapes.count] = .int64
    shapes.append([values.count])
  }

  private mutating func padding(_ rank: Int) -> WindowPadding {
    switch number(0...3) {
    case 0: .valid
    case 1: .sameUpper
    case 2: .sameLower
    default: .explicit(begin: numbers(rank, 0...3), end: numbers(rank, 0...3))
    }
  }

  // MARK: Families

  private mutating func makeBroadcast() {
    let full = sizes(3, 1...4)
    let part = full.map { flag() ? $0 : 1 }
    shapes = [full, Array(part.dropFirst(flag() ? 1 : 0))]
    op = .binary(.add)
  }

  private mutating func makeMatMul() {
    let shape = sizes(5, 1...4)
    shapes = [[shape[0], shape[1], shape[2]], [shape[2], shape[3]]]
    op = .matMul
  }

  private mutating func makeConvolution() {
    let rank = Int.random(in: 1...2, using: &random)
    shapes = [[2, 4] + sizes(rank, 12...20), [6, 2] + sizes(rank, 1...3), [6]]
    op = .conv(
      Convolution(
        groups: isHostile ? number(1...2) : 2, strides: numbers(rank, 1...3),
        dilations: numbers(rank, 1...3), padding: padding(rank)))
  }

  private mutating func makeTransposed() {
    shapes = [[2, 4] + sizes(1, 6...12), [4, 3] + sizes(1, 1...4)]
    let convolution = Convolution(
      groups: 2, strides: numbers(1, 1...3), dilations: numbers(1, 1...3), padding: padding(1))
    op = .convTranspose(
      TransposedConvolution(
        convolution, outputPadding: numbers(1, 0...1), outputShape: flag() ? nil : numbers(1, 5...9)
      ))
  }

  private mutating func makePool() {
    shapes = [[2, 4] + sizes(2, 8...16)]
    let pool = Pool(
      kernel: numbers(2, 1...4), strides: numbers(2, 1...3), dilations: numbers(2, 1...2),
      padding: padding(2), ceilMode: flag())
    op = flag() ? .maxPool(pool) : .averagePool(pool)
  }

  private mutating func makeReduction() {
    shapes = [sizes(3, 1...5)]
    switch number(0...2) {
    case 0:
      addVector(numbers(1, -3...2))
      op = .reduce(Reduction(.mean, keepDimensions: flag()))
    case 1:
      op = .argMax(axis: number(-3...2), keepDimensions: flag(), selectLastIndex: false)
    default:
      addVector(numbers(1, 1...1))
      op = .topK(axis: number(-3...2), largest: true, sorted: true)
      outputCount = 2
    }
  }

  private mutating func makeReshape() {
    let shape = sizes(4, 1...4)
    shapes = [shape]
    let pair = shape[1].multipliedReportingOverflow(by: shape[2]).partialValue
    let targets = [
      [0, 0, -1], [-1, shape[3]], [shape[0], pair, shape[3]], [0, -1, shape[3]], [-1],
      numbers(3, -1...4),
    ]
    // The last one rarely fits: for hostile calls only.
    addVector(targets[Int.random(in: 0..<(isHostile ? 6 : 5), using: &random)])
    op = .reshape(allowZero: isHostile && flag())
  }

  private mutating func makeAxes() {
    shapes = [sizes(2, 2...4) + [1]]
    switch number(0...3) {
    case 0:
      op = .transpose(permutation: isHostile ? numbers(3, 0...2) : [2, 0, 1])
    case 1:
      addVector(numbers(1, 2...2))
      op = .squeeze
    case 2:
      addVector(numbers(1, -4...3))
      op = .unsqueeze
    default: op = .flatten(axis: number(-3...3))
    }
  }

  private mutating func makeJoin() {
    let shape = sizes(3, 1...5)
    shapes = [shape, shape]
    op = .concat(axis: number(-3...2))
    if flag() {
      shapes = [shape]
      op = .split(axis: number(-3...2))
    }
  }

  private mutating func makeSlice() {
    shapes = [sizes(2, 9...12)]
    addVector(numbers(2, -4...4))
    addVector(numbers(2, 4...7).map { flag() ? $0 : -1 })
    addVector(isHostile ? numbers(2, 0...1) : [0, 1])
    addVector(numbers(2, 1...3))
    op = .slice
  }

  private mutating func makeGather() {
    shapes = [sizes(3, 2...5)]
    if flag() {
      addVector(numbers(2, -2...1))
      op = .gather(axis: number(-3...2))
    } else {
      types[1] = .int64
      shapes.append(sizes(2, 1...4))
      op = .gather(axis: number(-3...2))
    }
  }

  private mutating func makeRepeat() {
    let shape = sizes(2, 1...4)
    shapes = [shape]
    if flag() {
      addVector(numbers(2, 0...3))
      op = .tile
    } else {
      addVector(numbers(1, 1...3) + (isHostile ? numbers(2, 1...3) : shape))
      op = .expand
    }
  }

  private mutating func makePad() {
    shapes = [sizes(2, 4...8)]
    addVector(numbers(4, -1...3))
    op = .pad([PadMode.constant, .reflect, .edge, .wrap].randomElement(using: &random) ?? .wrap)
  }

  private mutating func makeResize() {
    shapes = [sizes(2, 1...8), nil]
    types[2] = .float32
    if flag() {
      constants[2] = Tensor(numbers(2, 1...3).map { Float($0) / (flag() ? 1 : 2) })
      shapes.append([2])
    } else {
      shapes.append(nil)
      addVector(numbers(2, 1...9))
    }
    var resize = Resize()
    resize.aspectRatio = isHostile && flag() ? .notLarger : .stretch
    op = .resize(resize)
  }

  private mutating func makeRecurrence() {
    let units = isHostile ? number(1...4) : 4
    let shape = sizes(3, 1...5)
    let stacked = isHostile ? number(1...12) : 12
    shapes = [shape, [1, max(stacked, 0), shape[2]], [1, max(stacked, 0), max(units, 0)]]
    op = .gru(GRU(Recurrence(hiddenSize: units), resetAfter: true))
    outputCount = 2
  }
}

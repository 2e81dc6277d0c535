/// What one node does to the axes of its inputs: the axis side of every operator's streaming rule.
struct AxisRule {
  let node: Node
  let inputs: [AxisLayout?]
  let outputShapes: [[Int]]
  let constants: [Tensor?]

  /// One per output of the node.
  var outputs: [AxisLayout]
  /// Tags that the node shows to be one axis.
  var united: [(AxisTag, AxisTag)] = []
  /// Axes the node computes across.
  var crossings: [(AxisTracking.Crossing.Kind, Set<AxisTag>)] = []
  /// Tags that are rightly gone: one entry was selected.
  var dropped = Set<AxisTag>()

  init(node: Node, inputs: [AxisLayout?], outputShapes: [[Int]], constants: [Tensor?]) {
    self.node = node
    self.inputs = inputs
    self.outputShapes = outputShapes
    self.constants = constants
    outputs = outputShapes.map { AxisLayout(plain: $0) }
  }

  mutating func apply() {
    switch node.operator {
    case .gru, .lstm, .rnn: recurrence()
    case .gemm(let gemm): product(transposeA: gemm.transposeA, transposeB: gemm.transposeB)
    case .matMul: product(transposeA: false, transposeB: false)
    case .conv, .convTranspose: window(mixesChannels: true)
    case .maxPool, .averagePool: window(mixesChannels: false)
    case .globalAveragePool, .globalMaxPool: reduce(axes: Set(2..<max(2, rank)), keep: true)
    case .instanceNormalization: crossSame(axes: Array(2..<max(2, rank)))
    case .groupNormalization: crossSame(axes: Array(1..<max(1, rank)))
    case .layerNormalization(let axis, _): layerNormalization(normalised(axis))
    case .batchNormalization, .quantizeLinear, .dequantizeLinear: same()
    case .unary, .cast, .identity, .clip: same()
    case .binary, .variadic, .prelu, .where: broadcast()
    case .softmax(let axis), .logSoftmax(let axis): crossSame(axes: [normalised(axis)])
    case .cumSum: cumulativeSum()
    case .reduce(let reduction): reduce(reduction)
    case .argMax(let axis, let keep, _): reduce(axes: [normalised(axis)], keep: keep)
    case .topK(let axis, _, _): topK(normalised(axis))
    default: movement()
    }
  }

  /// The first input's layout.
  var first: AxisLayout { inputs.first.flatMap { $0 } ?? AxisLayout(plain: []) }
  var rank: Int { first.axes.count }
  func normalised(_ axis: Int) -> Int { axis < 0 ? axis + rank : axis }
  func tags(_ axes: some Sequence<Int>, of layout: AxisLayout) -> Set<AxisTag> {
    axes.filter(layout.axes.indices.contains)
      .reduce(into: []) { $0.formUnion(layout.tags(ofAxis: $1)) }
  }

  /// Every output lies as the first input does.
  mutating func same() {
    for position in outputs.indices where outputShapes[position] == first.shape {
      outputs[position] = first
    }
  }

  /// Likewise, though entries along `axes` depend on each other.
  mutating func crossSame(axes: [Int]) {
    same()
    crossings.append((.reduction, tags(axes, of: first)))
  }

  /// NumPy broadcasting of all inputs, aligned at the last axis.
  mutating func broadcast() {
    outputs[0] = merged(inputs.compactMap { $0 }, into: outputShapes[0])
  }

  /// Axes that lie on top of each other are one axis; size 1 gives way.
  mutating func merged(_ layouts: [AxisLayout], into shape: [Int]) -> AxisLayout {
    var result = AxisLayout(plain: shape)
    for axis in shape.indices {
      for layout in layouts {
        let own = axis - (shape.count - layout.axes.count)
        guard own >= 0, AxisLayout.size(of: layout.axes[own]) == shape[axis] else { continue }
        result.axes[axis] = united(result.axes[axis], layout.axes[own])
      }
    }
    return result
  }

  /// Two descriptions of one axis: tags in the same place become one.
  private mutating func united(
    _ a: [AxisLayout.Factor], _ b: [AxisLayout.Factor]
  ) -> [AxisLayout.Factor] {
    if !a.contains(where: { $0.tag != nil }) { return b.contains { $0.tag != nil } ? b : a }
    if !b.contains(where: { $0.tag != nil }) { return a }
    let (longer, shorter) = a.count >= b.count ? (a, b) : (b, a)
    let largeLonger = longer.indices.filter { longer[$0].size > 1 || longer.count == shorter.count }
    let largeShorter = shorter.indices.filter {
      shorter[$0].size > 1 || longer.count == shorter.count
    }
    guard largeLonger.map({ longer[$0].size }) == largeShorter.map({ shorter[$0].size }) else {
      return longer.map { AxisLayout.Factor(size: $0.size, tag: nil) }
    }
    var result = longer
    for (i, j) in zip(largeLonger, largeShorter) {
      guard let tag = shorter[j].tag else { continue }
      if let other = result[i].tag { united.append((other, tag)) } else { result[i].tag = tag }
    }
    return result
  }
}

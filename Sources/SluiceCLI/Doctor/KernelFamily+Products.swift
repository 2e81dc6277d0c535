import Sluice

extension KernelFamily {
  /// Every family of kernels, sizes odd and even, below, at and beyond tiles and segments.
  static func all() throws(GraphError) -> [KernelFamily] {
    var all = try products(at: .fp32)
    all += [
      try elementwise(), try normalizations(), try lines(), try windows(), try movement(),
      try indexing(), try integers(), try doubles(),
    ]
    for precision in [Precision.fp16, .bf16, .int8] { all += try products(at: precision) }
    for precision in [Precision.fp32, .fp16, .bf16] { all.append(try sequences(precision)) }
    return all
  }

  /// Whole sequences, which GPUs run in one launch each, below fp32 those with matrix instructions.
  private static func sequences(_ precision: Precision) throws(GraphError) -> KernelFamily {
    try KernelFamily("sequence", at: precision) { family in
      family.recurrence("gru", inputs: 41, hidden: 64, length: 3)
      family.recurrence(
        "lstm", inputs: 30, hidden: 96, length: 2, rows: 2, .bidirectional, variant: .bare)
      family.recurrence("rnn", inputs: 17, hidden: 160, length: 3, rows: 2, .reverse)
      family.recurrence("gru", inputs: 65, hidden: 1024, length: 2)
      family.recurrence("lstm", inputs: 24, hidden: 512, length: 2, variant: .bare)
    }
  }

  /// What has weights.
  private static func products(at precision: Precision) throws(GraphError) -> [KernelFamily] {
    [
      try matrixProducts(precision), try recurrences("gru", precision),
      try recurrences("lstm", precision), try recurrences("rnn", precision),
      try convolutions(precision), try wide(precision),
    ]
  }

  /// Layers of 1 MB of weights and more, which have launches of their own.
  private static func wide(_ precision: Precision) throws(GraphError) -> KernelFamily {
    try KernelFamily("wide", at: precision) { family in
      family.recurrence("gru", inputs: 131, hidden: 257)
      family.recurrence("lstm", inputs: 131, hidden: 210)
      family.recurrence("rnn", inputs: 270, hidden: 399)
      // Sums of many segments, which work-items share in several rounds.
      family.recurrence("gru", inputs: 1061, hidden: 90)
      // Several steps, a launch each.
      family.recurrence("gru", inputs: 131, hidden: 257, length: 3, rows: 2)
      family.recurrence("lstm", inputs: 131, hidden: 210, length: 2, .bidirectional)
      // So few units that small tiles serve most numbers of streams.
      for (depth, columns) in [(521, 530), (9001, 30)] {
        let weights = family.known([depth, columns], limit: 1 / Float(depth).squareRoot())
        family.check(
          .matMul, [family.fed([1, depth]), weights], "1 x \(depth) x \(columns)",
          within: RoundingBound.product(depth, at: precision))
      }
    }
  }

  private static func matrixProducts(
    _ precision: Precision
  ) throws(GraphError) -> KernelFamily {
    try KernelFamily("product", at: precision) { family in
      let sizes = [
        (1, 1, 1), (3, 7, 5), (1, 63, 65), (2, 65, 63), (1, 129, 17), (5, 257, 33), (1, 1000, 70),
      ]
      for (rows, depth, columns) in sizes {
        let limit = 1 / Float(depth).squareRoot()
        let x = family.fed([rows, depth])
        let w = family.known([depth, columns], limit: limit)
        family.check(
          .matMul, [x, w], "\(rows) x \(depth) x \(columns)",
          within: RoundingBound.product(depth, at: precision))
        let turned = family.known([columns, depth], limit: limit)
        family.check(
          .gemm(Gemm(transposeB: true)), [x, turned, family.known([columns])],
          "gemm \(rows) x \(depth) x \(columns), with a bias",
          within: RoundingBound.product(depth, at: precision))
      }
      let bound = RoundingBound.product(17, at: precision) * 5
      let x = family.fed([17, 9])
      family.check(
        .gemm(Gemm(alpha: 0.5, beta: 0.75, transposeA: true)),
        [x, family.known([17, 6]), family.fed([9, 6])], "gemm 9 x 17 x 6, scaled, an input added",
        within: bound)
      family.check(
        .gemm(Gemm()), [family.fed([9, 17]), family.known([17, 6]), nil], "gemm without a bias",
        within: bound)
      family.check(
        .matMul, [family.fed([2, 3, 9, 17]), family.known([2, 1, 17, 6])],
        "2 x 3 products with known matrices, 9 x 17 x 6", within: bound)
      let (a, b) = (family.fed([2, 3, 9, 17]), family.fed([2, 1, 17, 6]))
      family.check(
        .matMul, [a, b], "2 x 3 products of two inputs, 9 x 17 x 6",
        within: RoundingBound.product(17) * 5)
    }
  }

  private static func recurrences(
    _ name: String, _ precision: Precision
  ) throws(GraphError) -> KernelFamily {
    try KernelFamily(name, at: precision) { family in
      for hidden in [1, 7, 16, 63, 65, 130] {
        family.recurrence(name, inputs: hidden + 1, hidden: hidden)
      }
      family.recurrence(
        name, inputs: 5, hidden: 9, length: 6, rows: 3, .bidirectional, hasLengths: true)
      family.recurrence(name, inputs: 17, hidden: 33, length: 3, rows: 18, .reverse)
      family.recurrence(name, inputs: 7, hidden: 33, length: 2, .bidirectional, variant: .bare)
      family.recurrence(name, inputs: 7, hidden: 33, length: 2, variant: .other)
    }
  }

  private enum Variant: String {
    case usual
    /// No biases, states nor weights of the cell into the gates.
    case bare = "without biases and states"
    /// Sums cut off, and activations that are not the usual ones; one direction.
    case other = "clipped, other activations"
  }

  private mutating func recurrence(
    _ name: String, inputs: Int, hidden: Int, length: Int = 1, rows: Int = 1,
    _ direction: Recurrence.Direction = .forward, hasLengths: Bool = false,
    variant: Variant = .usual
  ) {
    let recurrence = Recurrence(
      hiddenSize: hidden, direction: direction, clip: variant == .other ? 0.6 : nil)
    let (directions, gates) = (direction.count, name == "gru" ? 3 : name == "lstm" ? 4 : 1)
    let limit = 1 / Float(inputs + hidden).squareRoot()
    let x = fed([length, rows, inputs])
    let lengths = hasLengths ? fed([rows], .int32) : nil
    let isBare = variant == .bare
    let state = isBare ? nil : fed([directions, rows, hidden])
    var list: [ValueID?] = [
      x, known([directions, gates * hidden, inputs], limit: limit),
      known([directions, gates * hidden, hidden], limit: limit),
      isBare ? nil : known([directions, 2 * gates * hidden], limit: limit), lengths, state,
    ]
    let others: [Activation]? =
      variant == .other
      ? [.hardSigmoid(alpha: 0.3, beta: 0.4), .scaledTanh(alpha: 0.9, beta: 0.8), .softsign] : nil
    let sizes =
      "\(hidden) units, \(length) steps of \(rows), \(direction)"
      + (variant == .usual ? "" : ", \(variant.rawValue)")
    let bound = RoundingBound.recurrence(inputs + hidden, steps: length, at: precision)
    switch name {
    case "gru":
      for after in [true, false] {
        check(
          .gru(
            GRU(recurrence, resetAfter: after, activations: others.map { Array($0.prefix(2)) })),
          list, outputs: 2,
          sizes + (after ? ", reset after" : ", reset before"), within: bound)
      }
    case "lstm":
      list.append(isBare ? nil : fed([directions, rows, hidden]))
      list.append(isBare ? nil : known([directions, 3 * hidden], limit: limit))
      check(
        .lstm(LSTM(recurrence, inputForget: variant == .other, activations: others)), list,
        outputs: 3, sizes, within: bound * 2)
    default:
      check(
        .rnn(RNN(recurrence, activations: others.map { [$0[2]] })), list, outputs: 2, sizes,
        within: bound)
    }
  }

  private static func convolutions(_ precision: Precision) throws(GraphError) -> KernelFamily {
    try KernelFamily("convolution", at: precision) { family in
      let same = WindowPadding.sameUpper
      family.convolution([1, 5, 33], 7, [3], Convolution(padding: same))
      family.convolution([1, 16, 65], 16, [5], Convolution(groups: 16, padding: same))
      family.convolution([2, 6, 40], 9, [3], Convolution(groups: 3, strides: [2], dilations: [3]))
      family.convolution([1, 3, 9, 33], 8, [1, 5], Convolution(strides: [1, 2], padding: same))
      family.convolution([1, 8, 7, 17], 4, [3, 3], Convolution(groups: 2, dilations: [2, 1]))
      family.convolution([1, 24, 1, 33], 16, [1, 1], Convolution())
      family.convolution([1, 6, 9], 5, [4], Convolution(strides: [3]), isTransposed: true)
      family.convolution(
        [1, 4, 5, 16], 6, [3, 2], Convolution(groups: 2, strides: [2, 1]), isTransposed: true)
    }
  }

  private mutating func convolution(
    _ shape: [Int], _ maps: Int, _ kernel: [Int], _ attributes: Convolution,
    isTransposed: Bool = false
  ) {
    let taps = kernel.reduce(1, *)
    let (channels, groups) = (shape[1], attributes.groups)
    let terms = channels / groups * taps
    let x = fed(shape)
    let w =
      isTransposed ? [channels, maps / groups] + kernel : [maps, channels / groups] + kernel
    let weights = known(w, limit: 1 / Float(terms).squareRoot())
    let op: Operator =
      isTransposed ? .convTranspose(TransposedConvolution(attributes)) : .conv(attributes)
    check(
      op, [x, weights, known([maps])],
      "\(isTransposed ? "transposed, " : "")\(shape) with \(w), \(groups) groups",
      within: RoundingBound.product(terms, at: precision))
  }
}

import SluiceGraph

extension RandomNetwork {
  mutating func addLayer() {
    switch Int.random(in: 0..<14, using: &random) {
    case 0, 1: addRecurrence()
    case 2, 3: addConvolution()
    case 4: addPool()
    case 5: addLinear()
    case 6: addFeatureRecurrence()
    case 7: addNorm()
    case 8: addResidual()
    case 9: addTimeMajorRoundTrip()
    case 10: addPaddedDifference()
    case 11: addRunningSum()
    case 12: addTransposedConvolution()
    default: addActivation()
    }
  }

  /// GRU, LSTM or RNN over time, forward, with or without initial states computed from the shape.
  private mutating func addRecurrence() {
    let hidden = Int.random(in: 2...6, using: &random)
    let recurrence = Recurrence(hiddenSize: hidden)
    let x = transpose(value, [1, 0, 2])
    let (op, gates, name) = drawRecurrence(recurrence)
    let bias = weights([1, 2 * gates * hidden], "bias")
    let inputs: [ValueID?] = [
      x, weights([1, gates * hidden, width], "W"), weights([1, gates * hidden, hidden], "U"), bias,
    ]
    let y = node(op, inputs)
    let squeezed = node(.squeeze, [y, integers([1])])
    value = transpose(squeezed, [1, 0, 2])
    width = hidden
    runsOverTime = true
    note("\(name)(\(hidden))")
  }

  private mutating func drawRecurrence(_ recurrence: Recurrence) -> (Operator, Int, String) {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return (.lstm(LSTM(recurrence)), 4, "lstm")
    case 1: return (.rnn(RNN(recurrence)), 1, "rnn")
    case 2: return (.gru(GRU(recurrence, resetAfter: false)), 3, "gru reset before")
    default: return (.gru(GRU(recurrence, resetAfter: true)), 3, "gru")
    }
  }

  /// A convolution over time: causal, valid or with lookahead; dilated or strided.
  private mutating func addConvolution() {
    let kernel = Int.random(in: 1...4, using: &random)
    let dilation = Int.random(in: 1...3, using: &random)
    let stride = rate < 4 && Int.random(in: 0..<4, using: &random) == 0 ? 2 : 1
    let span = (kernel - 1) * dilation + 1
    let style = Int.random(in: 0..<5, using: &random)
    let out = Int.random(in: 2...6, using: &random)
    // Shorter frozen sequences must keep a few entries.
    if let length, length - span < 16 || length % stride != 0 { return addActivation() }
    var padding = (begin: 0, end: 0)
    var x = transpose(value, [0, 2, 1])
    switch style {
    case 0: padding = (span - 1, 0)
    case 1: padding = (span / 2, span - 1 - span / 2)
    case 2:
      let pads = integers([0, 0, span - 1, 0, 0, 0])
      x = node(.pad(.constant), [x, pads])
    case 3: padding = (span - 1, span - 1)  // and the tail cut off again, as causal layers often do
    default: break
    }
    let convolution = Convolution(
      strides: [stride], dilations: [dilation],
      padding: .explicit(begin: [padding.begin], end: [padding.end]))
    var y = node(
      .conv(convolution), [x, weights([out, width, kernel], "W"), weights([out], "bias")])
    if style == 3 && span > 1 && stride == 1 {
      y = node(.slice, [y, integers([0]), integers([1 - span]), integers([2])])
    }
    value = transpose(y, [0, 2, 1])
    let own = style == 2 ? span - 1 : padding.begin + padding.end
    length = length.map {
      ($0 + own - span) / stride + 1 - (style == 3 && stride == 1 ? span - 1 : 0)
    }
    width = out
    rate *= stride
    let styles = ["causal", "same", "pad before", "cut after", "valid"]
    note("conv(\(out), kernel \(kernel), dilation \(dilation), stride \(stride), \(styles[style]))")
  }

  private mutating func addPool() {
    let kernel = Int.random(in: 2...3, using: &random)
    let stride = rate < 4 && Int.random(in: 0..<3, using: &random) == 0 ? 2 : 1
    let causal = Bool.random(using: &random)
    let mean = Bool.random(using: &random)
    if let length, length - kernel < 16 || length % stride != 0 { return addActivation() }
    let begin = causal ? kernel - 1 : 0
    let pool = Pool(
      kernel: [kernel], strides: [stride], padding: .explicit(begin: [begin], end: [0]),
      countIncludePad: Bool.random(using: &random))
    let x = transpose(value, [0, 2, 1])
    let y = node(mean ? .averagePool(pool) : .maxPool(pool), [x])
    value = transpose(y, [0, 2, 1])
    length = length.map { ($0 + begin - kernel) / stride + 1 }
    rate *= stride
    note("\(mean ? "mean" : "max") pool(\(kernel), stride \(stride)\(causal ? ", causal" : ""))")
  }

  /// A linear layer on batch and time merged into one axis.
  private mutating func addLinear() {
    let out = Int.random(in: 2...8, using: &random)
    let rows = reshape(value, like: value, [.batchTime, .size(width)])
    let y = node(
      .gemm(Gemm(transposeB: true)), [rows, weights([out, width], "W"), weights([out], "bias")])
    value = reshape(y, like: value, [.batch, .time, .size(out)])
    width = out
    note("linear(\(out)) on merged axes")
  }

  /// A bidirectional GRU along features, batch and time merged into its rows.
  private mutating func addFeatureRecurrence() {
    guard width % 2 == 0, width >= 4 else { return addLinear() }
    let (steps, inputs) = (width / 2, 2)
    let hidden = 2
    let rows = reshape(value, like: value, [.batchTime, .size(steps), .size(inputs)])
    let x = transpose(rows, [1, 0, 2])
    let gru = GRU(Recurrence(hiddenSize: hidden, direction: .bidirectional), resetAfter: true)
    let y = node(
      .gru(gru),
      [x, weights([2, 3 * hidden, inputs], "W"), weights([2, 3 * hidden, hidden], "U")])
    let joined = transpose(y, [2, 0, 1, 3])
    value = reshape(joined, like: value, [.batch, .time, .size(steps * 2 * hidden)])
    width = steps * 2 * hidden
    note("gru along features")
  }

  private mutating func addNorm() {
    if Bool.random(using: &random) {
      let inputs = [value, weights([width], "scale"), weights([width], "bias")]
      value = node(.layerNormalization(axis: -1, epsilon: 1e-5), inputs)
      return note("layer norm")
    }
    let variance = graph.addConstant(
      Tensor(repeating: Float(0.7), shape: [width]), name: "variance")
    let x = transpose(value, [0, 2, 1])
    let y = node(
      .batchNormalization(epsilon: 1e-5),
      [x, weights([width], "scale"), weights([width], "bias"), weights([width], "mean"), variance])
    value = transpose(y, [0, 2, 1])
    note("batch norm")
  }

  /// x + f(x) with a causal or centred convolution inside: the straight path must wait for the other.
  private mutating func addResidual() {
    let kernel = [2, 3, 5].randomElement(using: &random) ?? 3
    let centred = kernel % 2 == 1 && Bool.random(using: &random)
    let begin = centred ? kernel / 2 : kernel - 1
    let convolution = Convolution(
      padding: .explicit(begin: [begin], end: [kernel - 1 - begin]))
    let x = transpose(value, [0, 2, 1])
    let y = node(
      .conv(convolution), [x, weights([width, width, kernel], "W"), weights([width], "bias")])
    let bent = node(.unary(.tanh), [y])
    value = transpose(node(.binary(.add), [x, bent]), [0, 2, 1])
    note("residual conv(kernel \(kernel)\(centred ? ", centred" : ""))")
  }

  private mutating func addTimeMajorRoundTrip() {
    let major = transpose(value, [1, 0, 2])
    let scaled = node(.binary(.mul), [major, weights([1, 1, width], "scale")])
    value = transpose(scaled, [1, 0, 2])
    note("time-major scale")
  }

  /// x(t) − x(t − 1): padding before a slice.
  private mutating func addPaddedDifference() {
    let padded = node(.pad(.constant), [value, integers([0, 1, 0, 0, 0, 0])])
    let before = node(.slice, [padded, integers([0]), integers([-1]), integers([1])])
    value = node(.binary(.sub), [value, before])
    note("difference")
  }

  private mutating func addRunningSum() {
    let axis = graph.addConstant(Tensor(scalar: Int64(1)), name: "axis")
    let sum = node(.cumSum(exclusive: Bool.random(using: &random), reverse: false), [value, axis])
    value = node(.unary(.tanh), [sum])
    note("running sum")
  }

  /// Upsampling in time, only where a stride made room for it.
  private mutating func addTransposedConvolution() {
    guard rate % 2 == 0 else { return addActivation() }
    let kernel = Int.random(in: 2...4, using: &random)
    let end = kernel - 2
    let op = TransposedConvolution(
      Convolution(strides: [2], padding: .explicit(begin: [0], end: [end])))
    let x = transpose(value, [0, 2, 1])
    let y = node(
      .convTranspose(op), [x, weights([width, 3, kernel], "W"), weights([3], "bias")])
    value = transpose(y, [0, 2, 1])
    length = length.map { ($0 - 1) * 2 + kernel - end }
    width = 3
    rate /= 2
    note("transposed conv(kernel \(kernel))")
  }

  private mutating func addActivation() {
    let op: UnaryOperator = [.relu, .sigmoid, .tanh].randomElement(using: &random) ?? .relu
    value = node(.unary(op), [value])
    note(op.name)
  }

  /// Class scores of the last step.
  mutating func addLastStep() {
    let index = graph.addConstant(Tensor(scalar: Int64(-1)), name: "last")
    let last = node(.gather(axis: 1), [value, index])
    let scores = node(.gemm(Gemm(transposeB: true)), [last, weights([5, width], "W"), nil])
    graph.addOutput(node(.softmax(axis: -1), [scores]), name: "last")
    note("last step")
  }
}

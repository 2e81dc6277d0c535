/// One axis of a window before the input's size is known; see `WindowGeometry`.
struct Window: Hashable {
  var kernel: Int
  var stride: Int
  var dilation: Int
  var padding: Padding
  var ceilMode: Bool

  enum Padding: Hashable {
    case explicit(begin: Int, end: Int)
    case sameUpper, sameLower
  }

  /// The windows of a convolution, attributes checked.
  static func axes(
    of convolution: Convolution, kernel: [Int]
  ) throws(GraphError) -> [Window] {
    try axes(
      kernel: kernel, strides: convolution.strides, dilations: convolution.dilations,
      padding: convolution.padding, ceilMode: false)
  }

  /// The windows of a pool over `rank` spatial axes, attributes checked.
  static func axes(of pool: Pool, rank: Int) throws(GraphError) -> [Window] {
    guard pool.kernel.count == rank else {
      throw GraphError(
        .invalid,
        "expected a kernel size per spatial axis, \(rank), found \(pool.kernel.count)")
    }
    return try axes(
      kernel: pool.kernel, strides: pool.strides, dilations: pool.dilations,
      padding: pool.padding, ceilMode: pool.ceilMode)
  }

  /// Checks what a transposed convolution has beyond a convolution.
  static func check(_ transposed: TransposedConvolution, rank: Int) throws(GraphError) {
    try check(transposed.outputPadding, "output padding", rank: rank, least: 0)
    guard let shape = transposed.outputShape else { return }
    try check(shape, "output shape", rank: rank, least: 1)
    guard shape.count == rank else {
      throw GraphError(
        .invalid, "expected an output shape of \(rank) spatial sizes, found \(shape)")
    }
  }

  /// The number of spatial axes of the input must be that of the kernel.
  static func checkRank(_ windows: [Window], _ rank: Int) throws(GraphError) {
    guard windows.count == rank else {
      throw GraphError(
        .invalid, "expected \(windows.count) spatial axes as in the kernel, found \(rank)")
    }
  }

  private static func axes(
    kernel: [Int], strides: [Int], dilations: [Int], padding: WindowPadding, ceilMode: Bool
  ) throws(GraphError) -> [Window] {
    let rank = kernel.count
    try check(kernel, "kernel size", rank: rank, least: 1)
    try check(strides, "stride", rank: rank, least: 1)
    try check(dilations, "dilation", rank: rank, least: 1)
    let paddings = try Window.paddings(padding, rank: rank)
    var windows = [Window]()
    for axis in 0..<rank {
      let window = Window(
        kernel: kernel[axis], stride: strides.isEmpty ? 1 : strides[axis],
        dilation: dilations.isEmpty ? 1 : dilations[axis], padding: paddings[axis],
        ceilMode: ceilMode)
      _ = try window.checkedSpan()
      windows.append(window)
    }
    return windows
  }

  private static func paddings(
    _ padding: WindowPadding, rank: Int
  ) throws(GraphError) -> [Padding] {
    switch padding {
    case .valid: return Array(repeating: .explicit(begin: 0, end: 0), count: rank)
    case .sameUpper: return Array(repeating: .sameUpper, count: rank)
    case .sameLower: return Array(repeating: .sameLower, count: rank)
    case .explicit(let begin, let end):
      guard begin.count == rank, end.count == rank else {
        throw GraphError(
          .invalid,
          "expected paddings for \(rank) spatial axes, found \(begin) and \(end)")
      }
      return zip(begin, end).map { .explicit(begin: $0, end: $1) }
    }
  }

  private static func check(
    _ values: [Int], _ what: String, rank: Int, least: Int
  ) throws(GraphError) {
    guard values.isEmpty || values.count == rank else {
      throw GraphError(
        .invalid, "expected a \(what) per spatial axis, \(rank), found \(values)")
    }
    if let small = values.first(where: { $0 < least }) {
      throw GraphError(.invalid, "expected a \(what) of at least \(least), found \(small)")
    }
  }

  func checkedSpan() throws(GraphError) -> Int {
    try (kernel - 1).multiplied(by: dilation).adding(1)
  }
}

/// One axis with the input's size.
extension Window {
  /// The axis of a convolution or pool.
  func slid(over input: Int) throws(GraphError) -> WindowGeometry.Axis {
    switch padding {
    case .explicit(let begin, let end):
      return try slid(over: input, begin: begin, end: end)
    case .sameUpper, .sameLower:
      let output = input.ceilingDivided(by: stride)
      let reach = try max(output - 1, 0).multiplied(by: stride).adding(checkedSpan())
      let total = try max(reach.subtracting(input), 0)
      let (begin, end) = split(total)
      return axis(input: input, output: output, begin: begin, end: end)
    }
  }

  private func slid(over input: Int, begin: Int, end: Int) throws(GraphError) -> WindowGeometry.Axis
  {
    let padded = try input.adding(begin).adding(end)
    let room = try padded.subtracting(checkedSpan())
    guard room >= 0 else {
      throw GraphError(
        .invalid,
        "a window of \(try checkedSpan()) does not fit \(input) elements padded to \(padded)")
    }
    var output = (ceilMode ? room.ceilingDivided(by: stride) : room / stride) + 1
    // A window that starts in the end padding would see no input at all.
    if ceilMode, try (output - 1).multiplied(by: stride) >= input.adding(begin) { output -= 1 }
    return axis(input: input, output: output, begin: begin, end: end)
  }

  /// The axis of a transposed convolution.
  ///
  /// - Parameters:
  ///   - extra: elements added at the end.
  ///   - wanted: the output's size where it is given.
  func transposed(
    input: Int, extra: Int, wanted: Int?
  ) throws(GraphError) -> WindowGeometry.Axis {
    guard input > 0 else {
      throw GraphError(.invalid, "expected at least one element along a spatial axis, found 0")
    }
    let full = try (input - 1).multiplied(by: stride).adding(checkedSpan()).adding(extra)
    switch (wanted, padding) {
    case (let wanted?, _):
      let (begin, end) = split(max(try full.subtracting(wanted), 0))
      return axis(input: input, output: wanted, begin: begin, end: end)
    case (nil, .explicit(let begin, let end)):
      let output = try full.subtracting(begin).subtracting(end)
      guard output > 0 else {
        throw GraphError(
          .invalid, "padding of \(begin) and \(end) leaves nothing of \(full) output elements")
      }
      return axis(input: input, output: output, begin: begin, end: end)
    case (nil, _):
      let same = try input.multiplied(by: stride)
      let (begin, end) = split(max(try full.subtracting(same), 0))
      let output = try full.subtracting(begin).subtracting(end)
      return axis(input: input, output: output, begin: begin, end: end)
    }
  }

  /// Padding shared between both sides, the odd element where `padding` says: at the end for
  /// `sameUpper`, else at the beginning.
  private func split(_ total: Int) -> (begin: Int, end: Int) {
    let half = total / 2
    return padding == .sameUpper ? (half, total - half) : (total - half, half)
  }

  private func axis(input: Int, output: Int, begin: Int, end: Int) -> WindowGeometry.Axis {
    WindowGeometry.Axis(
      input: input, output: output, kernel: kernel, stride: stride, dilation: dilation,
      begin: begin, end: end)
  }
}

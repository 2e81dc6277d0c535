/// A sliding window over spatial axes with its padding worked out: what convolutions and pools of
/// every backend index by.
///
/// A convolution or pool reads, for output position o and kernel tap k of an axis, input position
/// `o · stride + k · dilation − begin`, where that lies in `0..<input`. A transposed convolution adds
/// input position i times tap k to output position `i · stride + k · dilation − begin`, where that
/// lies in `0..<output`.
public struct WindowGeometry: Sendable, Hashable {
  /// One per spatial axis, outermost first.
  public var axes: [Axis]

  /// One spatial axis. No sum or product of these numbers overflows.
  public struct Axis: Sendable, Hashable {
    public var input: Int
    public var output: Int
    /// Taps.
    public var kernel: Int
    public var stride: Int
    public var dilation: Int
    /// Elements of padding before the input; negative crops.
    public var begin: Int
    /// Elements of padding after the input; negative crops. With `ceilMode` the last window may reach
    /// further than that.
    public var end: Int

    /// Input positions from the first tap to the last, both counted.
    public var span: Int { (kernel - 1) * dilation + 1 }
  }

  public var inputSizes: [Int] { axes.map(\.input) }
  public var outputSizes: [Int] { axes.map(\.output) }

  /// - Parameters:
  ///   - input: the spatial sizes of X, without batch and channels.
  ///   - kernel: the spatial sizes of W.
  /// - Throws: `invalid` for attributes that do not fit each other or a window larger than the padded
  ///   input, `limit` for sizes beyond 2^63.
  public init(
    _ convolution: Convolution, input: [Int], kernel: [Int]
  ) throws(GraphError) {
    try self.init(Window.axes(of: convolution, kernel: kernel), input: input)
  }

  /// - Parameter input: the spatial sizes of X, without batch and channels.
  /// - Throws: as for a convolution.
  public init(_ pool: Pool, input: [Int]) throws(GraphError) {
    try self.init(Window.axes(of: pool, rank: input.count), input: input)
  }

  /// - Parameters:
  ///   - input: the spatial sizes of X, without batch and channels.
  ///   - kernel: the spatial sizes of W.
  /// - Throws: as for a convolution; `invalid` if the padding leaves no output.
  public init(
    _ transposed: TransposedConvolution, input: [Int], kernel: [Int]
  ) throws(GraphError) {
    let windows = try Window.axes(of: transposed.convolution, kernel: kernel)
    try Window.check(transposed, rank: kernel.count)
    try Window.checkRank(windows, input.count)
    axes = []
    for (index, window) in windows.enumerated() {
      let extra = transposed.outputPadding.isEmpty ? 0 : transposed.outputPadding[index]
      let wanted = transposed.outputShape?[index]
      axes.append(try window.transposed(input: input[index], extra: extra, wanted: wanted))
    }
  }

  private init(_ windows: [Window], input: [Int]) throws(GraphError) {
    try Window.checkRank(windows, input.count)
    axes = []
    for (window, size) in zip(windows, input) { axes.append(try window.slid(over: size)) }
  }
}

import SluiceGraph
import Testing

@Suite struct `Windows over axes` {
  /// One axis: attributes, and what they come to.
  struct Case: Sendable {
    var padding: WindowPadding = .valid
    var kernel = 3
    var stride = 1
    var dilation = 1
    var ceilMode = false
    var input: Int
    /// begin, end, output
    var expected: [Int]
  }

  static func explicit(_ begin: Int, _ end: Int) -> WindowPadding {
    .explicit(begin: [begin], end: [end])
  }

  static let sliding: [Case] = [
    Case(input: 10, expected: [0, 0, 8]),
    Case(padding: explicit(2, 0), input: 10, expected: [2, 0, 10]),
    Case(padding: explicit(4, 0), stride: 2, dilation: 2, input: 10, expected: [4, 0, 5]),
    Case(padding: explicit(-1, -2), input: 10, expected: [-1, -2, 5]),
    Case(padding: .sameUpper, kernel: 4, input: 10, expected: [1, 2, 10]),
    Case(padding: .sameLower, kernel: 4, input: 10, expected: [2, 1, 10]),
    Case(padding: .sameUpper, kernel: 10, stride: 2, input: 49, expected: [4, 5, 25]),
    Case(padding: .sameUpper, kernel: 1, stride: 3, input: 10, expected: [0, 0, 4]),
    Case(kernel: 2, stride: 2, ceilMode: true, input: 5, expected: [0, 0, 3]),
    Case(kernel: 2, stride: 2, ceilMode: false, input: 5, expected: [0, 0, 2]),
    // The third window would start in the padding: dropped.
    Case(
      padding: explicit(0, 1), kernel: 1, stride: 2, ceilMode: true, input: 4,
      expected: [0, 1, 2]),
  ]

  @Test(arguments: sliding) func `A pool's padding and output size are worked out`(
    window: Case
  ) throws {
    let pool = Pool(
      kernel: [window.kernel], strides: [window.stride], dilations: [window.dilation],
      padding: window.padding, ceilMode: window.ceilMode)
    let axis = try WindowGeometry(pool, input: [window.input]).axes[0]
    #expect([axis.begin, axis.end, axis.output] == window.expected)
    #expect(axis.input == window.input && axis.kernel == window.kernel)
  }

  /// Transposed: stride, padding, extra, wanted, and begin, end, output for 5 inputs and 3 taps.
  static let spreading: [(WindowPadding, Int, Int, Int?, [Int])] = [
    (.valid, 1, 0, nil, [0, 0, 7]),
    (.valid, 2, 0, nil, [0, 0, 11]),
    (explicit(1, 1), 2, 1, nil, [1, 1, 10]),
    (.sameUpper, 2, 0, nil, [0, 1, 10]),
    (.sameLower, 2, 0, nil, [1, 0, 10]),
    (.sameUpper, 4, 0, nil, [0, 0, 19]),
    (.valid, 2, 0, 8, [2, 1, 8]),
    (.sameUpper, 2, 0, 8, [1, 2, 8]),
    (.valid, 2, 0, 14, [0, 0, 14]),
  ]

  @Test(arguments: spreading) func `A transposed convolution's padding follows from its output`(
    padding: WindowPadding, stride: Int, extra: Int, wanted: Int?, expected: [Int]
  ) throws {
    let transposed = TransposedConvolution(
      Convolution(strides: [stride], padding: padding), outputPadding: [extra],
      outputShape: wanted.map { [$0] })
    let axis = try WindowGeometry(transposed, input: [5], kernel: [3]).axes[0]
    #expect([axis.begin, axis.end, axis.output] == expected)
  }

  @Test func `Hostile windows are refused without a trap`() {
    let wide = Convolution(dilations: [.max])
    expect(
      error: "size 2 * 9223372036854775807 is beyond 2^63",
      { () throws(GraphError) in _ = try WindowGeometry(wide, input: [4], kernel: [3]) })
    let padded = Convolution(padding: Self.explicit(.max, .max))
    expect(
      error: "size 4 + 9223372036854775807 is beyond 2^63",
      { () throws(GraphError) in _ = try WindowGeometry(padded, input: [4], kernel: [3]) })
    let short = Convolution(strides: [1, 1])
    expect(
      error: "expected a stride per spatial axis, 1, found [1, 1]",
      { () throws(GraphError) in _ = try WindowGeometry(short, input: [4], kernel: [3]) })
    let gone = TransposedConvolution(Convolution(padding: Self.explicit(4, 4)))
    expect(
      error: "padding of 4 and 4 leaves nothing of 7 output elements",
      { () throws(GraphError) in _ = try WindowGeometry(gone, input: [5], kernel: [3]) })
  }
}

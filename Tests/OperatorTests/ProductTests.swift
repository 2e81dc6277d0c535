import SluiceBackends
import SluiceCPU
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

@Suite("Operators, products and windows")
struct ProductTests {
  @Test("MatMul of vectors, matrices and broadcast batches")
  func matMul() throws {
    var random = SeededRandom(31)
    let shapes: [([Int], [Int])] = [
      ([5], [5]), ([3, 5], [5]), ([5], [5, 4]), ([3, 5], [5, 4]), ([1, 5], [5, 4]),
      ([3, 5], [5, 1]), ([2, 3, 5], [5, 4]), ([2, 3, 5], [2, 5, 4]), ([2, 1, 3, 5], [4, 5, 2]),
      ([3, 5], [2, 5, 4]), ([5], [2, 5, 4]), ([2, 3, 5], [5]), ([3, 0], [0, 4]), ([0, 5], [5, 4]),
      ([33, 70], [70, 65]), ([1, 1, 300], [300, 200]),
    ]
    for (a, b) in shapes {
      try OperatorCase(
        op: .matMul, inputs: [.fed(random.floats(a)), .fed(random.floats(b))]
      ).check(tolerance: 2e-6)
    }
    let integers = random.integers(.int32, [2, 3], in: -9..<9)
    try OperatorCase(
      op: .matMul, inputs: [.fed(integers), .fed(random.integers(.int32, [3, 2], in: -9..<9))]
    ).check(isNative: false)
  }

  @Test("Gemm with each transpose, factor and form of C")
  func gemm() throws {
    var random = SeededRandom(32)
    for (rows, columns, depth) in [(1, 7, 5), (4, 6, 3), (3, 1, 8), (2, 3, 0), (40, 50, 60)] {
      for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
        let a = random.floats(transposeA ? [depth, rows] : [rows, depth])
        let b = random.floats(transposeB ? [columns, depth] : [depth, columns])
        let forms: [[Int]?] = [
          nil, [], [1], [columns], [1, columns], [rows, 1], [rows, columns],
        ]
        for (index, c) in forms.enumerated() {
          let attributes = Gemm(
            alpha: index % 2 == 0 ? 1 : 0.5, beta: index % 3 == 0 ? 2 : 1, transposeA: transposeA,
            transposeB: transposeB)
          try OperatorCase(
            op: .gemm(attributes),
            inputs: [
              .fed(a), .fed(b), c.map { OperatorCase.Input.fed(random.floats($0)) } ?? .absent,
            ]
          ).check(tolerance: 2e-6)
        }
      }
    }
  }

  /// Spatial sizes, kernel, strides, dilations.
  static let windows: [([Int], [Int], [Int], [Int])] = [
    ([9], [3], [1], [1]), ([9], [3], [2], [2]), ([12], [1], [1], [1]),
    ([5, 7], [3, 2], [1, 1], [1, 1]),
    ([8, 9], [3, 3], [2, 1], [1, 2]), ([6, 6], [2, 3], [3, 2], [2, 1]),
    ([4, 5, 6], [2, 3, 2], [1, 2, 1], [1, 1, 2]), ([1, 40], [1, 5], [1, 2], [1, 3]),
  ]
  static func paddings(_ rank: Int) -> [WindowPadding] {
    [
      .valid, .sameUpper, .sameLower,
      .explicit(begin: Array(repeating: 2, count: rank), end: Array(repeating: 1, count: rank)),
      .explicit(begin: Array(repeating: -1, count: rank), end: Array(repeating: 1, count: rank)),
    ]
  }

  @Test("Convolutions over one to three axes: groups, strides, dilations, paddings, direct and not")
  func convolution() throws {
    var random = SeededRandom(33)
    for (spatial, kernel, strides, dilations) in Self.windows {
      for padding in Self.paddings(spatial.count) {
        for (channels, maps, groups) in [(4, 6, 1), (4, 6, 2), (4, 8, 4), (1, 1, 1), (16, 24, 1)] {
          let attributes = Convolution(
            groups: groups, strides: strides, dilations: dilations, padding: padding)
          let x = random.floats([2, channels] + spatial)
          let w = random.floats([maps, channels / groups] + kernel)
          let bias = groups == 2 ? OperatorCase.Input.absent : .fed(random.floats([maps]))
          let one = OperatorCase(op: .conv(attributes), inputs: [.fed(x), .fed(w), bias])
          guard (try? one.program()) != nil else { continue }
          try one.check(tolerance: 2e-6)
        }
      }
    }
  }

  @Test("A long convolution goes through several tiles")
  func tiles() throws {
    var random = SeededRandom(34)
    try OperatorCase(
      op: .conv(Convolution(padding: .sameUpper)),
      inputs: [.fed(random.floats([1, 40, 900])), .fed(random.floats([3, 40, 9])), .absent]
    ).check(tolerance: 3e-6)
  }

  @Test("Transposed convolutions: groups, strides, dilations, paddings, output shapes")
  func transposedConvolution() throws {
    var random = SeededRandom(35)
    for (spatial, kernel, strides, dilations) in Self.windows {
      for padding in Self.paddings(spatial.count) {
        for (channels, maps, groups) in [(4, 6, 1), (4, 6, 2), (4, 4, 4)] {
          for extra in [0, 1] {
            let attributes = TransposedConvolution(
              Convolution(groups: groups, strides: strides, dilations: dilations, padding: padding),
              outputPadding: Array(repeating: extra, count: spatial.count))
            let x = random.floats([2, channels] + spatial)
            let w = random.floats([channels, maps / groups] + kernel)
            let one = OperatorCase(
              op: .convTranspose(attributes),
              inputs: [.fed(x), .fed(w), .fed(random.floats([maps]))])
            guard (try? one.program()) != nil else { continue }
            try one.check(tolerance: 2e-6)
          }
        }
      }
    }
    var shaped = TransposedConvolution(Convolution(strides: [3, 3]))
    shaped.outputShape = [10, 8]
    try OperatorCase(
      op: .convTranspose(shaped),
      inputs: [.fed(random.floats([1, 2, 3, 3])), .fed(random.floats([2, 2, 3, 3])), .absent]
    ).check(tolerance: 2e-6)
  }

  @Test("Pools over one to three axes, ceil mode, indices and padding counted or not")
  func pools() throws {
    var random = SeededRandom(36)
    for (spatial, kernel, strides, dilations) in Self.windows {
      for padding in Self.paddings(spatial.count).prefix(4) {
        for flag in [false, true] {
          let pool = Pool(
            kernel: kernel, strides: strides, dilations: dilations, padding: padding,
            ceilMode: flag, countIncludePad: flag, columnMajorIndices: flag)
          let x = random.floats([2, 3] + spatial)
          let average = OperatorCase(op: .averagePool(pool), inputs: [.fed(x)])
          guard (try? average.program()) != nil else { continue }
          try average.check()
          for unused in [Set<Int>(), [0], [1]] {
            try OperatorCase(
              op: .maxPool(pool), inputs: [.fed(x)], outputCount: 2, unused: unused
            ).check()
          }
          try OperatorCase(
            op: .maxPool(pool),
            inputs: [.fed(random.integers(.uint8, [1, 2] + spatial, in: 0..<255))]
          ).check()
        }
      }
    }
  }
}

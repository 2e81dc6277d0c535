import Sluice

extension KernelFamily {
  static func windows() throws(GraphError) -> KernelFamily {
    try KernelFamily("pool") { family in
      let x = family.fed([1, 3, 17, 9])
      let pools = [
        Pool(kernel: [3, 2]), Pool(kernel: [2, 3], strides: [2, 2], padding: .sameUpper),
        Pool(kernel: [3, 3], strides: [2, 1], dilations: [2, 1], ceilMode: true),
      ]
      for pool in pools {
        let sizes = "\(pool.kernel) by \(pool.strides.isEmpty ? [1, 1] : pool.strides)"
        family.check(.maxPool(pool), [x], outputs: 2, "maximum of \(sizes)", within: 0)
        family.check(.averagePool(pool), [x], "mean of \(sizes)", within: RoundingBound.elementwise)
      }
      family.check(.globalMaxPool, [x], "maximum of all", within: 0)
      family.check(.globalAveragePool, [x], "mean of all", within: RoundingBound.lines)
      for mode in [Resize.Mode.nearest, .linear] {
        var resize = Resize()
        resize.mode = mode
        let sizes = family.numbers([1, 3, 34, 7])
        family.check(
          .resize(resize), [x, nil, nil, sizes], "resized, \(mode)",
          within: mode == .nearest ? 0 : RoundingBound.elementwise)
      }
    }
  }

  static func movement() throws(GraphError) -> KernelFamily {
    try KernelFamily("movement") { family in
      let x = family.fed([3, 16, 33])
      for permutation in [[2, 1, 0], [0, 2, 1], [1, 0, 2]] {
        family.check(.transpose(permutation: permutation), [x], "axes \(permutation)", within: 0)
      }
      family.check(.concat(axis: 1), [x, family.fed([3, 1, 33])], "two put together", within: 0)
      family.check(
        .slice,
        [
          x, family.numbers([15, 1]), family.numbers([0, 33]), family.numbers([1, 2]),
          family.numbers([-2, 3]),
        ],
        "slices, backwards and with steps", within: 0)
      for mode in [PadMode.constant, .reflect, .edge, .wrap] {
        family.check(
          .pad(mode), [x, family.numbers([0, 2, 1, 0, 1, 3])], "padded, \(mode)", within: 0)
      }
      family.check(.tile, [x, family.numbers([1, 2, 3])], "tiled", within: 0)
      family.check(
        .expand, [family.fed([16, 1]), family.numbers([3, 16, 5])], "expanded", within: 0)
      let turned = family.add(.transpose(permutation: [1, 0, 2]), [x])
      family.check(
        .reshape(allowZero: false), [turned[0], family.numbers([48, 33])], "turned and reshaped",
        within: 0)
      family.check(.split(axis: 1), [x, family.numbers([5, 11])], outputs: 2, "split", within: 0)
    }
  }

  static func indexing() throws(GraphError) -> KernelFamily {
    try KernelFamily("indexing") { family in
      let x = family.fed([2, 7, 9])
      let indices = family.fed([3], .int64)
      family.check(.gather(axis: 1), [x, indices], "gathered along an axis", within: 0)
      let each = family.fed([2, 4, 9], .int64)
      family.check(.gatherElements(axis: 1), [x, each], "gathered one by one", within: 0)
      let places = family.graph.addConstant(
        Tensor([Int64(0), 3, 1, 6, 1, 0], shape: [3, 2]), name: "places")
      family.check(
        .scatterND(.none), [x, places, family.fed([3, 9])], "three rows put in", within: 0)
      let scale = family.number(0.05)
      let zero = family.graph.addConstant(
        Tensor([Int64(3)], shape: []).converted(to: .int8), name: "zero")
      let quantized = family.check(
        .quantizeLinear(Quantization(), type: .int8), [x, scale, zero], "quantised", within: 0)
      family.check(
        .dequantizeLinear(Quantization()), [quantized[0], scale, zero], "and back", within: 0)
    }
  }
}

import SluiceGraph

extension ReferenceEvaluator {
  /// Resamples one axis after the other, in double; mode `nearest` moves elements as they are.
  func resize(_ arguments: Arguments, _ resize: Resize) throws(GraphError) -> Tensor {
    let input = try arguments.required(0)
    let geometry = try ResizeGeometry(
      resize, shape: input.shape, region: arguments.optional(1)?.floats(),
      scales: arguments.optional(2)?.floats(), sizes: arguments.integers(3))
    let shape = try arguments.shape()
    guard !shape.contains(0) else { return Tensor(zeros: input.elementType, shape: shape) }
    guard resize.mode != .nearest else {
      return try nearest(input, resize, geometry, shape: shape)
    }
    guard input.elementType != .bool else {
      throw GraphError(.unsupported, "mode \(resize.mode.rawValue) takes numbers, found bool")
    }
    var values = input.doubles()
    var sizes = input.shape
    for (index, axis) in geometry.axes.enumerated() where !axis.isUnchanged {
      let taps = (0..<axis.output).map { AxisResampling(resize, axis).taps($0) }
      values = resample(
        values, lines: lines(of: sizes, along: index), taps,
        outside: Double(resize.extrapolationValue))
      sizes[index] = axis.output
      values = transposedBack(values, shape: sizes, axis: index)
    }
    return Tensor(values, shape: shape).converted(to: input.elementType)
  }

  private func nearest(
    _ input: Tensor, _ resize: Resize, _ geometry: ResizeGeometry, shape: [Int]
  ) throws(GraphError) -> Tensor {
    let strides = rowMajorStrides(input.shape)
    let sources = zip(geometry.axes, strides).map { axis, stride in
      let resampling = AxisResampling(resize, axis)
      return (0..<axis.output).map { index in
        axis.isUnchanged ? index * stride : resampling.nearest(index).map { $0 * stride } ?? -1
      }
    }
    let fill = Tensor(scalar: resize.extrapolationValue).converted(to: input.elementType)
    return try input.accept(IndexedCopy(shape: shape, indices: sums(of: sources), fill: fill))
  }

  /// Every line through `taps`, one line's outputs after the other's.
  private func resample(
    _ values: [Double], lines: [Line], _ taps: [[AxisResampling.Tap]?], outside: Double
  ) -> [Double] {
    lines.flatMap { line in
      taps.map { taps in
        guard let taps else { return outside }
        return taps.reduce(0) {
          $0 + values[line.start + $1.position * line.step] * $1.weight
        }
      }
    }
  }

  /// Puts lines that stand one after another back along `axis` of `shape`.
  private func transposedBack(_ values: [Double], shape: [Int], axis: Int) -> [Double] {
    var result = values
    for (number, line) in lines(of: shape, along: axis).enumerated() {
      for (i, position) in line.positions.enumerated() {
        result[position] = values[number * line.count + i]
      }
    }
    return result
  }
}

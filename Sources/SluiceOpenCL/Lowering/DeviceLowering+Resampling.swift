import SluiceBackends
import SluiceGraph
import SluicePlanning

extension DeviceLowering {
  mutating func resampling(
    _ view: OperationView, _ resize: Resize
  ) throws(Fallback) -> [DeviceCall] {
    let (input, output) = (try view.required(0), try view.requiredOutput())
    let region = try view.constant(1)?.floats()
    let scales = try view.constant(2)?.floats()
    let sizes = try view.constantIntegers(3)
    let geometry = try Fallback.of { () throws(GraphError) in
      try ResizeGeometry(
        resize, shape: input.shape, region: region, scales: scales, sizes: sizes)
    }
    guard geometry.outputShape == output.shape, input.count > 0 else {
      throw Fallback("no form for \(input.shape)")
    }
    if resize.mode == .nearest { return [try nearest(view, resize, geometry, input, output)] }
    _ = try view.requiredFloat(0)
    return try interpolated(view, resize, geometry, input, output)
  }

  private mutating func nearest(
    _ view: OperationView, _ resize: Resize, _ geometry: ResizeGeometry, _ input: Plan.Buffer,
    _ output: Plan.Buffer
  ) throws(Fallback) -> DeviceCall {
    let entries = geometry.axes.map { axis in
      let resampling = AxisResampling(resize, axis)
      return (0..<axis.output).map { axis.isUnchanged ? $0 : resampling.nearest($0) }
    }
    let fill = Tensor(scalar: resize.extrapolationValue).converted(to: input.elementType)
    return tableCopy(view.operand(0), input, entries, fill: table(fill), view.result(), output)
  }

  /// One axis after another; the last one writes the output.
  private mutating func interpolated(
    _ view: OperationView, _ resize: Resize, _ geometry: ResizeGeometry, _ input: Plan.Buffer,
    _ output: Plan.Buffer
  ) throws(Fallback) -> [DeviceCall] {
    let changed = geometry.axes.indices.filter { !geometry.axes[$0].isUnchanged }
    guard !changed.isEmpty else { return [try copy(view.operand(0), view.result(), output)] }
    var calls: [DeviceCall] = []
    var source = view.operand(0)
    var shape = input.shape
    for axis in changed {
      let (outer, inner) = (count(shape[..<axis]), count(shape[(axis + 1)...]))
      shape[axis] = geometry.axes[axis].output
      guard let elements = Tensor.elementCount(of: shape) else {
        throw Fallback("its sizes overflow")
      }
      let target = axis == changed.last ? view.result() : try reserve(elements)
      calls.append(
        resample(resize, geometry.axes[axis], outer: outer, inner: inner, source, target))
      source = target
    }
    return calls
  }

  private mutating func resample(
    _ resize: Resize, _ geometry: ResizeGeometry.Axis, outer: Int, inner: Int,
    _ source: Operand?, _ target: Operand?
  ) -> DeviceCall {
    let resampling = AxisResampling(resize, geometry)
    let taps = (0..<geometry.output).map { resampling.taps($0) }
    let width = taps.reduce(1) { max($0, $1?.count ?? 0) }
    var (positions, weights) = ([Int32](), [Double]())
    for own in taps {
      let known = own ?? []
      let padding = width - known.count
      positions += known.map { Int32($0.position) }
      positions += Array(repeating: own == nil ? -2 : -1, count: padding)
      weights += known.map(\.weight) + Array(repeating: 0, count: padding)
    }
    let values = form.hasDouble ? Tensor(weights) : Tensor(weights.map { Float($0) })
    return DeviceCall(
      .file("resample"),
      [
        "OUTER": outer, "IN": geometry.input, "OUT": geometry.output, "INNER": inner,
        "TAPS": width, "OUTSIDE": CText.literal(resize.extrapolationValue),
      ], reads: [source, table(Tensor(positions)), table(values)], writes: [target],
      note: "\(geometry.input) to \(geometry.output), \(width) taps")
  }
}

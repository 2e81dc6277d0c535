import CKernels
import SluiceBackends
import SluiceGraph
import SluicePlanning

extension Lowering {
  mutating func resampling(
    _ view: OperationView, _ resize: Resize
  ) throws(Fallback) -> [KernelCall] {
    let input = try view.required(0)
    let output = try view.requiredOutput()
    let region = try view.constant(1)?.floats()
    let scales = try view.constant(2)?.floats()
    let sizes = try view.constantIntegers(3)
    let geometry = try Fallback.of { () throws(GraphError) in
      try ResizeGeometry(
        resize, shape: input.shape, region: region, scales: scales, sizes: sizes)
    }
    guard geometry.outputShape == output.shape, input.count > 0 else {
      throw Fallback("no kernel for \(input.shape)")
    }
    if resize.mode == .nearest { return [try nearest(view, resize, geometry, input, output)] }
    _ = try view.requiredFloat(0)
    return try interpolated(view, resize, geometry, input, output)
  }

  private mutating func nearest(
    _ view: OperationView, _ resize: Resize, _ geometry: ResizeGeometry, _ input: Plan.Buffer,
    _ output: Plan.Buffer
  ) throws(Fallback) -> KernelCall {
    let entries = geometry.axes.map { axis in
      let resampling = AxisResampling(resize, axis)
      return (0..<axis.output).map { axis.isUnchanged ? $0 : resampling.nearest($0) }
    }
    let fill = Tensor(scalar: resize.extrapolationValue).converted(to: input.elementType)
    return try tableCopy(
      view.operand(0), input, entries, fill: table(fill), view.result(), output)
  }

  /// One axis after another between two halves of the workspace; the last one writes the output.
  private mutating func interpolated(
    _ view: OperationView, _ resize: Resize, _ geometry: ResizeGeometry, _ input: Plan.Buffer,
    _ output: Plan.Buffer
  ) throws(Fallback) -> [KernelCall] {
    let changed = geometry.axes.indices.filter { !geometry.axes[$0].isUnchanged }
    guard !changed.isEmpty else { return [try copy(view.operand(0), view.result(), output)] }
    var shape = input.shape
    var largest = 0
    for axis in changed {
      shape[axis] = geometry.axes[axis].output
      guard let elements = Tensor.elementCount(of: shape) else {
        throw Fallback("its sizes overflow")
      }
      largest = max(largest, elements)
    }
    let half = try Fallback.product(largest / 16 + 1, 64)
    try reserveWorkspace(Fallback.product(half, 2), size: 1)
    var calls: [KernelCall] = []
    var source = view.operand(0)
    shape = input.shape
    for (step, axis) in changed.enumerated() {
      let isLast = step == changed.count - 1
      let target = isLast ? view.result() : .workspace(offset: step % 2 * half)
      calls += resample(resize, geometry.axes[axis], axis, shape, source, target)
      shape[axis] = geometry.axes[axis].output
      source = target
    }
    return calls
  }

  private mutating func resample(
    _ resize: Resize, _ geometry: ResizeGeometry.Axis, _ axis: Int, _ shape: [Int],
    _ source: Operand?, _ target: Operand?
  ) -> [KernelCall] {
    let resampling = AxisResampling(resize, geometry)
    let taps = (0..<geometry.output).map { resampling.taps($0) }
    let width = taps.reduce(1) { max($0, $1?.count ?? 0) }
    var (indices, weights) = ([Int64](), [Double]())
    for taps in taps {
      let taps = taps ?? []
      let padding = width - taps.count
      indices += taps.map { Int64($0.position) } + Array(repeating: -1, count: padding)
      weights += taps.map(\.weight) + Array(repeating: 0, count: padding)
    }
    let parameters = sluice_resample_parameters(
      outer: Int64(count(shape[..<axis])), input: Int64(geometry.input),
      output: Int64(geometry.output), inner: Int64(count(shape[(axis + 1)...])),
      taps: Int64(width))
    let operands = [source, table(Tensor(indices)), table(Tensor(weights)), target]
    var calls = unsafe [KernelCall(sluice_resample, parameters, operands)]
    guard taps.contains(where: { $0 == nil }) else { return calls }
    let outside = sluice_extrapolate_parameters(
      outer: parameters.outer, output: parameters.output, inner: parameters.inner,
      value: resize.extrapolationValue)
    let flags = table(Tensor(taps.map { $0 == nil }))
    unsafe calls.append(KernelCall(sluice_extrapolate, outside, [target, flags]))
    return calls
  }
}

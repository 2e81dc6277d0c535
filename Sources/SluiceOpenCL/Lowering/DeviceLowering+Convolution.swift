import SluiceBackends
import SluiceGraph
import SluicePlanning

extension DeviceLowering {
  /// A convolution or transposed convolution with what follows it.
  mutating func convolution(
    _ view: OperationView, _ op: Operator, _ activation: ProductActivation?
  ) throws(Fallback) -> [DeviceCall] {
    for index in view.operation.inputs.indices where view.input(index) != nil {
      _ = try view.requiredFloat(index)
    }
    let window = try ConvolutionWindow(view, op)
    var calls: [DeviceCall] = []
    let (x, reading) = try staged(view, window, &calls)
    let weights = try weights(view, 1, window.weights, groups: window.groups, &calls)
    let largest = weights.scales == nil ? nil : try largest(view, window, &calls)
    let slope = slope(view, activation)
    let byMaps = form.width(window.maps) > form.width(window.axes[2].output)
    let width = form.width(byMaps ? window.maps : window.axes[2].output)
    let slopes: String =
      switch slope?.count {
      case 1: "(VF)(slope[0])"
      default: byMaps ? "VLOAD(slope + (c))" : "(VF)(slope[c])"
      }
    var call = DeviceCall(
      .file(byMaps ? "convolution_maps" : "convolution"),
      [
        "BATCH": window.batch, "GROUPS": window.groups, "MAPS": window.maps,
        "DEPTH": window.depth, "X_N": reading.batch, "X_C": reading.channel,
        "TAP(k)": reading.tap, "X_STEP": reading.step,
        "Y_N": window.maps * window.groups * window.positions, "Y_M": window.positions,
        "ACTIVATE(v, c)": activate(activation, slope: slopes, width: width),
        "MT": form.vectorLimit == 1 ? 1 : min(window.maps, 8),
        "PT": form.vectorLimit == 1 ? 1 : min(window.positions, 6),
      ],
      reads: [
        x, weights.values, view.input(2) == nil ? nil : view.operand(2), slope?.operand,
        weights.scales, largest,
      ],
      writes: [view.result()], width: width,
      note: "convolution by \(byMaps ? "maps" : "positions")"
        + "\(reading.isStaged ? ", staged" : "")\(weights.note)")
    call.define(weights.precision)
    for (name, axis, step) in zip3(["D", "H", "W"], window.axes, reading.axes) {
      call.define("OUT_\(name)", axis.output)
      call.define("KERNEL_\(name)", axis.kernel)
      call.define("STEP_\(name)", step.position)
      call.define("TAP_\(name)", step.tap)
    }
    return calls + [call]
  }

  /// The largest magnitude of each batch row of X.
  private mutating func largest(
    _ view: OperationView, _ window: ConvolutionWindow, _ calls: inout [DeviceCall]
  ) throws(Fallback) -> Operand {
    let target = try reserve(window.batch)
    let (sizes, strides) = (try view.required(0).shape, view.strides(0))
    let place = CText.offset(
      "i", sizes: Array(sizes.dropFirst()), strides: Array(strides.dropFirst()))
    calls.append(
      DeviceCall(
        .file("largest"),
        [
          "BATCH": window.batch, "N": count(sizes.dropFirst()), "X_N": window.xBatch,
          "AT(i)": place,
        ], reads: [view.operand(0)], writes: [target]))
    return target
  }

  /// X as the convolution reads it: as it lies, or laid out with its padding in the workspace.
  private mutating func staged(
    _ view: OperationView, _ window: ConvolutionWindow, _ calls: inout [DeviceCall]
  ) throws(Fallback) -> (Operand?, ConvolutionReading) {
    if let direct = window.direct { return (view.operand(0), direct) }
    let axes = window.axes
    let phases = axes[2].stride
    let sizes = axes.map(\.reach)
    let width = (sizes[2] + phases - 1) / phases
    let row = phases * width
    let channel = try Fallback.product(sizes[0], sizes[1], row)
    let channels = window.groups * window.depth
    let target = try reserve(Fallback.product(window.batch, channels, channel))
    var call = DeviceCall(
      .file("stage"),
      [
        "BATCH": window.batch, "CHANNELS": channels, "D": sizes[0], "H": sizes[1], "W": width,
        "PHASES": phases, "X_N": window.xBatch, "X_C": window.xChannel,
      ], reads: [view.operand(0)], writes: [target], note: "padding")
    for (name, axis) in zip(["D", "H", "W"], axes) {
      call.define("BEGIN_\(name)", axis.begin)
      call.define("STUFF_\(name)", axis.stuffing)
      call.define("IN_\(name)", axis.input)
      call.define("X_\(name)", axis.xStride)
    }
    calls.append(call)
    let dilation = axes[2].dilation
    return (
      target,
      ConvolutionReading(
        batch: channels * channel, channel: channel,
        axes: [
          (axes[0].stride * sizes[1] * row, axes[0].dilation * sizes[1] * row),
          (axes[1].stride * row, axes[1].dilation * row), (1, 0),
        ], step: 1, isStaged: true,
        tap: "((k) * \(dilation) % \(phases) * \(width) + (k) * \(dilation) / \(phases))")
    )
  }

  private func zip3<A, B, C>(_ a: [A], _ b: [B], _ c: [C]) -> [(A, B, C)] {
    zip(a, zip(b, c)).map { ($0, $1.0, $1.1) }
  }
}

/// Distances in elements with which a convolution walks through its input.
struct ConvolutionReading {
  var batch: Int
  var channel: Int
  /// Per axis: from output to output, and from tap to tap.
  var axes: [(position: Int, tap: Int)]
  /// From one output of the innermost axis to the next.
  var step: Int
  /// Whether X is laid out anew.
  var isStaged = false
  /// Where tap `k` of the innermost axis begins, as text.
  var tap: String
}

/// A convolution over three axes, the missing ones of size 1 in front, the longest run of outputs
/// innermost. A transposed one is a plain one over an input with zeros stuffed in.
struct ConvolutionWindow {
  struct Axis {
    var input = 1
    var output = 1
    var kernel = 1
    var stride = 1
    var dilation = 1
    /// Zeros before the input; negative crops.
    var begin = 0
    /// Distance at which input elements are laid out, zeros between them.
    var stuffing = 1
    var xStride = 0
    /// Distance in elements between its taps in the weights.
    var weightStride = 0

    /// Elements that all outputs read, from the first to the last.
    var reach: Int { (output - 1) * stride + (kernel - 1) * dilation + 1 }
    var isPadded: Bool { begin != 0 || stuffing != 1 || reach > input }
  }

  var axes: [Axis]
  let batch: Int
  let groups: Int
  /// Output channels and input channels of a group.
  let maps: Int
  let depth: Int
  let xBatch: Int
  let xChannel: Int
  /// W as [groups, depth, taps…, maps], the taps of a transposed one turned round.
  let weights: StridedBox

  var positions: Int { axes.reduce(1) { $0 * $1.output } }

  init(_ view: OperationView, _ op: Operator) throws(Fallback) {
    let input = try view.required(0).shape
    let kernel = try view.required(1).shape
    let output = try view.requiredOutput().shape
    guard (3...5).contains(input.count) else {
      throw Fallback("no form for \(input.count - 2) spatial axes")
    }
    let (isTransposed, groups, geometry) = try Self.geometry(op, input, kernel)
    guard groups > 0, input[1] % groups == 0, output[1] % groups == 0, input[0] > 0 else {
      throw Fallback("no form for \(groups) groups of \(input[1]) channels")
    }
    let strides = view.strides(0)
    (batch, self.groups, maps, depth) = (
      input[0], groups, output[1] / groups, input[1] / groups
    )
    (xBatch, xChannel) = (strides[0], strides[1])
    let w = rowMajorStrides(kernel)
    var axes = geometry.axes.enumerated().map { index, axis in
      var own = Axis(
        input: axis.input, output: axis.output, kernel: axis.kernel, stride: axis.stride,
        dilation: axis.dilation, begin: axis.begin, xStride: strides[index + 2],
        weightStride: w[index + 2])
      if isTransposed {
        (own.stuffing, own.stride, own.begin) = (axis.stride, 1, axis.span - 1 - axis.begin)
        own.weightStride = -own.weightStride
      }
      return own
    }
    let longest = axes.lastIndex { $0.output > 1 } ?? axes.count - 1
    axes.append(axes.remove(at: longest))
    axes = Array(repeating: Axis(), count: 3 - axes.count) + axes
    self.axes = axes
    let (map, channel) = isTransposed ? (w[1], w[0]) : (w[0], w[1])
    let group = isTransposed ? depth * w[0] : maps * w[0]
    weights = StridedBox(
      sizes: [groups, depth] + axes.map(\.kernel) + [maps],
      strides: [group, channel] + axes.map(\.weightStride) + [map],
      offset: isTransposed ? axes.reduce(0) { $0 - ($1.kernel - 1) * $1.weightStride } : 0)
  }

  private static func geometry(
    _ op: Operator, _ input: [Int], _ kernel: [Int]
  ) throws(Fallback) -> (isTransposed: Bool, groups: Int, WindowGeometry) {
    let (x, w) = (Array(input[2...]), Array(kernel[2...]))
    return try Fallback.of { () throws(GraphError) in
      switch op {
      case .convTranspose(let attributes):
        (
          true, attributes.convolution.groups,
          try WindowGeometry(attributes, input: x, kernel: w)
        )
      case .conv(let attributes):
        (false, attributes.groups, try WindowGeometry(attributes, input: x, kernel: w))
      default: throw GraphError(.invalid, "it is no convolution")
      }
    }
  }

  /// How to read X as it lies; nil where it needs padding, or neighbours for vectors.
  var direct: ConvolutionReading? {
    let inner = axes[2]
    let step = inner.stride * inner.xStride
    guard !axes.contains(where: \.isPadded), step == 1 || inner.output == 1 else { return nil }
    return ConvolutionReading(
      batch: xBatch, channel: xChannel,
      axes: axes.map { ($0.stride * $0.xStride, $0.dilation * $0.xStride) }, step: step,
      tap: "((k) * \(inner.dilation * inner.xStride))")
  }
}

import SluiceBackends
import SluiceGraph
import SluicePlanning

extension DeviceLowering {
  /// Softmax, reductions and what depends on order along an axis.
  func lines(_ view: OperationView, _ op: Operator) throws(Fallback) -> [DeviceCall] {
    switch op {
    case .softmax(let axis): [try softmax(view, axis: axis, logarithm: false)]
    case .logSoftmax(let axis): [try softmax(view, axis: axis, logarithm: true)]
    case .reduce(let reduction): [try reduce(view, reduction)]
    case .globalAveragePool: [try reduceSpatialAxes(view, .mean)]
    case .globalMaxPool: [try reduceSpatialAxes(view, .max)]
    case .argMax(let axis, _, let selectLast):
      [try argMax(view, axis: axis, selectLast: selectLast)]
    case .topK(let axis, let largest, _): [try topK(view, axis: axis, largest: largest)]
    case .cumSum(let exclusive, let reverse):
      [try cumulativeSum(view, exclusive: exclusive, reverse: reverse)]
    default: throw Fallback("it does not run along lines")
    }
  }

  /// OUTER, LENGTH and INNER of lines along an axis of input 0.
  private func lines(
    _ view: OperationView, along axis: Int
  ) throws(Fallback) -> (outer: Int, length: Int, inner: Int) {
    let shape = try view.required(0).shape
    let plain = try Fallback.of { () throws(GraphError) in
      try Axes.resolved(axis, rank: shape.count)
    }
    return (count(shape[..<plain]), shape[plain], count(shape[(plain + 1)...]))
  }

  private func softmax(
    _ view: OperationView, axis: Int, logarithm: Bool
  ) throws(Fallback) -> DeviceCall {
    _ = try view.requiredFloat(0)
    let (outer, length, inner) = try lines(view, along: axis)
    return DeviceCall(
      .file("softmax"),
      ["OUTER": outer, "LENGTH": length, "INNER": inner, "LOGARITHM": logarithm ? 1 : 0],
      reads: [view.operand(0)], writes: [view.result()], width: inner == 1 ? 16 : form.width(inner),
      note: "\(outer * inner) lines of \(length)")
  }

  // MARK: Reductions

  private func reduce(_ view: OperationView, _ reduction: Reduction) throws(Fallback) -> DeviceCall
  {
    let input = try view.required(0)
    let listed = try view.constantIntegers(1)
    if listed ?? [] == [], reduction.noopWithEmptyAxes {
      return try copy(view.operand(0), view.result(), view.requiredOutput())
    }
    let axes = try Fallback.of { () throws(GraphError) in
      try reduction.resolvedAxes(listed, rank: input.shape.count)
    }
    return try reduce(view, input, axes, reduction.kind)
  }

  private func reduceSpatialAxes(
    _ view: OperationView, _ kind: Reduction.Kind
  ) throws(Fallback) -> DeviceCall {
    let input = try view.required(0)
    return try reduce(view, input, Array(input.shape.indices.dropFirst(2)), kind)
  }

  private func reduce(
    _ view: OperationView, _ input: Plan.Buffer, _ reduced: [Int], _ kind: Reduction.Kind
  ) throws(Fallback) -> DeviceCall {
    let type = input.elementType
    guard !type.isInteger || kind != .mean || input.count > 0 else {
      throw Fallback("no form for the mean of no integers")
    }
    let strides = view.strides(0)
    let kept = input.shape.indices.filter { !reduced.contains($0) }
    let outer = MergedAxes(
      sizes: kept.map { input.shape[$0] }, strides: [kept.map { strides[$0] }])
    let inner = MergedAxes(
      sizes: reduced.map { input.shape[$0] }, strides: [reduced.map { strides[$0] }])
    let (length, step) = (outer.sizes.last ?? 1, outer.strides[0].last ?? 0)
    let rows = Array(outer.sizes.dropLast())
    let terms = reduced.reduce(1) { $0 * input.shape[$1] }
    let isLine = inner.sizes.count == 1 && inner.strides[0][0] == 1 && terms >= 16
    let inLanes = type == .float32 && isLine && kind != .max && kind != .min
    let width = type == .float32 && step == 1 && !inLanes ? form.width(length) : 1
    let steps = try Self.steps(kind, type, width: inLanes ? 16 : width)
    var call = DeviceCall(
      .file("reduce"),
      [
        "TX": type.deviceType, "TS": steps.type, "START": steps.start, "COUNT": terms,
        "STEP(s, v)": steps.step, "FINISH(s)": steps.finish, "ROWS": count(rows), "N": length,
        "KEPT_STEP": step,
        "KEPT(row)": CText.offset(
          "row", sizes: rows, strides: Array(outer.strides[0].dropLast())),
        "REDUCED(k)": CText.offset("k", sizes: inner.sizes, strides: inner.strides[0]),
      ], reads: [view.operand(0)], writes: [view.result()], width: width,
      note: "\(count(rows) * length) \(kind.rawValue)s of \(terms)")
    if inLanes {
      call.define("IN_LANES", 1)
      call.define("LANE_TERM(v)", kind == .l2 ? "(v) * (v)" : "(v)")
    }
    return call
  }

  /// A reduction's running value. Its integers wrap around; NaN wins maxima and minima.
  private static func steps(
    _ kind: Reduction.Kind, _ type: ElementType, width: Int
  ) throws(Fallback) -> (type: String, start: String, step: String, finish: String) {
    let isFloat = type.isFloatingPoint
    let sum = type == .float32 ? "ACC" : isFloat ? "double" : "ulong"
    let wide = type == .float32 ? "WIDE(v)" : "(\(sum))(v)"
    let element = type.deviceType
    if type == .bool {
      guard kind == .max || kind == .min else {
        throw Fallback("no form for \(kind.rawValue) of bool")
      }
      return (element, kind == .max ? "0" : "1", kind == .max ? "(v) | (s)" : "(v) & (s)", "(s)")
    }
    switch kind {
    case .sum: return (sum, "0", "(s) + \(wide)", "(s)")
    case .mean:
      return (sum, "0", "(s) + \(wide)", isFloat ? "(s) / (ACC)(COUNT)" : "(long)(s) / COUNT")
    case .l2:
      guard isFloat else { throw Fallback("no form for l2 of \(type)") }
      return (sum, "0", "(s) + \(wide) * \(wide)", "sqrt(s)")
    case .max, .min:
      let least = kind == .max
      let limits = type.deviceLimits
      let start = least ? limits.least : limits.greatest
      if type == .float32 {
        return (element, start, "\(least ? "greater" : "smaller")_of_\(width)((s), (v))", "(s)")
      }
      let comparison = least ? ">" : "<"
      return (
        element, start, "(s) != (s) ? (s) : (v) \(comparison) (s) || (v) != (v) ? (v) : (s)", "(s)"
      )
    }
  }

  // MARK: Order

  private func ordered(
    _ view: OperationView, along axis: Int, _ kind: String, writes: [Operand?]
  ) throws(Fallback) -> DeviceCall {
    let type = try view.required(0).elementType
    guard type != .bool else { throw Fallback("no form for bool") }
    let (outer, length, inner) = try lines(view, along: axis)
    return DeviceCall(
      .file("order"),
      ["T": type.deviceType, "OUTER": outer, "LENGTH": length, "INNER": inner, kind: 1],
      reads: [view.operand(0)], writes: writes, note: "\(outer * inner) lines of \(length)")
  }

  private func argMax(
    _ view: OperationView, axis: Int, selectLast: Bool
  ) throws(Fallback) -> DeviceCall {
    guard try lines(view, along: axis).length > 0 else { throw Fallback("no maximum of nothing") }
    var call = try ordered(view, along: axis, "ARG_MAX", writes: [view.result()])
    call.define("SELECT_LAST", selectLast ? 1 : 0)
    return call
  }

  private func topK(_ view: OperationView, axis: Int, largest: Bool) throws(Fallback) -> DeviceCall
  {
    guard let k = try view.constantIntegers(1)?.first, k >= 0,
      k <= (try lines(view, along: axis).length)
    else { throw Fallback("no form for these numbers of results") }
    var call = try ordered(
      view, along: axis, "TOP_K", writes: [view.result(0), view.result(1)])
    call.define("K", k)
    call.define("LARGEST", largest ? 1 : 0)
    return call
  }

  private func cumulativeSum(
    _ view: OperationView, exclusive: Bool, reverse: Bool
  ) throws(Fallback) -> DeviceCall {
    let type = try view.required(0).elementType
    let sums: [ElementType: String] = [
      .float32: "ACC", .float64: "double", .int32: "uint", .uint32: "uint", .int64: "ulong",
      .uint64: "ulong",
    ]
    guard let sum = sums[type] else { throw Fallback("no form for \(type)") }
    let axis = view.input(1).flatMap(view.knownValue)?.integers()?.first
    var call = try ordered(view, along: axis ?? 0, "CUMULATIVE", writes: [view.result()])
    if axis == nil {
      let (x, axes) = (try view.required(0), try view.required(1))
      guard x.shape.count > 0, axes.elementType.isInteger, axes.count == 1 else {
        throw Fallback("its axis is no integer")
      }
      call = DeviceCall(
        .file("scan"),
        [
          "T": x.elementType.deviceType, "TA": axes.elementType.deviceType, "TOTAL": x.count,
          "RANK": x.shape.count, "SIZES": "{\(x.shape.map(String.init).joined(separator: ", "))}",
        ], reads: [view.operand(0), view.operand(1)], writes: [view.result()],
        note: "lines along an axis read in the step")
    }
    call.define("TS", sum)
    call.define("EXCLUSIVE", exclusive ? 1 : 0)
    call.define("REVERSE", reverse ? 1 : 0)
    return call
  }
}

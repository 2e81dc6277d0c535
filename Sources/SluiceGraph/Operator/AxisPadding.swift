/// What `pad` adds to one axis.
public struct AxisPadding: Sendable, Hashable {
  /// Elements before the first one; negative cuts.
  public var begin: Int
  /// Elements after the last one; negative cuts.
  public var end: Int

  public init(begin: Int = 0, end: Int = 0) {
    self.begin = begin
    self.end = end
  }

  /// One padding per axis of a shape of `rank`.
  ///
  /// - Parameters:
  ///   - pads: begins, then ends, one each per padded axis.
  ///   - axes: the padded axes; nil means all, in order.
  /// - Throws: `invalid` for lists of the wrong length and for bad axes.
  public static func resolved(
    rank: Int, pads: [Int], axes: [Int]?
  ) throws(GraphError) -> [AxisPadding] {
    let padded = try Axes.resolved(axes ?? Array(0..<rank), rank: rank)
    guard pads.count == 2 * padded.count else {
      throw GraphError(.invalid, "expected \(2 * padded.count) pads, found \(pads.count)")
    }
    var paddings = [AxisPadding](repeating: AxisPadding(), count: rank)
    for (index, axis) in padded.enumerated() {
      paddings[axis] = AxisPadding(begin: pads[index], end: pads[padded.count + index])
    }
    return paddings
  }

  /// The size of an axis of `size` elements after padding.
  ///
  /// - Throws: `invalid` if more is cut than is there, or a mode other than `constant` has nothing to
  ///   repeat; `limit` for a size beyond 2^63.
  public func paddedSize(of size: Int, mode: PadMode) throws(GraphError) -> Int {
    let padded = try size.adding(begin).adding(end)
    guard padded >= 0 else {
      throw GraphError(
        .invalid, "pads \(begin) and \(end) cut more than an axis of \(size) elements")
    }
    guard size > 0 || mode == .constant || padded == 0 else {
      throw GraphError(.invalid, "mode \(mode.rawValue) has no elements to pad with")
    }
    return padded
  }

  /// The input position that padded position `position` shows; nil where it is the constant.
  ///
  /// Reflection and wrapping repeat as often as needed.
  ///
  /// - Parameters:
  ///   - size: elements of the input's axis, at least 1 unless `mode` is `constant`.
  public func source(of position: Int, size: Int, mode: PadMode) -> Int? {
    let offset = position - begin
    if offset >= 0, offset < size { return offset }
    switch mode {
    case .constant: return nil
    case .edge: return offset < 0 ? 0 : size - 1
    case .wrap: return remainder(offset, size)
    case .reflect:
      guard size > 1 else { return 0 }
      let period = 2 * (size - 1)
      let phase = remainder(offset, period)
      return phase < size ? phase : period - phase
    }
  }

  /// `value` modulo `divisor`, never negative.
  private func remainder(_ value: Int, _ divisor: Int) -> Int {
    let rest = value % divisor
    return rest < 0 ? rest + divisor : rest
  }
}

/// Names one axis of one input of the network, wherever it went since.
struct AxisTag: Hashable, Comparable, Sendable {
  let number: Int
  static func < (a: AxisTag, b: AxisTag) -> Bool { a.number < b.number }
}

/// How the axes of a value are made up of axes of the network's inputs.
///
/// Exports merge axes (batch · time into one), so an axis is a product of factors, outermost first:
/// index = (…(i₀ · size₁ + i₁) · size₂ + i₂…). A factor with a tag is an axis of an input; one
/// without is anything else. An axis without factors has size 1.
struct AxisLayout: Hashable, Sendable {
  struct Factor: Hashable, Sendable {
    var size: Int
    var tag: AxisTag?
  }

  var axes: [[Factor]]

  init(axes: [[Factor]]) { self.axes = axes }

  /// Axes that come from no input.
  init(plain shape: [Int]) {
    axes = shape.map { AxisLayout.plain($0) }
  }

  static func plain(_ size: Int) -> [Factor] { size == 1 ? [] : [Factor(size: size, tag: nil)] }

  var shape: [Int] { axes.map(AxisLayout.size(of:)) }

  static func size(of axis: [Factor]) -> Int { axis.reduce(1) { $0 * $1.size } }

  /// The tags anywhere in the layout.
  var tags: Set<AxisTag> { Set(axes.joined().compactMap(\.tag)) }

  func tags(ofAxis axis: Int) -> Set<AxisTag> { Set(axes[axis].compactMap(\.tag)) }

  /// The axis and the place in it of the first factor whose tag is in `tags`.
  func location(of tags: Set<AxisTag>) -> (axis: Int, factor: Int)? {
    for (axis, factors) in axes.enumerated() {
      for (place, factor) in factors.enumerated() {
        if let tag = factor.tag, tags.contains(tag) { return (axis, place) }
      }
    }
    return nil
  }

  /// The one factor of an axis that is not of size 1 (or the tagged one of size 1 if there is no
  /// other); nil where the axis is a product of several.
  static func soleFactor(of axis: [Factor]) -> Factor? {
    let large = axis.filter { $0.size != 1 }
    if large.isEmpty { return axis.first { $0.tag != nil } ?? Factor(size: 1, tag: nil) }
    return large.count == 1 ? large[0] : nil
  }

  /// The axis after an operator that slides or cuts along it: the same factor with another length.
  /// Where the axis is a product of several, its tags are lost.
  static func resized(_ axis: [Factor], to size: Int) -> [Factor] {
    if AxisLayout.size(of: axis) == size { return axis }
    guard let sole = soleFactor(of: axis), sole.tag != nil else { return plain(size) }
    return [Factor(size: size, tag: sole.tag)]
  }
}

extension AxisLayout {
  /// The layout after a reshape to `sizes`, found from running products: factors keep their order, so
  /// an output axis is the next factors whose product is its size, whatever sizes happen to be equal.
  ///
  /// - Returns: the layout, and the tags that it no longer holds because their factor was cut.
  func reshaped(to sizes: [Int]) -> (layout: AxisLayout, lost: Set<AxisTag>) {
    var known = self
    while true {
      var pieces = ReshapePieces(known.axes.joined())
      var result = [[Factor]]()
      while result.count < sizes.count, let axis = pieces.take(sizes[result.count]) {
        result.append(axis)
      }
      if result.count == sizes.count {
        if !result.isEmpty { result[result.count - 1] += pieces.rest }
        let layout = AxisLayout(axes: result)
        return (layout, tags.subtracting(layout.tags))
      }
      // The factor in the way is cut unevenly: without its tag it is a run of elements like any other.
      guard let obstacle = pieces.obstacle else { return (AxisLayout(plain: sizes), tags) }
      known = known.without([obstacle])
    }
  }

  /// The same sizes, with some tags forgotten.
  func without(_ forgotten: Set<AxisTag>) -> AxisLayout {
    AxisLayout(
      axes: axes.map { axis in
        axis.compactMap { factor in
          guard let tag = factor.tag, forgotten.contains(tag) else { return factor }
          return factor.size == 1 ? nil : Factor(size: factor.size, tag: nil)
        }
      })
  }
}

/// The factors of a value in order, cut up as a reshape asks for them.
private struct ReshapePieces {
  /// Reversed, so that taking is popping.
  private var stack: [AxisLayout.Factor] = []

  init(_ factors: some Sequence<AxisLayout.Factor>) {
    // Neighbours that come from no input are one run of elements.
    var flat: [AxisLayout.Factor] = []
    for factor in factors where factor.size != 1 || factor.tag != nil {
      if factor.tag == nil, let last = flat.last, last.tag == nil {
        flat[flat.count - 1].size *= factor.size
      } else {
        flat.append(factor)
      }
    }
    stack = flat.reversed()
  }

  /// The tag of the factor that the last `take` could not divide.
  var obstacle: AxisTag? { stack.last?.tag ?? taken }
  /// The tag taken last for an axis that did not come out even.
  private var taken: AxisTag?

  /// What is left once every axis of size above 1 has its factors.
  var rest: [AxisLayout.Factor] { stack.reversed().filter { $0.size == 1 } }

  /// The next factors whose product is `size`; nil if they do not divide.
  mutating func take(_ size: Int) -> [AxisLayout.Factor]? {
    var axis: [AxisLayout.Factor] = []
    var need = size
    while let head = stack.last {
      if head.size == 1 {
        if need == 1 && !axis.isEmpty { break }
        axis.append(head)
        stack.removeLast()
        if need == 1 { break }
        continue
      }
      if need == 1 { break }
      if head.size != 0 && need % head.size == 0 {
        axis.append(head)
        need /= head.size
        taken = head.tag ?? taken
        stack.removeLast()
      } else if need != 0 && head.size % need == 0 {
        axis.append(AxisLayout.Factor(size: need, tag: nil))
        stack[stack.count - 1] = AxisLayout.Factor(size: head.size / need, tag: nil)
        need = 1
      } else {
        return nil
      }
    }
    return need == 1 ? axis : nil
  }
}

/// Follows every axis of every input forward through a bound graph.
///
/// One pass in topological order gives each value an `AxisLayout`. What an operator does across an
/// axis (a sum, a softmax, a recurrence's steps) is written down as a `Crossing`: the choice of the
/// time and batch axes, and the refusals, are read from those.
struct AxisTracking {
  let graph: Graph
  /// By value; values without an entry are constants.
  private(set) var layouts: [ValueID: AxisLayout] = [:]
  private(set) var classes = TagClasses()
  private(set) var crossings: [Crossing] = []

  /// An operator that computes across an axis: an entry of its output depends on other entries.
  struct Crossing: Sendable {
    enum Kind: Sendable, Hashable {
      /// A recurrence runs along the axis.
      case recurrence(Recurrence.Direction)
      /// The axis is the rows of a recurrence: entries stay apart.
      case recurrenceRows
      /// A sum, mean, maximum, softmax, norm or product over the whole axis.
      case reduction
      /// The axis is cut or mixed in a way that cannot be followed.
      case lost
    }
    var kind: Kind
    var node: Int
    var tag: AxisTag
  }

  /// Tracks `graph`, whose shapes are all known.
  ///
  /// - Parameter origins: the axes to follow; nil means all.
  init(_ graph: Graph, following origins: Set<TagClasses.Origin>? = nil) {
    self.graph = graph
    for (position, input) in graph.inputs.enumerated() {
      var layout = AxisLayout(plain: shape(of: input))
      for (axis, size) in layout.shape.enumerated() {
        let origin = TagClasses.Origin(input: position, axis: axis)
        guard origins?.contains(origin) ?? true else { continue }
        layout.axes[axis] = [AxisLayout.Factor(size: size, tag: classes.makeTag(origin))]
      }
      layouts[input] = layout
    }
    for index in graph.nodes.indices { track(index) }
  }

  func shape(of id: ValueID) -> [Int] { graph[id].type.shape?.sizes ?? [] }

  /// The layout of a value; constants come from no input.
  func layout(of id: ValueID) -> AxisLayout {
    layouts[id] ?? AxisLayout(plain: shape(of: id))
  }

  private mutating func track(_ index: Int) {
    let node = graph.nodes[index]
    let inputs = node.inputs.map { id in id.map { layout(of: $0) } }
    guard inputs.contains(where: { !($0?.tags.isEmpty ?? true) }) else { return }
    var rule = AxisRule(
      node: node, inputs: inputs, outputShapes: node.outputs.map { $0.map(shape(of:)) ?? [] },
      constants: node.inputs.map { id in id.flatMap { graph.constants[$0] } })
    rule.apply()
    for (a, b) in rule.united { classes.unite(a, b) }
    var kept = Set<AxisTag>()
    for (position, output) in node.outputs.enumerated() {
      guard let output else { continue }
      var layout = rule.outputs[position]
      if layout.shape != shape(of: output) { layout = AxisLayout(plain: shape(of: output)) }
      kept.formUnion(layout.tags)
      layouts[output] = layout
    }
    for (kind, tags) in rule.crossings {
      crossings += tags.sorted().map { Crossing(kind: kind, node: index, tag: $0) }
    }
    let explained = Set(rule.crossings.flatMap { $0.1 }).union(rule.dropped)
      .union(rule.united.flatMap { [$0.0, $0.1] })
    let lost = inputs.reduce(into: Set<AxisTag>()) { $0.formUnion($1?.tags ?? []) }
      .subtracting(kept).subtracting(explained)
    let large = lost.filter { tag in
      inputs.contains { $0?.axes.joined().contains { $0.tag == tag && $0.size > 1 } ?? false }
    }
    crossings += large.sorted().map { Crossing(kind: .lost, node: index, tag: $0) }
  }
}

import SluiceGraph

// A layer normalisation written as primitives, as exporters do before opset 17:
//
//     m = mean(x)   d = x − m   v = mean(d²)   y = d / √(v + ε)   [· scale   + bias]
//
// with both means over the same trailing axes, which stay with size 1.

extension Program {
  /// Replaces each such group of nodes, where nothing else reads what lies between, by one
  /// `layerNormalization`.
  mutating func findLayerNormalizations() {
    let readers = ReaderTable(self)
    var replaced: [Int: Node] = [:]
    var removed: Set<Int> = []
    for index in graph.nodes.indices where !removed.contains(index) {
      guard let found = LayerNormalizationPattern(mean: index, graph, readers),
        removed.isDisjoint(with: found.nodes), let last = found.nodes.max()
      else { continue }
      replaced[last] = node(for: found, name: graph.nodes[index].name)
      removed.formUnion(found.nodes)
    }
    guard !removed.isEmpty else { return }
    graph.nodes = graph.nodes.indices.compactMap { index in
      replaced[index] ?? (removed.contains(index) ? nil : graph.nodes[index])
    }
  }

  private mutating func node(for found: LayerNormalizationPattern, name: String) -> Node {
    let scale =
      found.scale
      ?? graph.addConstant(Tensor(repeating: Float(1), shape: found.shape), name: "\(name).scale")
    return Node(
      name: name, operator: .layerNormalization(axis: found.axis, epsilon: found.epsilon),
      inputs: [found.input, scale, found.bias], outputs: [found.output])
  }
}

/// The nodes of one layer normalisation.
private struct LayerNormalizationPattern {
  var input: ValueID
  var axis: Int
  /// Of the normalised axes.
  var shape: [Int]
  var epsilon: Float = 0
  var scale: ValueID?
  var bias: ValueID?
  var output: ValueID
  var nodes: Set<Int> = []

  init?(mean index: Int, _ graph: Graph, _ readers: ReaderTable) {
    let walk = Walk(graph: graph, readers: readers)
    guard let (x, axis) = walk.trailingMean(index), let mean = walk.output(index),
      let shape = graph[x].type.shape?.sizes, graph[x].type.elementType == .float32,
      let subtract = walk.only(readerOf: mean), walk.isBinary(.sub, subtract, x, mean),
      let difference = walk.output(subtract),
      let (square, divide) = walk.squareAndDivision(of: difference),
      let squared = walk.output(square), let variance = walk.only(readerOf: squared),
      let (_, other) = walk.trailingMean(variance), other == axis,
      let varianceValue = walk.output(variance), let add = walk.only(readerOf: varianceValue),
      let epsilon = walk.scalar(added: varianceValue, in: add),
      let sum = walk.output(add), let root = walk.only(readerOf: sum),
      case .unary(.sqrt) = graph.nodes[root].operator, let deviation = walk.output(root),
      walk.only(readerOf: deviation) == divide,
      walk.isBinary(.div, divide, difference, deviation), let quotient = walk.output(divide)
    else { return nil }
    (input, self.axis, self.shape, self.epsilon) = (x, axis, Array(shape[axis...]), epsilon)
    output = quotient
    nodes = [index, subtract, square, variance, add, root, divide]
    takeScaleAndBias(walk)
  }

  private mutating func takeScaleAndBias(_ walk: Walk) {
    guard let multiply = walk.only(readerOf: output),
      let factor = walk.constant(.mul, in: multiply, beside: output, shape: shape),
      let product = walk.output(multiply)
    else { return }
    (scale, output) = (factor, product)
    nodes.insert(multiply)
    guard let add = walk.only(readerOf: output),
      let summand = walk.constant(.add, in: add, beside: output, shape: shape),
      let sum = walk.output(add)
    else { return }
    (bias, output) = (summand, sum)
    nodes.insert(add)
  }
}

/// Questions about a graph along the readers of values.
private struct Walk {
  let graph: Graph
  let readers: ReaderTable

  func output(_ node: Int) -> ValueID? { graph.nodes[node].outputs.first ?? nil }

  /// The node that alone reads a value, once.
  func only(readerOf value: ValueID) -> Int? {
    let nodes = readers.onlyNodes(value)
    return nodes.count == 1 ? nodes[0] : nil
  }

  /// Input and first axis of a mean over all axes from that one on, which it keeps.
  func trailingMean(_ index: Int) -> (input: ValueID, axis: Int)? {
    let node = graph.nodes[index]
    guard case .reduce(let reduction) = node.operator, reduction.kind == .mean,
      reduction.keepDimensions, let input = node.inputs[0],
      let rank = graph[input].type.shape?.sizes?.count
    else { return nil }
    let given = node.inputs.count > 1 ? node.inputs[1] : nil
    let axes = given.flatMap { graph.constants[$0]?.integers() }
    guard given == nil || axes != nil,
      let resolved = try? reduction.resolvedAxes(axes, rank: rank), let first = resolved.first,
      resolved == Array(first..<rank)
    else { return nil }
    return (input, first)
  }

  func isBinary(_ op: BinaryOperator, _ index: Int, _ a: ValueID, _ b: ValueID) -> Bool {
    guard case .binary(op) = graph.nodes[index].operator else { return false }
    return graph.nodes[index].inputs == [a, b]
  }

  /// The two readers of x: one squares it, the other divides it.
  func squareAndDivision(of x: ValueID) -> (square: Int, divide: Int)? {
    let all = Set(readers.onlyNodes(x))
    guard all.count == 2, let square = all.first(where: { isSquare($0, of: x) }),
      let divide = all.first(where: { $0 != square })
    else { return nil }
    return (square, divide)
  }

  private func isSquare(_ index: Int, of x: ValueID) -> Bool {
    let node = graph.nodes[index]
    switch node.operator {
    case .binary(.mul): return node.inputs == [x, x]
    case .binary(.pow):
      guard node.inputs.count == 2, node.inputs[0] == x, let exponent = node.inputs[1] else {
        return false
      }
      return graph.constants[exponent]?.count == 1
        && graph.constants[exponent]?.doubles().first == 2
    default: return false
    }
  }

  /// ε of `value + ε`.
  func scalar(added value: ValueID, in index: Int) -> Float? {
    let node = graph.nodes[index]
    guard case .binary(.add) = node.operator,
      let other = node.inputs.compactMap(\.self).first(where: { $0 != value }),
      let tensor = graph.constants[other], tensor.count == 1, tensor.elementType == .float32
    else { return nil }
    return tensor.floats().first
  }

  /// The constant of exactly this shape (axes of size 1 in front apart) beside a value.
  func constant(
    _ op: BinaryOperator, in index: Int, beside value: ValueID, shape: [Int]
  ) -> ValueID? {
    let node = graph.nodes[index]
    guard case .binary(op) = node.operator,
      let other = node.inputs.compactMap(\.self).first(where: { $0 != value }),
      let tensor = graph.constants[other], tensor.elementType == .float32,
      tensor.shape.drop(while: { $0 == 1 }) == shape.drop(while: { $0 == 1 }),
      tensor.shape.count <= (graph[value].type.shape?.sizes?.count ?? 0)
    else { return nil }
    return other
  }
}

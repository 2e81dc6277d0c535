import SluiceGraph
import SluiceTestSupport

/// Random programs that move elements about, with element-wise operators in between: what the planner
/// composes into views, assemblies and expressions.
struct RandomMovement {
  private var random: SeededGenerator
  private var graph = Graph(name: "movement")
  private var values: [ValueID] = []

  /// A program of up to `nodeLimit` nodes; the seed repeats it.
  static func program(seed: UInt64, nodeLimit: Int = 14) throws -> (Program, inputs: [Tensor]) {
    var builder = RandomMovement(random: SeededGenerator(seed: seed))
    for index in 0..<2 {
      let shape = (0..<builder.number(1...4)).map { _ in builder.number(1...5) }
      builder.values.append(
        builder.graph.addInput("x\(index)", .float32, Shape(shape)))
    }
    for _ in 0..<builder.number(1...nodeLimit) { try builder.addNode() }
    for value in builder.values.suffix(4).reversed() { builder.graph.addOutput(value) }
    let inputs = builder.graph.inputs.map { builder.tensor(builder.shape($0)) }
    return (Program(graph: builder.graph), inputs)
  }

  private mutating func number(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  private mutating func tensor(_ shape: [Int]) -> Tensor {
    Tensor(random.floats(shape.reduce(1, *)), shape: shape)
  }

  private func shape(_ value: ValueID) -> [Int] { graph[value].type.shape?.sizes ?? [] }

  private mutating func pick() -> ValueID { values[number(0...(values.count - 1))] }

  private mutating func constant(_ numbers: [Int], shape: [Int]? = nil) -> ValueID {
    graph.addConstant(
      Tensor(numbers.map { Int64($0) }, shape: shape), name: "c\(graph.values.count)")
  }

  private mutating func add(_ op: Operator, _ inputs: [ValueID?], outputs: Int = 1) throws {
    let types = inputs.map { $0.map { graph[$0].type } }
    let known = inputs.map { $0.flatMap { graph.constants[$0] } }
    let results = try op.outputTypes(inputs: types, constants: known, outputCount: outputs)
    let name = "n\(graph.nodes.count)"
    let produced = results.map { graph.addValue(name, $0) }
    graph.nodes.append(
      Node(name: name, operator: op, inputs: inputs, outputs: produced.map { $0 }))
    values += produced.filter { shape($0).reduce(1, *) <= 4000 }
  }

  private mutating func addNode() throws {
    let x = pick()
    switch number(0...13) {
    case 0: try add(.unary(number(0...1) == 0 ? .neg : .abs), [x])
    case 1: try add(.binary(.add), [x, graph.addConstant(Tensor(scalar: Float(2)), name: "two")])
    case 2: try add(.binary(.mul), [x, x])
    case 3: try combine(x)
    case 4: try add(.transpose(permutation: shape(x).indices.shuffled(using: &random)), [x])
    case 5: try reshape(x)
    case 6: try slice(x)
    case 7: try concat(x)
    case 8: try pad(x)
    case 9, 10: try gather(x)
    case 11: try scatter(x)
    case 12: try split(x)
    default: try expand(x)
    }
  }

  private mutating func combine(_ x: ValueID) throws {
    let equal = values.filter { shape($0) == shape(x) }
    let other = equal[number(0...(equal.count - 1))]
    try add(.binary(number(0...1) == 0 ? .sub : .add), [x, other])
  }

  private mutating func reshape(_ x: ValueID) throws {
    var left = shape(x).reduce(1, *)
    var target: [Int] = []
    for divisor in [2, 3, 5, 4, 2] where left % divisor == 0 && number(0...1) == 0 {
      target.append(divisor)
      left /= divisor
    }
    target.insert(left, at: number(0...target.count))
    if number(0...3) == 0 { target.insert(1, at: number(0...target.count)) }
    try add(.reshape(allowZero: false), [x, constant(target)])
  }

  private mutating func slice(_ x: ValueID) throws {
    guard !shape(x).isEmpty else { return }
    let axis = number(0...(shape(x).count - 1))
    let size = shape(x)[axis]
    let step = [1, 1, 2, -1, -2][number(0...4)]
    let (a, b) = (number(0...(size - 1)), number(0...(size - 1)))
    let (first, last) = (min(a, b), max(a, b))
    let bounds = step > 0 ? (first, last + 1) : (last, first - 1 - (first == 0 ? size : 0))
    try add(
      .slice,
      [x, constant([bounds.0]), constant([bounds.1]), constant([axis]), constant([step])])
  }

  private mutating func concat(_ x: ValueID) throws {
    guard !shape(x).isEmpty else { return }
    let axis = number(0...(shape(x).count - 1))
    func without(_ value: ValueID) -> [Int] {
      var sizes = shape(value)
      sizes.remove(at: axis)
      return sizes
    }
    let fitting = values.filter {
      shape($0).count == shape(x).count && without($0) == without(x)
    }
    let others = (0..<number(0...2)).map { _ in fitting[number(0...(fitting.count - 1))] }
    try add(.concat(axis: axis), [x] + others)
  }

  private mutating func pad(_ x: ValueID) throws {
    let sizes = shape(x)
    let begins = sizes.map { number((1 - $0)...2) }
    let ends = zip(sizes, begins).map { number((1 - $0 - min($1, 0))...2) }
    try add(.pad(.constant), [x, constant(begins + ends)])
  }

  /// Ranges, affine tables and rules-free indices.
  private mutating func gather(_ x: ValueID) throws {
    guard !shape(x).isEmpty else { return }
    let axis = number(0...(shape(x).count - 1))
    let size = shape(x)[axis]
    let indices: ValueID
    switch number(0...3) {
    case 0: indices = constant([number(-size...(size - 1))], shape: [])
    case 1:
      let first = number(0...(size - 1))
      indices = constant(Array(first..<size))
    case 2:
      let window = number(1...size)
      let rows = size - window + 1
      indices = constant(
        (0..<rows).flatMap { row in (0..<window).map { row + $0 } }, shape: [rows, window])
    default: indices = constant((0..<number(1...4)).map { _ in number(0...(size - 1)) })
    }
    try add(.gather(axis: axis), [x, indices])
  }

  /// A box of updates cut from another value's elements.
  private mutating func scatter(_ x: ValueID) throws {
    let sizes = shape(x)
    guard !sizes.isEmpty else { return }
    let depth = number(1...sizes.count)
    let start = sizes.prefix(depth).map { number(0...($0 - 1)) }
    let box = zip(sizes, start).map { number(1...($0 - $1)) }
    let count = box.reduce(1, *)
    var entries: [Int] = []
    for position in 0..<count {
      var (rest, index) = (position, [Int](repeating: 0, count: depth))
      for axis in box.indices.reversed() {
        index[axis] = start[axis] + rest % box[axis]
        rest /= box[axis]
      }
      entries += index
    }
    let updates = graph.addConstant(
      tensor(box + sizes.dropFirst(depth)), name: "u\(graph.values.count)")
    try add(.unary(.neg), [updates])
    let moved = graph.nodes[graph.nodes.count - 1].outputs[0]
    try add(
      .scatterND(.none), [x, constant(entries, shape: box + [depth]), moved])
  }

  private mutating func split(_ x: ValueID) throws {
    guard let axis = shape(x).indices.first(where: { shape(x)[$0] > 1 }) else { return }
    let first = number(1...(shape(x)[axis] - 1))
    try add(
      .split(axis: axis), [x, constant([first, shape(x)[axis] - first])], outputs: 2)
  }

  private mutating func expand(_ x: ValueID) throws {
    guard shape(x).reduce(1, *) < 500 else { return }
    let target = [number(1...3)] + shape(x).map { $0 == 1 ? number(1...3) : $0 }
    try add(.expand, [x, constant(target)])
  }
}

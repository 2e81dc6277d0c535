import SluiceGraph

/// Chains of element-wise operators. A chain stays open while nobody else needs its values.
extension Planner {
  /// Adds an element-wise float32 node to a chain; false if it is none.
  mutating func join(_ node: Node) throws(PlanError) -> Bool {
    guard let rule = ElementwiseRule(node, graph: graph), let output = node.outputs[0],
      let shape = graph[output].type.shape?.sizes, !shape.contains(0)
    else { return false }
    let open = try openGroups(of: rule, shape: shape)
    var group = ExpressionGroup(name: node.name, shape: shape)
    for (index, number) in open.enumerated() {
      guard let other = groups[number] else { continue }
      if index == 0 { group = other } else { group.merge(other) }
    }
    if try add(rule, output, to: &group), group.fits(readers) {
      for number in open { groups[number] = nil }
      install(group, replacing: open)
      return true
    }
    for number in open { try flush(number) }
    group = ExpressionGroup(name: node.name, shape: shape)
    guard try add(rule, output, to: &group), group.fits(readers) else { return false }
    install(group, replacing: [])
    return true
  }

  private mutating func install(_ group: ExpressionGroup, replacing: [Int]) {
    groupCount += 1
    groups[groupCount] = group
    for member in group.members { setForm(member.value, .pending(group: groupCount)) }
  }

  /// The chains that a node's inputs belong to, in order; those of another shape are closed.
  private mutating func openGroups(
    of rule: ElementwiseRule, shape: [Int]
  ) throws(PlanError) -> [Int] {
    var open: [Int] = []
    for value in rule.operands {
      guard case .pending(let number) = try form(value, by: rule.reader) else { continue }
      if groups[number]?.shape == shape {
        if !open.contains(number) { open.append(number) }
      } else {
        try flush(number)
      }
    }
    return open.sorted()
  }

  /// false if an operand cannot be taken in.
  private mutating func add(
    _ rule: ElementwiseRule, _ output: ValueID, to group: inout ExpressionGroup
  ) throws(PlanError) -> Bool {
    var operands: [ExpressionGroup.Reference] = []
    for value in rule.operands {
      if let member = group.reference(to: value) {
        operands.append(member)
      } else if let number = rule.scalar(value, graph) {
        operands.append(group.append([]) { _ in .constant(number) })
      } else {
        let buffer = try buffer(value, by: rule.reader) { _ in true }
        operands.append(group.reference(toBuffer: buffer))
      }
    }
    group.add(output, rule.steps(operands, &group), of: rule.node)
    return true
  }

  /// Emits a chain.
  mutating func flush(_ number: Int) throws(PlanError) {
    guard let group = groups.removeValue(forKey: number) else { return }
    let (expression, values) = group.expression(readers)
    try emit(group.name, .expression(expression), group.inputs, outputs: values)
  }
}

/// An element-wise float32 node as steps of an expression.
struct ElementwiseRule {
  /// The values it computes with, in order.
  let operands: [ValueID]
  let reader: String
  /// The node's name.
  let node: String
  /// Adds the node's steps and gives the last one's reference.
  let steps: ([ExpressionGroup.Reference], inout ExpressionGroup) -> ExpressionGroup.Reference

  /// nil where the node is of another kind or type.
  init?(_ node: Node, graph: Graph) {
    guard node.outputs.count == 1, let output = node.outputs[0],
      graph[output].type.elementType == .float32,
      let first = node.inputs.first ?? nil,
      let steps = Self.steps(node, graph, isSquare: Self.isSquare(node, graph))
    else { return nil }
    var operands = node.inputs.compactMap(\.self)
    switch node.operator {
    case .clip: operands = [first]
    case .binary(.pow) where Self.isSquare(node, graph): operands = [first]
    default: break
    }
    guard operands.allSatisfy({ graph[$0].type.elementType == .float32 }) else { return nil }
    self.operands = operands
    self.steps = steps
    self.node = node.name
    reader = "node '\(node.name)'"
  }

  /// The number of a constant with one element.
  func scalar(_ value: ValueID, _ graph: Graph) -> Float? { Self.scalar(value, graph) }

  private static func scalar(_ value: ValueID?, _ graph: Graph) -> Float? {
    guard let value, let tensor = graph.constants[value], tensor.elementType == .float32,
      tensor.count == 1
    else { return nil }
    return tensor.floats().first
  }

  private static func isSquare(_ node: Node, _ graph: Graph) -> Bool {
    guard case .binary(.pow) = node.operator, node.inputs.count == 2 else { return false }
    let exponent = node.inputs[1].flatMap { graph.constants[$0] }
    return exponent?.count == 1 && exponent?.doubles().first == 2
  }

  private typealias Steps = ([ExpressionGroup.Reference], inout ExpressionGroup) ->
    ExpressionGroup.Reference

  private static func steps(_ node: Node, _ graph: Graph, isSquare: Bool) -> Steps? {
    switch node.operator {
    case .unary(.not): return nil
    case .unary(let op): return { $1.append($0) { .unary(op, $0[0]) } }
    case .binary(.pow) where isSquare:
      return { $1.append([$0[0], $0[0]]) { .binary(.mul, $0[0], $0[1]) } }
    case .binary(let op):
      guard [.add, .sub, .mul, .div, .pow].contains(op) else { return nil }
      return { $1.append($0) { .binary(op, $0[0], $0[1]) } }
    case .prelu: return { $1.append($0) { .prelu($0[0], $0[1]) } }
    case .variadic(let op): return variadic(op)
    case .clip: return clip(node, graph)
    default: return nil
    }
  }

  private static func clip(_ node: Node, _ graph: Graph) -> Steps? {
    var limits: [Float] = [-.infinity, .infinity]
    for index in 1...2 where node.inputs.indices.contains(index) && node.inputs[index] != nil {
      guard let limit = scalar(node.inputs[index], graph), !limit.isNaN else { return nil }
      limits[index - 1] = limit
    }
    let (low, high) = (limits[0], limits[1])
    return { $1.append($0) { .clip($0[0], low, high) } }
  }

  /// Pairs from the left; the mean divides their sum.
  private static func variadic(_ op: VariadicOperator) -> Steps {
    { operands, group in
      var left = operands[0]
      for next in operands.dropFirst() {
        left = group.append([left, next]) { numbers in
          switch op {
          case .min: .minimum(numbers[0], numbers[1])
          case .max: .maximum(numbers[0], numbers[1])
          case .mean, .sum: .binary(.add, numbers[0], numbers[1])
          }
        }
      }
      if op == .mean || operands.count == 1 {
        let divisor = Float(op == .mean ? operands.count : 1)
        let count = group.append([]) { _ in .constant(divisor) }
        left = group.append([left, count]) { .binary(.div, $0[0], $0[1]) }
      }
      return left
    }
  }
}

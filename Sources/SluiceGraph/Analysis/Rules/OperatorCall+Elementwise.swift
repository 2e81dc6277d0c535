// Operators whose output has the shape of the input, or of all inputs broadcast.
extension OperatorCall {
  func elementwiseType() throws(GraphError) -> ValueType {
    switch op {
    case .unary(let unary): return try unaryType(unary)
    case .binary(let binary): return try binaryType(binary)
    case .variadic:
      guard !inputs.isEmpty else {
        throw GraphError(.invalid, "expected at least 1 input, found 0")
      }
      try expectInputs(inputs.count...inputs.count)
      try numberType(0)
      return ValueType(try commonType(inputs.indices), try broadcast(inputs.indices))
    case .prelu: return try preluType()
    case .clip: return try clipType()
    case .where:
      try expectInputs(3...3)
      try elementType(0, in: [.bool], "bool")
      return ValueType(try commonType(1...2), try broadcast(0...2))
    case .softmax(let axis), .logSoftmax(let axis):
      try expectInputs(1...1)
      let elementType = try floatType(0)
      let shape = try shape(0)
      if let shape { _ = try Axes.resolved(axis, rank: max(shape.rank, 1)) }
      return ValueType(elementType, shape)
    case .cast(let target):
      try expectInputs(1...1)
      return ValueType(target, try shape(0))
    default:
      try expectInputs(1...1)
      return try type(0)
    }
  }

  private func unaryType(_ unary: UnaryOperator) throws(GraphError) -> ValueType {
    try expectInputs(1...1)
    switch unary {
    case .not: try elementType(0, in: [.bool], "bool")
    case .relu, .abs, .neg, .sign: try numberType(0)
    default: try floatType(0)
    }
    return try type(0)
  }

  private func binaryType(_ binary: BinaryOperator) throws(GraphError) -> ValueType {
    try expectInputs(2...2)
    let shape = try broadcast(0...1)
    switch binary {
    case .add, .sub, .mul, .div:
      try numberType(0)
      return ValueType(try commonType(0...1), shape)
    case .pow:
      try numberType(1)
      return ValueType(try numberType(0), shape)
    case .greater, .greaterOrEqual, .less, .lessOrEqual:
      try numberType(0)
      try commonType(0...1)
      return ValueType(.bool, shape)
    case .equal:
      try commonType(0...1)
      return ValueType(.bool, shape)
    case .and, .or:
      try elementType(0, in: [.bool], "bool")
      try commonType(0...1)
      return ValueType(.bool, shape)
    }
  }

  private func preluType() throws(GraphError) -> ValueType {
    try expectInputs(2...2)
    try numberType(0)
    let elementType = try commonType(0...1)
    guard let x = try shape(0) else { return ValueType(elementType, nil) }
    if let slope = try shape(1), !Broadcast.mayFit(slope, into: x) {
      throw GraphError(
        .invalid, "input 1 (slope): expected a shape that broadcasts to \(x), found \(slope)")
    }
    return ValueType(elementType, x)
  }

  private func clipType() throws(GraphError) -> ValueType {
    try expectInputs(1...3)
    try numberType(0)
    let elementType = try commonType(0...2)
    for (index, what) in [(1, "minimum"), (2, "maximum")] where isPresent(index) {
      guard let count = try shape(index)?.elementCount().size, count != 1 else { continue }
      throw GraphError(
        .invalid, "input \(index) (\(what)): expected one element, found \(count)")
    }
    return ValueType(elementType, try shape(0))
  }

  /// The shape that the present inputs of `indices` are repeated to; nil if one is unknown.
  private func broadcast(_ indices: some Sequence<Int>) throws(GraphError) -> Shape? {
    var shapes = [Shape]()
    for index in indices where isPresent(index) {
      guard let shape = try shape(index) else { return nil }
      shapes.append(shape)
    }
    return try Broadcast.shape(shapes)
  }
}

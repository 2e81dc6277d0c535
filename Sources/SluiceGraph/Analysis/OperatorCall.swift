/// An operator with what is known of its inputs: the ground every shape rule stands on.
struct OperatorCall {
  var op: Operator
  /// In the operator's order, nil where absent.
  var inputs: [ValueType?]
  /// In the same order; may be shorter.
  var values: [KnownValue?]
  var outputCount: Int
  /// How many branches this one lies in.
  var depth = 0

  // MARK: Inputs

  func isPresent(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

  /// The type of an input that has to be there.
  func type(_ index: Int) throws(GraphError) -> ValueType {
    guard index < inputs.count, let type = inputs[index] else {
      throw GraphError(.invalid, "input \(index) is absent")
    }
    return type
  }

  func shape(_ index: Int) throws(GraphError) -> Shape? { try type(index).shape }

  /// Checks that there are as many inputs as `range` says and that the first of them are present.
  func expectInputs(_ range: ClosedRange<Int>) throws(GraphError) {
    guard range.contains(inputs.count) || trailingInputsAbsent(from: range.upperBound) else {
      let count =
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
      throw GraphError(.invalid, "expected \(count) inputs, found \(inputs.count)")
    }
    for index in 0..<range.lowerBound { _ = try type(index) }
  }

  func expectOutputs(_ most: Int) throws(GraphError) {
    guard outputCount <= most else {
      throw GraphError(.invalid, "expected at most \(most) outputs, found \(outputCount)")
    }
  }

  private func trailingInputsAbsent(from count: Int) -> Bool {
    inputs.count > count && inputs[count...].allSatisfy { $0 == nil }
  }

  // MARK: Element types

  private static let floats: Set<ElementType> = [.float32, .float64]
  private static let numbers = Set(ElementType.allCases).subtracting([.bool])
  private static let indices: Set<ElementType> = [.int32, .int64]

  /// The element type of input `index`, which has to be one of `allowed`.
  @discardableResult
  func elementType(
    _ index: Int, in allowed: Set<ElementType>, _ what: String
  ) throws(GraphError) -> ElementType {
    let found = try type(index).elementType
    guard allowed.contains(found) else {
      throw GraphError(.invalid, "input \(index): expected \(what), found \(found)")
    }
    return found
  }

  @discardableResult
  func floatType(_ index: Int) throws(GraphError) -> ElementType {
    try elementType(index, in: OperatorCall.floats, "a floating-point type")
  }

  @discardableResult
  func numberType(_ index: Int) throws(GraphError) -> ElementType {
    try elementType(index, in: OperatorCall.numbers, "numbers")
  }

  @discardableResult
  func indexType(_ index: Int) throws(GraphError) -> ElementType {
    try elementType(index, in: OperatorCall.indices, "int32 or int64")
  }

  /// Checks that all present inputs of `indices` have one element type, and returns it.
  @discardableResult
  func commonType(_ indices: some Sequence<Int>) throws(GraphError) -> ElementType {
    var common: (index: Int, type: ElementType)?
    for index in indices where isPresent(index) {
      let found = try type(index).elementType
      if let common, common.type != found {
        throw GraphError(
          .invalid,
          "input \(index): expected \(common.type) like input \(common.index), found \(found)")
      }
      common = common ?? (index, found)
    }
    guard let common else { throw GraphError(.invalid, "all inputs are absent") }
    return common.type
  }

  // MARK: Shapes

  /// The shape of input `index` if it is known; checks its rank.
  func shape(_ index: Int, ranks: ClosedRange<Int>) throws(GraphError) -> Shape? {
    guard let shape = try shape(index) else { return nil }
    guard ranks.contains(shape.rank) else {
      let wanted =
        ranks.count == 1
        ? "rank \(ranks.lowerBound)"
        : ranks.upperBound == Int.max
          ? "rank \(ranks.lowerBound) or more" : "rank \(ranks.lowerBound) to \(ranks.upperBound)"
      throw GraphError(.invalid, "input \(index): expected \(wanted), found shape \(shape)")
    }
    return shape
  }

  /// Checks a present input against the shape it has to have.
  ///
  /// - Parameter what: what the input is, such as `weights`.
  func expect(
    _ index: Int, _ what: String, _ expected: [Dimension]
  ) throws(GraphError) {
    guard isPresent(index), let found = try shape(index) else { return }
    guard found.rank == expected.count,
      zip(found.dimensions, expected).allSatisfy({ $0.unified($1) != nil })
    else {
      throw GraphError(
        .invalid,
        "input \(index) (\(what)): expected shape \(Shape(expected)), found \(found)")
    }
  }

  // MARK: Values

  func value(_ index: Int) -> KnownValue? { index < values.count ? values[index] : nil }

  /// The whole numbers of input `index`; nil where they are not all known. The element type is
  /// checked either way.
  func integers(_ index: Int) throws(GraphError) -> [Int]? {
    try indexType(index)
    return switch value(index) {
    case .tensor(let tensor): tensor.integers()
    case .dimensions(let vector): Shape(vector.entries).sizes
    case nil: nil
    }
  }

  /// Likewise with symbols among them.
  func dimensions(_ index: Int) throws(GraphError) -> [Dimension]? {
    try indexType(index)
    return switch value(index) {
    case .tensor(let tensor): tensor.integers()?.map { .size($0) }
    case .dimensions(let vector): vector.entries
    case nil: nil
    }
  }

  /// The one whole number of input `index`; nil where it is not known.
  func integer(_ index: Int) throws(GraphError) -> Int? {
    guard let integers = try integers(index) else { return nil }
    guard integers.count == 1 else {
      throw GraphError(
        .invalid, "input \(index): expected one number, found \(integers.count)")
    }
    return integers[0]
  }

  /// The numbers of a floating-point input; nil where they are not known.
  func floats(_ index: Int) throws(GraphError) -> [Float]? {
    try floatType(index)
    guard case .tensor(let tensor) = value(index) else { return nil }
    return tensor.floats()
  }

  /// How many elements a vector input has: from its value, else from its shape.
  func length(_ index: Int) throws(GraphError) -> Int? {
    try shape(index, ranks: 0...1)?.elementCount().size
  }
}

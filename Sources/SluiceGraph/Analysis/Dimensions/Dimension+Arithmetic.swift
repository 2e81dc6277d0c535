/// Arithmetic on sizes that may be symbols. Numbers are checked for overflow (`limit`).
extension Dimension {
  /// A dimension of which nothing is known. It equals no other one, itself included.
  static let unknown = Dimension.symbol("?")

  var isUnknown: Bool { self == Dimension.unknown }

  func adding(_ other: Dimension) throws(GraphError) -> Dimension {
    if case .size(let a) = self, case .size(let b) = other { return .size(try a.adding(b)) }
    if isUnknown || other.isUnknown { return .unknown }
    return Dimension(try formula.adding(other.formula))
  }

  func subtracting(_ other: Dimension) throws(GraphError) -> Dimension {
    if case .size(let a) = self, case .size(let b) = other { return .size(try a.subtracting(b)) }
    if isUnknown || other.isUnknown { return .unknown }
    return Dimension(try formula.adding(other.formula, times: -1))
  }

  func multiplied(by other: Dimension) throws(GraphError) -> Dimension {
    if case .size(let a) = self, case .size(let b) = other {
      return .size(try a.multiplied(by: b))
    }
    if self == 0 || other == 0 { return 0 }
    if isUnknown || other.isUnknown { return .unknown }
    return Dimension(try formula.multiplied(by: other.formula))
  }

  /// Rounded toward minus infinity; `divisor` is positive.
  func floorDivided(by divisor: Int) throws(GraphError) -> Dimension {
    if case .size(let a) = self { return .size(a.floorDivided(by: divisor)) }
    if isUnknown { return .unknown }
    return Dimension(try formula.floorDivided(by: divisor))
  }

  /// The quotient where it has no rest; nil where that cannot be said.
  func quotient(_ divisor: Dimension) -> Dimension? {
    if isUnknown || divisor.isUnknown || divisor == 0 { return nil }
    return formula.quotient(divisor.formula).map { Dimension($0) }
  }

  /// The dimension with names replaced by numbers; a whole text that is a key counts as a name.
  func replacing(_ numbers: [String: Int]) throws(GraphError) -> Dimension {
    guard case .symbol(let text) = self else { return self }
    if let number = numbers[text] { return .size(number) }
    return Dimension(try formula.replacing(numbers))
  }

  /// The names it depends on, sorted; none for a number.
  var names: [String] { size == nil ? formula.names : [] }

  /// Whether both are known to be equal.
  func equals(_ other: Dimension) -> Bool { self == other && !isUnknown }

  /// The dimension that both are, given that they are equal: a number rather than a symbol, a symbol
  /// rather than nothing. Nil for two different numbers.
  func unified(_ other: Dimension) -> Dimension? {
    switch (self, other) {
    case (.size(let a), .size(let b)): a == b ? self : nil
    case (.size, .symbol): self
    case (.symbol, .size): other
    case (.symbol, .symbol): isUnknown ? other : self
    }
  }

  /// Nothing where the text would grow beyond reading: no file makes analysis write books.
  private init(_ formula: Formula) {
    if let constant = formula.constant {
      self = .size(constant)
    } else {
      let text = formula.text
      self = text.utf8.count > FormulaParser.longestText ? .unknown : .symbol(text)
    }
  }

  private var formula: Formula {
    switch self {
    case .size(let size): Formula(constant: size)
    case .symbol(let text): FormulaParser.parse(text)
    }
  }
}

extension Shape {
  /// The number of elements.
  func elementCount() throws(GraphError) -> Dimension {
    if let sizes { return .size(try checkedElementCount(sizes)) }
    var count = Dimension.size(1)
    for dimension in dimensions { count = try count.multiplied(by: dimension) }
    return count
  }

  /// Whether both are known to be the same shape.
  func equals(_ other: Shape) -> Bool {
    rank == other.rank && zip(dimensions, other.dimensions).allSatisfy { $0.equals($1) }
  }
}

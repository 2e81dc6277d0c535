/// Formulas with numbers put in.
extension Formula {
  /// The formula with the named factors replaced; a rounded quotient whose names are all known
  /// becomes a number.
  func replacing(_ numbers: [String: Int]) throws(GraphError) -> Formula {
    var result = Formula(constant: 0)
    for (factors, coefficient) in terms {
      var product = Formula(constant: coefficient)
      for factor in factors {
        product = try product.multiplied(by: Formula.replacing(factor, numbers))
      }
      result = try result.adding(product)
    }
    return result
  }

  /// The names the formula depends on, sorted.
  var names: [String] {
    var names = Set<String>()
    for factor in terms.keys.joined() {
      if let (dividend, _) = Formula.flooredQuotient(factor) {
        names.formUnion(dividend.names)
      } else {
        names.insert(factor)
      }
    }
    return names.sorted()
  }

  private static func replacing(
    _ factor: String, _ numbers: [String: Int]
  ) throws(GraphError) -> Formula {
    if let number = numbers[factor] { return Formula(constant: number) }
    guard let (dividend, divisor) = flooredQuotient(factor) else { return Formula(factor: factor) }
    return try dividend.replacing(numbers).floorDivided(by: divisor)
  }

  /// Dividend and divisor of `floor(dividend/divisor)`, the one call that formulas make.
  private static func flooredQuotient(_ factor: String) -> (Formula, Int)? {
    guard factor.hasPrefix("floor("), factor.hasSuffix(")") else { return nil }
    let inner = factor.dropFirst(6).dropLast()
    guard let slash = inner.lastIndex(of: "/"),
      let divisor = Int(inner[inner.index(after: slash)...]), divisor > 0
    else { return nil }
    return (FormulaParser.parse(String(inner[..<slash])), divisor)
  }
}

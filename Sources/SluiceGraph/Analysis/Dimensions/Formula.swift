/// A polynomial over dimension names with whole coefficients, in one canonical text:
/// `batch*time*2-10`, `floor(time/2)-4`. Equal formulas have equal texts, so that two dimensions can
/// be compared by text.
///
/// What is no polynomial (a rounded quotient) is one factor, written as a call.
struct Formula: Hashable {
  /// Sorted factors of each product, with its coefficient (never 0). No factors: the constant.
  private(set) var terms: [[String]: Int]

  init(constant: Int) { terms = constant == 0 ? [:] : [[]: constant] }

  init(factor: String) { terms = [[factor]: 1] }

  /// The number, if there is no factor.
  var constant: Int? {
    switch terms.count {
    case 0: 0
    case 1: terms[[]]
    default: nil
    }
  }

  func adding(_ other: Formula, times scale: Int = 1) throws(GraphError) -> Formula {
    var sum = self
    for (factors, coefficient) in other.terms {
      sum[factors] = try sum[factors].adding(coefficient.multiplied(by: scale))
    }
    return sum
  }

  func multiplied(by other: Formula) throws(GraphError) -> Formula {
    guard terms.count * other.terms.count <= Formula.largestTermCount else {
      throw GraphError(.limit, "the dimension (\(text))*(\(other.text)) has too many terms")
    }
    var product = Formula(constant: 0)
    for (a, x) in terms {
      for (b, y) in other.terms {
        let factors = (a + b).sorted()
        product[factors] = try product[factors].adding(x.multiplied(by: y))
      }
    }
    return product
  }

  /// The largest whole formula below `self / divisor`: what divides goes outside the brackets.
  func floorDivided(by divisor: Int) throws(GraphError) -> Formula {
    var whole = Formula(constant: 0)
    var rest = Formula(constant: 0)
    for (factors, coefficient) in terms {
      let quotient = coefficient.floorDivided(by: divisor)
      let remainder = coefficient - quotient * divisor
      if remainder == 0 || factors.isEmpty {
        whole[factors] = quotient
        rest[factors] = remainder
      } else {
        rest[factors] = coefficient
      }
    }
    guard rest.constant == nil else { return whole }
    let inner = rest.terms.count == 1 && rest.isPlainProduct ? rest.text : "(\(rest.text))"
    return try whole.adding(Formula(factor: "floor(\(inner)/\(divisor))"))
  }

  /// `self / divisor` where it divides without rest and the divisor is one product; else nil.
  func quotient(_ divisor: Formula) -> Formula? {
    guard divisor.terms.count == 1, let (under, scale) = divisor.terms.first else { return nil }
    var quotient = Formula(constant: 0)
    for (factors, coefficient) in terms {
      guard coefficient != Int.min, coefficient % scale == 0 else { return nil }
      var left = factors
      for factor in under {
        guard let index = left.firstIndex(of: factor) else { return nil }
        left.remove(at: index)
      }
      quotient[left] = coefficient / scale
    }
    return quotient
  }

  /// The canonical text.
  var text: String {
    let ordered = terms.sorted { a, b in
      if a.key.isEmpty != b.key.isEmpty { return b.key.isEmpty }
      if (a.value > 0) != (b.value > 0) { return a.value > 0 }
      return a.key.lexicographicallyPrecedes(b.key)
    }
    var text = ""
    for (factors, coefficient) in ordered {
      text += coefficient < 0 ? "-" : text.isEmpty ? "" : "+"
      let magnitude = coefficient.magnitude
      let number = magnitude == 1 && !factors.isEmpty ? [] : ["\(magnitude)"]
      text += (factors + number).joined(separator: "*")
    }
    return terms.isEmpty ? "0" : text
  }

  /// Enough for every real network; a file cannot make formulas grow without end.
  static let largestTermCount = 64

  private var isPlainProduct: Bool { terms.allSatisfy { $0.key.count == 1 && $0.value == 1 } }

  private subscript(factors: [String]) -> Int {
    get { terms[factors] ?? 0 }
    set { terms[factors] = newValue == 0 ? nil : newValue }
  }
}

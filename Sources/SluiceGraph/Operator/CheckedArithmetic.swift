// Arithmetic on sizes that come from files: an overflow is an error, never a trap.

extension Int {
  /// `self + other`; throws `limit` where `Int` overflows.
  func adding(_ other: Int) throws(GraphError) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    if overflow { throw GraphError(.limit, "size \(self) + \(other) is beyond 2^63") }
    return sum
  }

  /// `self − other`; throws `limit` where `Int` overflows.
  func subtracting(_ other: Int) throws(GraphError) -> Int {
    let (difference, overflow) = subtractingReportingOverflow(other)
    if overflow { throw GraphError(.limit, "size \(self) - \(other) is beyond 2^63") }
    return difference
  }

  /// `self · other`; throws `limit` where `Int` overflows.
  func multiplied(by other: Int) throws(GraphError) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    if overflow { throw GraphError(.limit, "size \(self) * \(other) is beyond 2^63") }
    return product
  }

  /// `self / divisor` rounded toward minus infinity; `divisor` is positive.
  func floorDivided(by divisor: Int) -> Int {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// `self / divisor` rounded toward plus infinity; `divisor` is positive.
  func ceilingDivided(by divisor: Int) -> Int {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder > 0 ? quotient + 1 : quotient
  }
}

/// The product of `sizes`; throws `limit` where it does not fit, `invalid` on a negative size.
func checkedElementCount(_ sizes: [Int]) throws(GraphError) -> Int {
  if let negative = sizes.first(where: { $0 < 0 }) {
    throw GraphError(.invalid, "expected sizes of at least 0, found \(negative) in \(sizes)")
  }
  guard let count = Tensor.elementCount(of: sizes) else {
    throw GraphError(.limit, "shape \(sizes) has more than 2^63 elements")
  }
  return count
}

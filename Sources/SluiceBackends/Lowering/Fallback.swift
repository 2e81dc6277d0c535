import SluiceGraph

/// Why a backend has no kernel for an operation: the CPU then runs it on the reference evaluator, a
/// device refuses the plan.
package struct Fallback: Error {
  package let reason: String
  package init(_ reason: String) { self.reason = reason }

  /// Turns what the geometry types refuse into a fallback.
  package static func of<Result>(
    _ body: () throws(GraphError) -> Result
  ) throws(Fallback) -> Result {
    do { return try body() } catch { throw Fallback(error.message) }
  }

  /// The product of sizes.
  package static func product(_ factors: Int...) throws(Fallback) -> Int {
    var product = 1
    for factor in factors {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      guard !overflow else { throw Fallback("its sizes overflow") }
      product = next
    }
    return product
  }
}

// Pools over a window and over everything.
extension OperatorCall {
  func poolTypes() throws(GraphError) -> [ValueType] {
    try expectInputs(1...1)
    switch op {
    case .maxPool(let pool):
      let elementType = try numberType(0)
      let shape = try pooled(pool)
      return [ValueType(elementType, shape), ValueType(.int64, shape)]
    case .averagePool(let pool):
      return [ValueType(try floatType(0), try pooled(pool))]
    default:
      let elementType = try floatType(0)
      var shape = try shape(0, ranks: 2...Int.max)
      for axis in 2..<max(shape?.rank ?? 2, 2) { shape?[axis] = 1 }
      return [ValueType(elementType, shape)]
    }
  }

  private func pooled(_ pool: Pool) throws(GraphError) -> Shape? {
    let rank = pool.kernel.count
    let windows = try Window.axes(of: pool, rank: rank)
    guard let x = try shape(0, ranks: (rank + 2)...(rank + 2)) else { return nil }
    let spatial = try slid(windows, over: Array(x.dimensions.dropFirst(2)))
    return Shape(x.dimensions.prefix(2) + spatial)
  }
}

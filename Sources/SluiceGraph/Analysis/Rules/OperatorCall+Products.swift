// Gemm, MatMul and the convolutions.
extension OperatorCall {
  func productType() throws(GraphError) -> ValueType {
    if case .gemm(let gemm) = op { return try gemmType(gemm) }
    try expectInputs(2...2)
    let elementType = try commonType(0...1)
    try numberType(0)
    guard let a = try shape(0, ranks: 1...Int.max), let b = try shape(1, ranks: 1...Int.max)
    else { return ValueType(elementType, nil) }
    // NumPy: a vector on the left is a row, one on the right a column; that axis then goes.
    let left = a.rank == 1 ? [1] + a.dimensions : a.dimensions
    let right = b.rank == 1 ? b.dimensions + [1] : b.dimensions
    guard left[left.count - 1].unified(right[right.count - 2]) != nil else {
      throw GraphError(
        .invalid,
        "shapes \(a) and \(b) do not multiply: "
          + "\(left[left.count - 1]) columns meet \(right[right.count - 2]) rows")
    }
    var result = try Broadcast.shape([
      Shape(Array(left.dropLast(2))), Shape(Array(right.dropLast(2))),
    ]).dimensions
    if a.rank > 1 { result.append(left[left.count - 2]) }
    if b.rank > 1 { result.append(right[right.count - 1]) }
    return ValueType(elementType, Shape(result))
  }

  private func gemmType(_ gemm: Gemm) throws(GraphError) -> ValueType {
    try expectInputs(2...3)
    let elementType = try commonType(0...2)
    try numberType(0)
    let a = try shape(0, ranks: 2...2) ?? [.unknown, .unknown]
    let b = try shape(1, ranks: 2...2) ?? [.unknown, .unknown]
    let (rows, depthA) = gemm.transposeA ? (a[1], a[0]) : (a[0], a[1])
    let (depthB, columns) = gemm.transposeB ? (b[1], b[0]) : (b[0], b[1])
    guard depthA.unified(depthB) != nil else {
      throw GraphError(
        .invalid, "A' [\(rows), \(depthA)] and B' [\(depthB), \(columns)] do not multiply")
    }
    let result: Shape = [rows, columns]
    if isPresent(2), let c = try shape(2), !Broadcast.mayFit(c, into: result) {
      throw GraphError(
        .invalid, "input 2 (C): expected a shape that broadcasts to \(result), found \(c)")
    }
    return ValueType(elementType, result)
  }

  func convolutionType(_ convolution: Convolution) throws(GraphError) -> ValueType {
    let (x, w) = try convolutionShapes()
    let elementType = try floatType(0)
    guard let w else { return ValueType(elementType, x.map { unknownSpatial($0) }) }
    let filters = w[0]
    try expectGroups(convolution.groups, divide: filters, "filters")
    try expect(2, "bias", [filters])
    guard let x else { return ValueType(elementType, nil) }
    let perGroup = try w[1].multiplied(by: .size(convolution.groups))
    guard x[1].unified(perGroup) != nil else {
      throw GraphError(
        .invalid,
        "input 0: expected \(perGroup) channels "
          + "(\(w[1]) a group, \(convolution.groups) groups), found \(x[1]) in \(x)")
    }
    guard let kernel = Shape(Array(w.dimensions.dropFirst(2))).sizes else {
      return ValueType(elementType, unknownSpatial([x[0], filters] + x.dimensions.dropFirst(2)))
    }
    let windows = try Window.axes(of: convolution, kernel: kernel)
    let spatial = try slid(windows, over: Array(x.dimensions.dropFirst(2)))
    return ValueType(elementType, Shape([x[0], filters] + spatial))
  }

  func convolutionType(_ transposed: TransposedConvolution) throws(GraphError) -> ValueType {
    let (x, w) = try convolutionShapes()
    let elementType = try floatType(0)
    let groups = transposed.convolution.groups
    guard let w else { return ValueType(elementType, x.map { unknownSpatial($0) }) }
    try expectGroups(groups, divide: w[0], "channels")
    let filters = try w[1].multiplied(by: .size(groups))
    try expect(2, "bias", [filters])
    guard let x else { return ValueType(elementType, nil) }
    guard x[1].unified(w[0]) != nil else {
      throw GraphError(.invalid, "input 0: expected \(w[0]) channels, found \(x[1]) in \(x)")
    }
    guard let kernel = Shape(Array(w.dimensions.dropFirst(2))).sizes else {
      return ValueType(elementType, unknownSpatial([x[0], filters] + x.dimensions.dropFirst(2)))
    }
    let windows = try Window.axes(of: transposed.convolution, kernel: kernel)
    try Window.check(transposed, rank: kernel.count)
    var spatial = [Dimension]()
    for (index, window) in windows.enumerated() {
      let extra = transposed.outputPadding.isEmpty ? 0 : transposed.outputPadding[index]
      let wanted = transposed.outputShape?[index]
      spatial.append(try window.transposed(x[2 + index], extra: extra, wanted: wanted))
    }
    return ValueType(elementType, Shape([x[0], filters] + spatial))
  }

  private func convolutionShapes() throws(GraphError) -> (x: Shape?, w: Shape?) {
    try expectInputs(2...3)
    try commonType(0...2)
    let (x, w) = (try shape(0, ranks: 3...5), try shape(1, ranks: 3...5))
    guard let x, let w else { return (x, w) }
    guard x.rank == w.rank else {
      throw GraphError(
        .invalid, "expected X and W of one rank, found \(x) and \(w)")
    }
    return (x, w)
  }

  private func expectGroups(
    _ groups: Int, divide channels: Dimension, _ what: String
  ) throws(GraphError) {
    guard groups > 0, (channels.size ?? 0) % groups == 0 else {
      throw GraphError(.invalid, "\(groups) groups do not divide \(channels) \(what)")
    }
  }

  private func unknownSpatial(_ dimensions: [Dimension]) -> Shape {
    Shape(dimensions.prefix(2) + Array(repeating: .unknown, count: dimensions.count - 2))
  }

  private func unknownSpatial(_ shape: Shape) -> Shape {
    unknownSpatial([shape[0], .unknown] + shape.dimensions.dropFirst(2))
  }

  /// The spatial sizes after windows have slid over `spatial`.
  func slid(_ windows: [Window], over spatial: [Dimension]) throws(GraphError) -> [Dimension] {
    try Window.checkRank(windows, spatial.count)
    var result = [Dimension]()
    for (window, size) in zip(windows, spatial) { result.append(try window.slid(over: size)) }
    return result
  }
}

// Shapes as values, generated constants, resampling.
extension OperatorCall {
  func shapeOperatorType() throws(GraphError) -> ValueType {
    switch op {
    case .shape(let start, let end):
      try expectInputs(1...1)
      guard let rank = try shape(0)?.rank else { return ValueType(.int64, [.unknown]) }
      let range = Operator.shapeRange(start: start, end: end, rank: rank)
      return ValueType(.int64, [.size(range.count)])
    case .size:
      try expectInputs(1...1)
      return ValueType(.int64, [])
    case .range: return try rangeType()
    default: return try constantOfShapeType()
    }
  }

  private func rangeType() throws(GraphError) -> ValueType {
    try expectInputs(3...3)
    try numberType(0)
    let elementType = try commonType(0...2)
    for index in 0..<3 {
      guard let count = try shape(index)?.elementCount().size, count != 1 else { continue }
      throw GraphError(.invalid, "input \(index): expected one number, found \(count)")
    }
    return ValueType(elementType, [try rangeCount()])
  }

  private func rangeCount() throws(GraphError) -> Dimension {
    if case .tensor(let start) = value(0), case .tensor(let limit) = value(1),
      case .tensor(let delta) = value(2)
    {
      return .size(try Operator.rangeCount(start: start, limit: limit, delta: delta))
    }
    guard let start = value(0)?.dimensionVector?.entries.first,
      let limit = value(1)?.dimensionVector?.entries.first,
      let delta = value(2)?.dimensionVector?.entries.first, delta == 1
    else { return .unknown }
    return try limit.subtracting(start)
  }

  private func constantOfShapeType() throws(GraphError) -> ValueType {
    guard case .constantOfShape(let fill) = op else { return try type(0) }
    try expectInputs(1...1)
    guard fill.count == 1 else {
      throw GraphError(.invalid, "expected a value of one element, found \(fill.count)")
    }
    guard let sizes = try dimensions(0) else {
      let shape = try length(0).map { Shape(Array(repeating: .unknown, count: $0)) }
      return ValueType(fill.elementType, shape)
    }
    try expectSizes(sizes, input: 0)
    return ValueType(fill.elementType, Shape(sizes))
  }

  func resizeType(_ resize: Resize) throws(GraphError) -> ValueType {
    try expectInputs(1...4)
    let elementType = try numberType(0)
    guard let x = try shape(0) else { return ValueType(elementType, nil) }
    let unknown = ValueType(elementType, Shape(Array(repeating: .unknown, count: x.rank)))
    var (region, scales): ([Float]?, [Float]?)
    var sizes: [Dimension]?
    if try isGiven(1), resize.coordinates == .tfCropAndResize {
      region = try floats(1)
      if region == nil { return unknown }
    }
    if try isGiven(2) {
      scales = try floats(2)
      if scales == nil { return unknown }
    }
    if try isGiven(3) {
      sizes = try dimensions(3)
      if sizes == nil { return unknown }
    }
    if let known = x.sizes, sizes == nil || Shape(sizes ?? []).sizes != nil {
      let geometry = try ResizeGeometry(
        resize, shape: known, region: region, scales: scales,
        sizes: sizes.flatMap { Shape($0).sizes })
      return ValueType(elementType, Shape(geometry.outputShape))
    }
    return ValueType(elementType, try resized(x, resize, scales: scales, sizes: sizes))
  }

  private func resized(
    _ x: Shape, _ resize: Resize, scales: [Float]?, sizes: [Dimension]?
  ) throws(GraphError) -> Shape {
    let axes = try Axes.resolved(resize.axes ?? Array(0..<x.rank), rank: x.rank)
    let count = scales?.count ?? sizes?.count ?? 0
    guard count == axes.count else {
      throw GraphError(
        .invalid, "expected \(axes.count) scales or sizes, found \(count)")
    }
    if let sizes { try expectSizes(sizes, input: 3) }
    if let wrong = scales?.first(where: { !($0 > 0 && $0.isFinite) }) {
      throw GraphError(.invalid, "expected a scale above 0, found \(wrong)")
    }
    var result = x
    for (index, axis) in axes.enumerated() {
      if let sizes {
        result[axis] = resize.aspectRatio == .stretch ? sizes[index] : .unknown
      } else if let scales, scales[index] != 1 || resize.coordinates == .tfCropAndResize {
        let whole = resize.coordinates == .tfCropAndResize ? nil : Int(exactly: scales[index])
        result[axis] =
          try whole.map { (scale) throws(GraphError) in
            try x[axis].multiplied(by: .size(scale))
          } ?? .unknown
      }
    }
    return result
  }

  /// Whether an optional list is there and not empty.
  private func isGiven(_ index: Int) throws(GraphError) -> Bool {
    guard isPresent(index) else { return false }
    return try shape(index)?.elementCount() != 0
  }
}

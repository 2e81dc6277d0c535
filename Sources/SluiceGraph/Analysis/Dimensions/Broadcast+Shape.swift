/// Broadcasting of shapes that may hold symbols.
extension Broadcast {
  /// The shape that all of `shapes` are repeated to. Where two symbols meet that may be 1 or not, the
  /// size is unknown.
  static func shape(_ shapes: [Shape]) throws(GraphError) -> Shape {
    let rank = shapes.map(\.rank).max() ?? 0
    var result = [Dimension](repeating: 1, count: rank)
    for shape in shapes {
      for (own, dimension) in shape.dimensions.enumerated() {
        let axis = own + rank - shape.rank
        guard let meeting = met(result[axis], dimension) else {
          let texts = shapes.map(\.description).joined(separator: " and ")
          throw GraphError(
            .invalid, "shapes \(texts) do not broadcast: \(result[axis]) meets \(dimension)")
        }
        result[axis] = meeting
      }
    }
    return Shape(result)
  }

  /// Whether `shape` can be repeated to `output` without changing it, for all that is known.
  static func mayFit(_ shape: Shape, into output: Shape) -> Bool {
    guard shape.rank <= output.rank else { return false }
    return zip(shape.dimensions.reversed(), output.dimensions.reversed()).allSatisfy {
      $0 == 1 || $0.unified($1) != nil
    }
  }

  private static func met(_ a: Dimension, _ b: Dimension) -> Dimension? {
    switch (a, b) {
    case (1, _): b
    case (_, 1): a
    case (.size(let x), .size(let y)): x == y ? a : nil
    case (.size, .symbol): a
    case (.symbol, .size): b
    case (.symbol, .symbol): a.equals(b) ? a : .unknown
    }
  }
}

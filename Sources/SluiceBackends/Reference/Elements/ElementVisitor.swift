import SluiceGraph

/// Something done with a tensor's elements whatever their type: written once, compiled for each type.
protocol ElementVisitor {
  associatedtype Result
  func visit<Element: TensorElement>(_ elements: [Element]) throws(GraphError) -> Result
}

/// Likewise for numbers: every type but bool.
protocol NumberVisitor {
  associatedtype Result
  func visit<Element: ArithmeticElement>(_ elements: [Element]) throws(GraphError) -> Result
}

extension Tensor {
  func accept<Visitor: ElementVisitor>(
    _ visitor: Visitor
  ) throws(GraphError) -> Visitor.Result {
    switch elements {
    case .float32(let array): try visitor.visit(array)
    case .float64(let array): try visitor.visit(array)
    case .int8(let array): try visitor.visit(array)
    case .uint8(let array): try visitor.visit(array)
    case .int16(let array): try visitor.visit(array)
    case .uint16(let array): try visitor.visit(array)
    case .int32(let array): try visitor.visit(array)
    case .uint32(let array): try visitor.visit(array)
    case .int64(let array): try visitor.visit(array)
    case .uint64(let array): try visitor.visit(array)
    case .bool(let array): try visitor.visit(array)
    }
  }

  func accept<Visitor: NumberVisitor>(
    _ visitor: Visitor
  ) throws(GraphError) -> Visitor.Result {
    switch elements {
    case .float32(let array): try visitor.visit(array)
    case .float64(let array): try visitor.visit(array)
    case .int8(let array): try visitor.visit(array)
    case .uint8(let array): try visitor.visit(array)
    case .int16(let array): try visitor.visit(array)
    case .uint16(let array): try visitor.visit(array)
    case .int32(let array): try visitor.visit(array)
    case .uint32(let array): try visitor.visit(array)
    case .int64(let array): try visitor.visit(array)
    case .uint64(let array): try visitor.visit(array)
    case .bool: throw GraphError(.unsupported, "numbers are expected, bool elements found")
    }
  }
}

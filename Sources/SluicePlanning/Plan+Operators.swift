import SluiceGraph

extension Plan.Operation {
  /// The program's operator where the operation is one node; nil for what was fused.
  public var `operator`: Operator? {
    get {
      switch action {
      case .node(let op), .product(let op, nil): op
      default: nil
      }
    }
    set { if let newValue { action = .node(newValue) } }
  }

  /// `gru`, `conv + silu`, `expression of 3`, `assembly of 2`.
  public var kind: String {
    switch action {
    case .node(let op), .product(let op, nil): op.name
    case .product(let op, .some(let activation)): "\(op.name) + \(activation.name)"
    case .expression(let expression): expression.description
    case .assembly(let pieces): pieces.count == 1 ? "copy" : "assembly of \(pieces.count)"
    }
  }
}

extension ProductActivation {
  public var name: String {
    switch self {
    case .unary(let op): Operator.unary(op).name
    case .silu: "silu"
    case .prelu: "prelu"
    }
  }
}

extension Expression: CustomStringConvertible {
  /// The steps' names in order: `mul add sigmoid`.
  public var description: String {
    steps.compactMap { step in
      switch step {
      case .constant: nil
      case .unary(let op, _): Operator.unary(op).name
      case .binary(let op, _, _): op.rawValue
      case .minimum: "min"
      case .maximum: "max"
      case .prelu: "prelu"
      case .clip: "clip"
      }
    }.joined(separator: " ")
  }
}

extension Plan {
  /// The buffer whose memory `buffer` shows, and its first element there.
  public func place(of buffer: Int) -> (root: Int, offset: Int) {
    switch buffers[buffer].placement {
    case .alias(let target): (target, 0)
    case .view(let target, let offset, _): (target, offset)
    default: (buffer, 0)
    }
  }

  /// The strides in elements with which a buffer is read.
  public func strides(of buffer: Int) -> [Int] {
    if case .view(_, _, let strides) = buffers[buffer].placement { return strides }
    return Arrangement.rowMajorStrides(buffers[buffer].shape)
  }

  /// Whether a buffer's elements lie side by side in row-major order.
  public func isContiguous(_ buffer: Int) -> Bool {
    guard case .view(_, _, let strides) = buffers[buffer].placement else { return true }
    let shape = buffers[buffer].shape
    let dense = Arrangement.rowMajorStrides(shape)
    return shape.indices.allSatisfy { shape[$0] == 1 || strides[$0] == dense[$0] }
  }
}

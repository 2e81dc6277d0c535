// One conformance per element type: which case of `Tensor.Elements` holds it.

extension Float: TensorElement {
  public static var elementType: ElementType { .float32 }
  public static func elements(_ array: [Float]) -> Tensor.Elements { .float32(array) }
  public static func array(in elements: Tensor.Elements) -> [Float]? {
    if case .float32(let array) = elements { array } else { nil }
  }
}

extension Double: TensorElement {
  public static var elementType: ElementType { .float64 }
  public static func elements(_ array: [Double]) -> Tensor.Elements { .float64(array) }
  public static func array(in elements: Tensor.Elements) -> [Double]? {
    if case .float64(let array) = elements { array } else { nil }
  }
}

extension Int8: TensorElement {
  public static var elementType: ElementType { .int8 }
  public static func elements(_ array: [Int8]) -> Tensor.Elements { .int8(array) }
  public static func array(in elements: Tensor.Elements) -> [Int8]? {
    if case .int8(let array) = elements { array } else { nil }
  }
}

extension UInt8: TensorElement {
  public static var elementType: ElementType { .uint8 }
  public static func elements(_ array: [UInt8]) -> Tensor.Elements { .uint8(array) }
  public static func array(in elements: Tensor.Elements) -> [UInt8]? {
    if case .uint8(let array) = elements { array } else { nil }
  }
}

extension Int16: TensorElement {
  public static var elementType: ElementType { .int16 }
  public static func elements(_ array: [Int16]) -> Tensor.Elements { .int16(array) }
  public static func array(in elements: Tensor.Elements) -> [Int16]? {
    if case .int16(let array) = elements { array } else { nil }
  }
}

extension UInt16: TensorElement {
  public static var elementType: ElementType { .uint16 }
  public static func elements(_ array: [UInt16]) -> Tensor.Elements { .uint16(array) }
  public static func array(in elements: Tensor.Elements) -> [UInt16]? {
    if case .uint16(let array) = elements { array } else { nil }
  }
}

extension Int32: TensorElement {
  public static var elementType: ElementType { .int32 }
  public static func elements(_ array: [Int32]) -> Tensor.Elements { .int32(array) }
  public static func array(in elements: Tensor.Elements) -> [Int32]? {
    if case .int32(let array) = elements { array } else { nil }
  }
}

extension UInt32: TensorElement {
  public static var elementType: ElementType { .uint32 }
  public static func elements(_ array: [UInt32]) -> Tensor.Elements { .uint32(array) }
  public static func array(in elements: Tensor.Elements) -> [UInt32]? {
    if case .uint32(let array) = elements { array } else { nil }
  }
}

extension Int64: TensorElement {
  public static var elementType: ElementType { .int64 }
  public static func elements(_ array: [Int64]) -> Tensor.Elements { .int64(array) }
  public static func array(in elements: Tensor.Elements) -> [Int64]? {
    if case .int64(let array) = elements { array } else { nil }
  }
}

extension UInt64: TensorElement {
  public static var elementType: ElementType { .uint64 }
  public static func elements(_ array: [UInt64]) -> Tensor.Elements { .uint64(array) }
  public static func array(in elements: Tensor.Elements) -> [UInt64]? {
    if case .uint64(let array) = elements { array } else { nil }
  }
}

extension Bool: TensorElement {
  public static var elementType: ElementType { .bool }
  public static var zero: Bool { false }
  public static func elements(_ array: [Bool]) -> Tensor.Elements { .bool(array) }
  public static func array(in elements: Tensor.Elements) -> [Bool]? {
    if case .bool(let array) = elements { array } else { nil }
  }
}

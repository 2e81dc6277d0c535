/// Conversions between element types.
extension Tensor {
  /// The same numbers as another element type, with ONNX `Cast` rules: fractions are cut toward
  /// zero, a bool is 0 or 1, any number but 0 is true, integers that do not fit wrap around.
  /// A float outside the target's range becomes the nearest bound, NaN becomes 0.
  public func converted(to target: ElementType) -> Tensor {
    guard target != elementType else { return self }
    return switch target {
    case .float32: Tensor(floats(), shape: shape)
    case .float64: Tensor(doubles(), shape: shape)
    case .bool: Tensor(bools(), shape: shape)
    case .int8: Tensor(truncated(to: Int8.self), shape: shape)
    case .uint8: Tensor(truncated(to: UInt8.self), shape: shape)
    case .int16: Tensor(truncated(to: Int16.self), shape: shape)
    case .uint16: Tensor(truncated(to: UInt16.self), shape: shape)
    case .int32: Tensor(truncated(to: Int32.self), shape: shape)
    case .uint32: Tensor(truncated(to: UInt32.self), shape: shape)
    case .int64: Tensor(truncated(to: Int64.self), shape: shape)
    case .uint64: Tensor(truncated(to: UInt64.self), shape: shape)
    }
  }

  /// The elements as `Float`, rounded to nearest.
  public func floats() -> [Float] {
    switch elements {
    case .float32(let array): array
    case .float64(let array): array.map { Float($0) }
    case .int8(let array): array.map { Float($0) }
    case .uint8(let array): array.map { Float($0) }
    case .int16(let array): array.map { Float($0) }
    case .uint16(let array): array.map { Float($0) }
    case .int32(let array): array.map { Float($0) }
    case .uint32(let array): array.map { Float($0) }
    case .int64(let array): array.map { Float($0) }
    case .uint64(let array): array.map { Float($0) }
    case .bool(let array): array.map { $0 ? 1 : 0 }
    }
  }

  /// The elements as `Double`; integers beyond 2^53 are rounded.
  public func doubles() -> [Double] {
    switch elements {
    case .float64(let array): array
    case .float32(let array): array.map { Double($0) }
    case .int8(let array): array.map { Double($0) }
    case .uint8(let array): array.map { Double($0) }
    case .int16(let array): array.map { Double($0) }
    case .uint16(let array): array.map { Double($0) }
    case .int32(let array): array.map { Double($0) }
    case .uint32(let array): array.map { Double($0) }
    case .int64(let array): array.map { Double($0) }
    case .uint64(let array): array.map { Double($0) }
    case .bool(let array): array.map { $0 ? 1 : 0 }
    }
  }

  /// The elements as `Int`; nil for floating-point tensors and for values beyond `Int`.
  public func integers() -> [Int]? {
    switch elements {
    case .float32, .float64: return nil
    case .uint64(let array):
      guard array.allSatisfy({ $0 <= UInt64(Int.max) }) else { return nil }
      return array.map { Int($0) }
    case .int8(let array): return array.map { Int($0) }
    case .uint8(let array): return array.map { Int($0) }
    case .int16(let array): return array.map { Int($0) }
    case .uint16(let array): return array.map { Int($0) }
    case .int32(let array): return array.map { Int($0) }
    case .uint32(let array): return array.map { Int($0) }
    case .int64(let array): return array.map { Int($0) }
    case .bool(let array): return array.map { $0 ? 1 : 0 }
    }
  }

  /// The elements as truth values: any number but 0 is true, NaN too.
  public func bools() -> [Bool] {
    switch elements {
    case .bool(let array): array
    case .float32(let array): array.map { $0 != 0 }
    case .float64(let array): array.map { $0 != 0 }
    case .int8(let array): array.map { $0 != 0 }
    case .uint8(let array): array.map { $0 != 0 }
    case .int16(let array): array.map { $0 != 0 }
    case .uint16(let array): array.map { $0 != 0 }
    case .int32(let array): array.map { $0 != 0 }
    case .uint32(let array): array.map { $0 != 0 }
    case .int64(let array): array.map { $0 != 0 }
    case .uint64(let array): array.map { $0 != 0 }
    }
  }

  private func truncated<Target: FixedWidthInteger>(to type: Target.Type) -> [Target] {
    switch elements {
    case .float32(let array): array.map { clamped(Double($0)) }
    case .float64(let array): array.map { clamped($0) }
    case .int8(let array): array.map { Target(truncatingIfNeeded: $0) }
    case .uint8(let array): array.map { Target(truncatingIfNeeded: $0) }
    case .int16(let array): array.map { Target(truncatingIfNeeded: $0) }
    case .uint16(let array): array.map { Target(truncatingIfNeeded: $0) }
    case .int32(let array): array.map { Target(truncatingIfNeeded: $0) }
    case .uint32(let array): array.map { Target(truncatingIfNeeded: $0) }
    case .int64(let array): array.map { Target(truncatingIfNeeded: $0) }
    case .uint64(let array): array.map { Target(truncatingIfNeeded: $0) }
    case .bool(let array): array.map { $0 ? 1 : 0 }
    }
  }

  private func clamped<Target: FixedWidthInteger>(_ value: Double) -> Target {
    if value.isNaN { return 0 }
    let whole = value.rounded(.towardZero)
    return Target(exactly: whole) ?? (whole < 0 ? Target.min : Target.max)
  }
}

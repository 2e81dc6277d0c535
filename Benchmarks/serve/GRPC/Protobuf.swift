/// A message of Protobuf's wire format, put together field by field.
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ number: Int, varint value: UInt64) {
    append(varint: UInt64(number) << 3)
    append(varint: value)
  }

  /// A message, a string, bytes or packed numbers.
  mutating func add(_ number: Int, _ content: some Collection<UInt8>) {
    append(varint: UInt64(number) << 3 | 2)
    append(varint: UInt64(content.count))
    bytes += content
  }

  mutating func add(_ number: Int, _ text: String) { add(number, text.utf8) }

  mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// The fields of a message, one after another.
struct ProtobufFields {
  enum Content {
    case varint(UInt64)
    case bytes(ArraySlice<UInt8>)
    /// Of four or eight bytes.
    case fixed
  }

  private var rest: ArraySlice<UInt8>

  init(_ message: ArraySlice<UInt8>) { rest = message }

  /// - Returns: nil at the end.
  mutating func next() throws -> (number: Int, content: Content)? {
    if rest.isEmpty { return nil }
    let key = try varint()
    let number = Int(key >> 3)
    switch key & 7 {
    case 0: return (number, .varint(try varint()))
    case 1:
      _ = try take(8)
      return (number, .fixed)
    case 2: return (number, .bytes(try take(try varint())))
    case 5:
      _ = try take(4)
      return (number, .fixed)
    default: throw LoadError("a message with a field of wire type \(key & 7)")
    }
  }

  /// - Returns: nil at the end of packed numbers.
  mutating func nextPacked() throws -> UInt64? { rest.isEmpty ? nil : try varint() }

  private mutating func varint() throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { break }
      value |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw LoadError("a message with a number that does not end")
  }

  private mutating func take(_ count: UInt64) throws -> ArraySlice<UInt8> {
    guard count <= UInt64(rest.count) else { throw LoadError("a message that ends early") }
    defer { rest = rest.dropFirst(Int(count)) }
    return rest.prefix(Int(count))
  }
}

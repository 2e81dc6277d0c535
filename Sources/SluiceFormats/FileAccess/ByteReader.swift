/// Reads numbers and runs of bytes in order, never beyond the end.
struct ByteReader {
  /// The file and the part of it that errors name, such as `x.npz: central directory`.
  let source: String
  let bytes: ArraySlice<UInt8>
  /// Bytes read so far.
  private(set) var offset = 0

  init(_ bytes: ArraySlice<UInt8>, source: String) {
    self.bytes = bytes
    self.source = source
  }

  var remaining: Int { bytes.count - offset }

  /// The next `count` bytes.
  mutating func take(_ count: Int) throws(FormatError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else {
      throw FormatError(
        .malformed,
        "\(source): cut short: \(count) bytes expected at \(offset), \(max(0, remaining)) found")
    }
    let start = bytes.startIndex + offset
    offset += count
    return bytes[start..<start + count]
  }

  /// The next byte.
  mutating func byte() throws(FormatError) -> UInt8 {
    guard remaining > 0 else {
      throw FormatError(
        .malformed, "\(source): cut short: 1 byte expected at \(offset), 0 found")
    }
    defer { offset += 1 }
    return bytes[bytes.startIndex + offset]
  }

  /// The next little-endian integer.
  mutating func integer<Integer: FixedWidthInteger>(
    _ type: Integer.Type
  ) throws(FormatError) -> Integer {
    var value: Integer = 0
    for byte in try take(Integer.bitWidth / 8).reversed() {
      value = (value << 8) | Integer(truncatingIfNeeded: byte)
    }
    return value
  }

  /// The next unsigned little-endian 64-bit number as `Int`.
  mutating func size(_ name: String) throws(FormatError) -> Int {
    let value = try integer(UInt64.self)
    guard let size = Int(exactly: value) else {
      throw FormatError(.malformed, "\(source): \(name) is \(value), beyond any file")
    }
    return size
  }

  /// Continues at `offset` from the start.
  mutating func seek(to offset: Int) throws(FormatError) {
    guard offset >= 0, offset <= bytes.count else {
      throw FormatError(
        .malformed, "\(source): offset \(offset) is outside its \(bytes.count) bytes")
    }
    self.offset = offset
  }
}

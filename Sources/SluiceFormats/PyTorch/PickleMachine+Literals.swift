/// Numbers and text.
extension PickleMachine {
  mutating func literal(_ code: PickleInstruction) throws(FormatError) -> PickleValue {
    switch code {
    case .newTrue: return .bool(true)
    case .newFalse: return .bool(false)
    case .binInt: return .int(Int(try reader.integer(Int32.self)))
    case .binInt1: return .int(Int(try reader.byte()))
    case .binInt2: return .int(Int(try reader.integer(UInt16.self)))
    case .long1: return integer(try reader.take(Int(try reader.byte())))
    case .long4: return integer(try reader.take(Int(try reader.integer(UInt32.self))))
    case .binFloat:
      return .float(Double(bitPattern: try reader.integer(UInt64.self).byteSwapped))
    case .shortBinString, .shortBinUnicode:
      return .string(try text(Int(try reader.byte())))
    case .binString, .binUnicode: return .string(try text(Int(try reader.integer(UInt32.self))))
    case .binUnicode8: return .string(try text(try reader.size("a string's length")))
    case .shortBinBytes: return try skipBytes(Int(try reader.byte()))
    case .binBytes: return try skipBytes(Int(try reader.integer(UInt32.self)))
    case .binBytes8, .byteArray8: return try skipBytes(try reader.size("a length"))
    default: return .none
    }
  }

  private mutating func text(_ count: Int) throws(FormatError) -> String {
    String(decoding: try reader.take(count), as: UTF8.self)
  }

  private mutating func skipBytes(_ count: Int) throws(FormatError) -> PickleValue {
    _ = try reader.take(count)
    return .bytes
  }

  /// Two's complement, lowest byte first.
  private func integer(_ bytes: ArraySlice<UInt8>) -> PickleValue {
    guard bytes.count <= 8 else { return .bytes }
    let fill: UInt64 = bytes.last.map { $0 & 0x80 != 0 } == true ? .max : 0
    let pattern = bytes.reversed().reduce(fill) { $0 << 8 | UInt64($1) }
    return .int(Int(Int64(bitPattern: pattern)))
  }
}

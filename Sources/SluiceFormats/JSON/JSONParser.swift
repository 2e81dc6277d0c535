/// Reads JSON from bytes. Nesting is limited, so that no text can exhaust the stack, and a key may
/// appear once in an object.
package struct JSONParser {
  private let bytes: ArraySlice<UInt8>
  /// The file, and the part of it, that errors name.
  private let source: String
  /// Lists under these keys are not read.
  private let unread: Set<String>
  private var position: Int
  private var depth = 0

  /// Arrays and objects inside each other beyond this are refused.
  package static let depthLimit = 64

  /// The value that `bytes` hold, with nothing but spaces around it.
  ///
  /// - Parameter unread: keys whose lists become `JSONValue.text`: only where they end is looked for, and
  ///   whoever reads them finds what is wrong inside.
  package static func value(
    in bytes: ArraySlice<UInt8>, source: String, unread: Set<String> = []
  ) throws(FormatError) -> JSONValue {
    var parser = JSONParser(
      bytes: bytes, source: source, unread: unread, position: bytes.startIndex)
    let value = try parser.value()
    parser.skipSpace()
    guard parser.peek == nil else { throw parser.malformed("text after the end") }
    return value
  }

  private mutating func value() throws(FormatError) -> JSONValue {
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return .object(try nested { p throws(FormatError) in try p.members() })
    case UInt8(ascii: "["): return .array(try nested { p throws(FormatError) in try p.items() })
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func nested<Result>(
    _ body: (inout JSONParser) throws(FormatError) -> Result
  ) throws(FormatError) -> Result {
    depth += 1
    defer { depth -= 1 }
    guard depth <= JSONParser.depthLimit else {
      throw FormatError(
        .limit, "\(source): lists and objects nested more than \(JSONParser.depthLimit) deep")
    }
    position += 1
    return try body(&self)
  }

  private mutating func members() throws(FormatError) -> [JSONValue.Member] {
    var members = [JSONValue.Member]()
    var keys = Set<String>()
    if accept("}") { return members }
    repeat {
      skipSpace()
      let key = try string()
      guard keys.insert(key).inserted else { throw malformed("key '\(key)' twice") }
      guard accept(":") else { throw malformed("no ':' after '\(key)'") }
      let value = unread.contains(key) ? try unreadValue() : try value()
      members.append(JSONValue.Member(key: key, value: value))
    } while accept(",")
    guard accept("}") else { throw malformed("an object without its end") }
    return members
  }

  private mutating func items() throws(FormatError) -> [JSONValue] {
    var items = [JSONValue]()
    if accept("]") { return items }
    repeat { items.append(try value()) } while accept(",")
    guard accept("]") else { throw malformed("a list without its end") }
    return items
  }

  /// A list as it stands; any other value is read.
  private mutating func unreadValue() throws(FormatError) -> JSONValue {
    skipSpace()
    guard peek == UInt8(ascii: "[") else { return try value() }
    let start = position
    var open = 0
    repeat {
      switch peek {
      case nil: throw malformed("a list without its end")
      case UInt8(ascii: "["), UInt8(ascii: "{"): open += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): open -= 1
      case UInt8(ascii: "\""):
        _ = try string()
        continue
      default: break
      }
      position += 1
    } while open > 0
    return .text(bytes[start..<position])
  }

  private mutating func number() throws(FormatError) -> JSONValue {
    let start = position
    while let byte = peek, "+-.0123456789eE".utf8.contains(byte) { position += 1 }
    let digits = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let first = digits.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "."),
      Double(digits)?.isFinite == true
    else {
      position = start
      throw malformed("no value")
    }
    return .number(digits)
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws(FormatError) -> JSONValue {
    guard bytes[position...].starts(with: text.utf8) else { throw malformed("no value") }
    position += text.utf8.count
    return value
  }

  // MARK: Strings

  private mutating func string() throws(FormatError) -> String {
    guard peek == UInt8(ascii: "\"") else { throw malformed("no string") }
    position += 1
    var text = [UInt8]()
    while let byte = peek, byte != UInt8(ascii: "\"") {
      position += 1
      guard byte >= 0x20 else { throw malformed("a control character in a string") }
      if byte == UInt8(ascii: "\\") {
        text += try escaped()
      } else {
        text.append(byte)
      }
    }
    guard peek != nil else { throw malformed("a string without its end") }
    position += 1
    guard let string = String(validating: text, as: UTF8.self) else {
      throw malformed("a string that is not UTF-8")
    }
    return string
  }

  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
    UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12,
    UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
  ]

  private mutating func escaped() throws(FormatError) -> [UInt8] {
    guard let byte = peek else { throw malformed("a string without its end") }
    position += 1
    if let plain = JSONParser.escapes[byte] { return [plain] }
    guard byte == UInt8(ascii: "u") else { throw malformed("an unknown escape") }
    var units = [try unit()]
    if UTF16.isLeadSurrogate(units[0]), bytes[position...].starts(with: Array("\\u".utf8)) {
      position += 2
      units.append(try unit())
    }
    guard let text = String(validating: units, as: UTF16.self) else {
      throw malformed("half a character in \\u")
    }
    return Array(text.utf8)
  }

  private mutating func unit() throws(FormatError) -> UInt16 {
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4,
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw malformed("no four digits after \\u") }
    position += 4
    return unit
  }

  // MARK: Bytes

  private var peek: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private func malformed(_ what: String) -> FormatError {
    FormatError(.malformed, "\(source): not JSON: \(what) at byte \(position - bytes.startIndex)")
  }
}

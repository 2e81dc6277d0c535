/// The headers `traceparent` and `tracestate`.
extension TraceContext {
  public static let parentHeader = "traceparent"
  public static let stateHeader = "tracestate"

  /// Reads what another process sent.
  ///
  /// - Parameters:
  ///   - parent: `traceparent`, of version 00 or a later one. Several in one, with commas between them, are none.
  ///   - state: `tracestate`; passed over if it is malformed.
  /// - Returns: nil for a `traceparent` that is malformed.
  public init?(parent: String, state: String? = nil) {
    // 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
    let bytes = Array(parent.utf8)
    guard bytes.count >= 55, bytes[2] == TraceContext.dash, bytes[35] == TraceContext.dash,
      bytes[52] == TraceContext.dash,
      let version = TraceContext.number(bytes[0..<2]), version != 0xFF,
      let traceID = TraceContext.number(bytes[3..<35]), traceID != 0,
      let spanID = TraceContext.number(bytes[36..<52]), spanID != 0,
      let flags = TraceContext.number(bytes[53..<55])
    else { return nil }
    // Later versions may say more behind.
    guard bytes.count == 55 || version > 0 && bytes[55] == TraceContext.dash else { return nil }
    self.init(
      traceID: traceID, spanID: UInt64(spanID), isSampled: flags & 1 == 1,
      state: state.flatMap { TraceContext.state($0) } ?? "", isRemote: true)
  }

  /// `traceparent` for requests that are made in this span.
  public var parent: String {
    "00-\(traceID.hexadecimal)-\(spanID.hexadecimal)-\(isSampled ? "01" : "00")"
  }

  private static let dash = UInt8(ascii: "-")

  /// Digits to base 16 in lower case; nil for anything else.
  private static func number(_ digits: ArraySlice<UInt8>) -> UInt128? {
    var number: UInt128 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        number = number << 4 | UInt128(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"):
        number = number << 4 | UInt128(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return number
  }
}

extension TraceContext {
  /// Members that `tracestate` may have.
  private static let maximumMembers = 32
  /// Bytes of it that have to be passed on; every span of the request repeats them.
  private static let maximumStateBytes = 512

  /// - Returns: the members without spaces between them and without empty ones; nil if one is malformed,
  ///   one's key is there twice, or there are too many of them or of their bytes.
  private static func state(_ text: String) -> String? {
    let members = text.split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
    guard members.count <= maximumMembers, text.utf8.count <= maximumStateBytes else { return nil }
    var keys: Set<Substring> = []
    for member in members {
      guard let equals = member.firstIndex(of: "="), isKey(member[..<equals]),
        isValue(member[member.index(after: equals)...]), keys.insert(member[..<equals]).inserted
      else { return nil }
    }
    return members.joined(separator: ",")
  }

  private static func trimmed(_ text: Substring) -> Substring {
    let isSpace = { (character: Character) in character == " " || character == "\t" }
    var text = text.drop(while: isSpace)
    while text.last.map(isSpace) == true { text.removeLast() }
    return text
  }

  /// A key of one tracer, or of a tenant of one: `tenant@tracer`.
  private static func isKey(_ key: Substring) -> Bool {
    let parts = key.split(separator: "@", omittingEmptySubsequences: false)
    switch parts.count {
    case 1: return isName(parts[0], limit: 256, isTenant: false)
    case 2:
      return isName(parts[0], limit: 241, isTenant: true)
        && isName(parts[1], limit: 14, isTenant: false)
    default: return false
    }
  }

  private static func isName(_ name: Substring, limit: Int, isTenant: Bool) -> Bool {
    guard let first = name.utf8.first, name.utf8.count <= limit else { return false }
    return (isLetter(first) || isTenant && isDigit(first))
      && name.utf8.allSatisfy { isLetter($0) || isDigit($0) || "_-*/".utf8.contains($0) }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// What can be printed of ASCII, but for commas and equals signs; no space at the end.
  private static func isValue(_ value: Substring) -> Bool {
    (1...256).contains(value.utf8.count) && value.utf8.last != UInt8(ascii: " ")
      && value.utf8.allSatisfy {
        (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=")
      }
  }
}

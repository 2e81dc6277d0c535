/// Header lists of HTTP/2 (RFC 7541).
enum HPACK {
  /// Literals without indexing and without Huffman's code, which need no table (6.2.2).
  static func encoded(_ fields: [(name: String, value: String)]) -> [UInt8] {
    fields.flatMap { [0] + literal($0.name) + literal($0.value) }
  }

  private static func literal(_ text: String) -> [UInt8] {
    let text = Array(text.utf8)
    guard text.count >= 127 else { return [UInt8(text.count)] + text }
    // A prefix of seven bits that are all set, then the rest (5.1), which has the form of a varint.
    var length = ProtobufMessage()
    length.append(varint: UInt64(text.count - 127))
    return [127] + length.bytes + text
  }
}

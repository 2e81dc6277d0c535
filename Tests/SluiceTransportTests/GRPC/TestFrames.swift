/// Bytes of HTTP/2 (RFC 9113) as a client of gRPC sends them.
enum TestFrames {
  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  /// A connection's bytes with one call.
  ///
  /// - Parameter window: bytes of answers that may come before the client says that more may.
  static func call(_ path: String, message: [UInt8], window: Int = 65535) -> [UInt8] {
    let headers = [
      (":method", "POST"), (":scheme", "http"), (":path", path), ("te", "trailers"),
      ("content-type", "application/grpc"),
    ]
    return preface + frame(type: 4, flags: 0, stream: 0, [0, 4] + bigEndian(window, 4))
      + frame(type: 1, flags: 4, stream: 1, headers.flatMap { literal($0.0, $0.1) })
      + frame(type: 0, flags: 1, stream: 1, [0] + bigEndian(message.count, 4) + message)
  }

  static func frame(type: UInt8, flags: UInt8, stream: UInt8, _ body: [UInt8]) -> [UInt8] {
    bigEndian(body.count, 3) + [type, flags, 0, 0, 0, stream] + body
  }

  /// A header field that no table has (RFC 7541, section 6.2.2).
  private static func literal(_ name: String, _ value: String) -> [UInt8] {
    [0, UInt8(name.utf8.count)] + name.utf8 + [UInt8(value.utf8.count)] + value.utf8
  }

  private static func bigEndian(_ number: Int, _ count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(number >> (8 * $0) & 0xFF) }
  }
}

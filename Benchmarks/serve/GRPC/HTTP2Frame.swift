/// A frame of HTTP/2 (RFC 9113, 4.1).
struct HTTP2Frame {
  /// Of those that are looked at or sent.
  enum Kind: UInt8 {
    case data = 0
    case headers = 1
    case resetStream = 3
    case settings = 4
    case ping = 6
    case goAway = 7
    case windowUpdate = 8
  }

  struct Flags: OptionSet {
    let rawValue: UInt8
    static let endStream = Flags(rawValue: 1)
    /// Of SETTINGS and PING.
    static let acknowledgement = Flags(rawValue: 1)
    static let endHeaders = Flags(rawValue: 4)
    static let padded = Flags(rawValue: 8)
  }

  static let headBytes = 9

  /// nil for a kind that is passed over.
  let kind: Kind?
  let flags: Flags
  /// 0 for the connection.
  let stream: UInt32
  let payload: ArraySlice<UInt8>

  /// The frame that begins there; nil if it is not whole.
  init?(_ bytes: ArraySlice<UInt8>, maximumBytes: Int) throws {
    guard bytes.count >= HTTP2Frame.headBytes else { return nil }
    let start = bytes.startIndex
    let count = bytes.number(at: 0, bytes: 3)
    guard count <= maximumBytes else {
      throw LoadError("a frame of \(count) bytes: expected \(maximumBytes) at most")
    }
    guard bytes.count >= HTTP2Frame.headBytes + count else { return nil }
    kind = Kind(rawValue: bytes[start + 3])
    flags = Flags(rawValue: bytes[start + 4])
    stream = UInt32(bytes.number(at: 5, bytes: 4) & 0x7fff_ffff)
    payload = bytes.dropFirst(HTTP2Frame.headBytes).prefix(count)
  }

  /// The number that the payload has there.
  func number(at place: Int, bytes count: Int = 4) throws -> Int {
    guard place + count <= payload.count else {
      throw LoadError("a frame of \(payload.count) bytes: expected \(place + count) at least")
    }
    return payload.number(at: place, bytes: count)
  }

  /// Adds a frame.
  static func append(
    _ kind: Kind, _ flags: Flags = [], stream: UInt32 = 0, _ payload: some Collection<UInt8>,
    to queue: inout ByteQueue
  ) {
    queue.append(payload.count, bytes: 3)
    queue.append(kind.rawValue)
    queue.append(flags.rawValue)
    queue.append(Int(stream), bytes: 4)
    queue.append(contentsOf: payload)
  }
}

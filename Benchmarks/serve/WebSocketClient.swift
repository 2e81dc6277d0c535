import Glibc

/// The client's end of a WebSocket (RFC 6455) over a socket that does not block; for one thread.
///
/// Messages are collected until `flush`, so that many go out in one call.
final class WebSocketClient {
  enum Opcode: UInt8 {
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10
  }

  let descriptor: Int32
  private var outgoing: [UInt8] = []
  private var incoming: [UInt8] = []

  /// Whether the system did not take everything yet.
  var hasOutgoing: Bool { !outgoing.isEmpty }

  /// Connects and waits for the upgrade.
  init(_ address: WebSocketAddress) throws {
    descriptor = try address.connect()
    let request =
      "GET \(address.path) HTTP/1.1\r\nHost: \(address.host):\(address.port)\r\nUpgrade: websocket\r\n"
      + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      + "Sec-WebSocket-Key: c2x1aWNlLWxvYWQtMDAwMA==\r\n\r\n"
    outgoing = Array(request.utf8)
    while hasOutgoing { try flush() }
    let head = try readHead()
    guard head.hasPrefix("HTTP/1.1 101 ") else {
      throw LoadError("\(address): expected 101 Switching Protocols, found: \(head.prefix(200))")
    }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
  }

  deinit { close(descriptor) }

  /// One whole frame. The mask is zero: it protects proxies, of which there are none here.
  func append(_ opcode: Opcode, _ head: [UInt8], _ body: [UInt8] = []) {
    let count = head.count + body.count
    outgoing.append(0x80 | opcode.rawValue)
    switch count {
    case ..<126: outgoing.append(0x80 | UInt8(count))
    case ..<65536: outgoing += [0x80 | 126, UInt8(count >> 8), UInt8(count & 255)]
    default:
      outgoing.append(0x80 | 127)
      for shift in stride(from: 56, through: 0, by: -8) {
        outgoing.append(UInt8(truncatingIfNeeded: count >> shift))
      }
    }
    outgoing += [0, 0, 0, 0]
    outgoing += head
    outgoing += body
  }

  /// Gives the system as much as it takes.
  func flush() throws {
    guard hasOutgoing else { return }
    let taken = unsafe send(descriptor, outgoing, outgoing.count, Int32(MSG_NOSIGNAL))
    if taken < 0 {
      guard errno == EAGAIN || errno == EINTR else { throw LoadError(system: "send") }
      return
    }
    if taken == outgoing.count {
      outgoing.removeAll(keepingCapacity: true)
    } else {
      outgoing.removeFirst(taken)
    }
  }

  /// Reads what there is and hands every whole message of the server to `take`; pings are answered.
  func receive(_ take: (Opcode, ArraySlice<UInt8>) throws -> Void) throws {
    while try read() {}
    var from = 0
    while let frame = try nextFrame(from) {
      from = frame.body.endIndex
      switch frame.opcode {
      case .ping: append(.pong, Array(frame.body))
      case .close: throw LoadError("the server closed the connection")
      default: try take(frame.opcode, frame.body)
      }
    }
    incoming.removeFirst(from)
  }

  /// A frame that begins there, if it is whole. The server sends none in parts and masks none.
  private func nextFrame(_ from: Int) throws -> (opcode: Opcode, body: ArraySlice<UInt8>)? {
    guard from + 2 <= incoming.count else { return nil }
    guard incoming[from] & 0x80 != 0, let opcode = Opcode(rawValue: incoming[from] & 15) else {
      throw LoadError("a frame that begins with \(incoming[from]): expected a whole message")
    }
    var count = Int(incoming[from + 1])
    var start = from + 2
    if count >= 126 {
      let bytes = count == 126 ? 2 : 8
      guard start + bytes <= incoming.count else { return nil }
      count = incoming[start..<start + bytes].reduce(0) { $0 << 8 | Int($1) }
      start += bytes
    }
    guard start + count <= incoming.count else { return nil }
    return (opcode, incoming[start..<start + count])
  }

  /// - Returns: whether there may be more.
  @discardableResult private func read() throws -> Bool {
    let room = 65536
    let taken = unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { buffer in
      let taken = unsafe recv(descriptor, buffer.baseAddress, room, 0)
      if taken > 0 { unsafe incoming += buffer.prefix(taken) }
      return taken
    }
    if taken == 0 { throw LoadError("the server ended the connection") }
    if taken < 0, errno != EAGAIN, errno != EINTR { throw LoadError(system: "recv") }
    return taken == room
  }

  /// What comes before the first empty line; the socket still blocks.
  private func readHead() throws -> String {
    let end = Array("\r\n\r\n".utf8)
    while true {
      try read()
      let ends = incoming.indices.first { incoming[$0...].starts(with: end) }
      if let ends {
        defer { incoming.removeFirst(ends + end.count) }
        return String(decoding: incoming[..<ends], as: UTF8.self)
      }
    }
  }
}

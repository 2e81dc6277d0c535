/// The client's end of a WebSocket (RFC 6455) that carries the messages of `sluice serve`; for one thread.
final class WebSocketClient: StreamClient {
  enum Opcode: UInt8 {
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10
  }

  let socket: Socket
  /// The values of one frame.
  private var values: [UInt8] = []

  /// Connects and waits for the upgrade and for what the server says first.
  init(_ address: ServerAddress) throws {
    socket = try Socket(address)
    let request =
      "GET \(address.path) HTTP/1.1\r\nHost: \(address.authority)\r\nUpgrade: websocket\r\n"
      + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      + "Sec-WebSocket-Key: c2x1aWNlLWxvYWQtMDAwMA==\r\n\r\n"
    socket.outgoing.append(contentsOf: request.utf8)
    let head = try socket.wait(for: "answer", readHead)
    guard head.hasPrefix("HTTP/1.1 101 ") else {
      throw LoadError("\(address): expected 101 Switching Protocols, found: \(head.prefix(200))")
    }
    values = try socket.wait(for: "description of a frame", readOpening).frame
  }

  func start(_ stream: Int) { append(.binary, Message.head(.reset, stream: stream, tag: 0)) }

  func send(_ stream: Int, tag: UInt32) {
    append(.binary, Message.head(.frame, stream: stream, tag: tag), values)
  }

  /// 1000, a normal closure (RFC 6455, 7.4.1).
  func finish() { append(.close, [0x03, 0xe8]) }

  func receive(_ take: (StreamAnswer) throws -> Void) throws {
    try receiveMessages { opcode, message in
      if opcode == .binary { try take(StreamAnswer(message)) }
    }
    try socket.requireOpen()
  }

  /// One whole frame. The mask is zero: it protects proxies, of which there are none here.
  private func append(_ opcode: Opcode, _ head: [UInt8], _ body: [UInt8] = []) {
    let count = head.count + body.count
    socket.outgoing.append(0x80 | opcode.rawValue)
    switch count {
    case ..<126: socket.outgoing.append(0x80 | UInt8(count))
    case ..<65536:
      socket.outgoing.append(0x80 | 126)
      socket.outgoing.append(count, bytes: 2)
    default:
      socket.outgoing.append(0x80 | 127)
      socket.outgoing.append(count, bytes: 8)
    }
    socket.outgoing.append(0, bytes: 4)
    socket.outgoing.append(contentsOf: head)
    socket.outgoing.append(contentsOf: body)
  }

  /// Hands whole messages of the server to `take`; pings are answered.
  private func receiveMessages(_ take: (Opcode, ArraySlice<UInt8>) throws -> Void) throws {
    try socket.consume { incoming in
      var rest = incoming
      while let frame = try WebSocketClient.frame(at: rest) {
        rest = rest[frame.body.endIndex...]
        switch frame.opcode {
        case .ping: append(.pong, Array(frame.body))
        case .close: throw LoadError("\(socket.address): the server closed the connection")
        default: try take(frame.opcode, frame.body)
        }
      }
      return rest.startIndex - incoming.startIndex
    }
  }

  /// The frame that begins there, if it is whole. The server sends none in parts and masks none.
  private static func frame(
    at bytes: ArraySlice<UInt8>
  ) throws -> (opcode: Opcode, body: ArraySlice<UInt8>)? {
    let begin = bytes.startIndex
    guard bytes.count >= 2 else { return nil }
    guard bytes[begin] & 0x80 != 0, let opcode = Opcode(rawValue: bytes[begin] & 15) else {
      throw LoadError("a frame that begins with \(bytes[begin]): expected a whole message")
    }
    var count = Int(bytes[begin + 1])
    var start = begin + 2
    if count >= 126 {
      let lengthBytes = count == 126 ? 2 : 8
      guard bytes.count >= 2 + lengthBytes else { return nil }
      count = bytes.number(at: 2, bytes: lengthBytes)
      start += lengthBytes
    }
    guard count <= bytes.endIndex - start else { return nil }
    return (opcode, bytes[start..<start + count])
  }

  /// What comes before the first empty line; nil if that did not come yet.
  private func readHead() -> String? {
    let end = Array("\r\n\r\n".utf8)
    var head: String?
    socket.consume { incoming in
      guard let ends = incoming.indices.first(where: { incoming[$0...].starts(with: end) }) else {
        return 0
      }
      head = String(decoding: incoming[..<ends], as: UTF8.self)
      return ends + end.count - incoming.startIndex
    }
    return head
  }

  /// The server's first message; nil if it did not come yet.
  private func readOpening() throws -> Message.Opening? {
    var opening: Message.Opening?
    try receiveMessages { opcode, message in
      if opcode == .text { opening = try Message.Opening(message) }
    }
    return opening
  }
}

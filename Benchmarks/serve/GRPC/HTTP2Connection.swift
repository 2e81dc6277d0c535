/// The client's end of HTTP/2 (RFC 9113) without TLS, on a server that is known to speak it; for one thread.
///
/// One request at a time.
final class HTTP2Connection {
  /// What the server may send before it is told that something was taken, of all and of each stream.
  private static let ownWindow = 1 << 30
  /// After how many bytes it is told.
  private static let reportedBytes = 1 << 20
  /// What a connection begins with (6.5.2, 6.9.2).
  private static let firstWindow = 65535
  private static let leastFrame = 16384

  let socket: Socket
  private(set) var stream = HTTP2Stream(id: 0, window: 0)
  private var hasSettings = false
  /// What the server takes.
  private var window = HTTP2Connection.firstWindow
  private var initialWindow = HTTP2Connection.firstWindow
  private var maximumFrame = HTTP2Connection.leastFrame
  private var unreported = 0

  init(_ address: ServerAddress) throws {
    socket = try Socket(address)
    socket.outgoing.append(contentsOf: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    let settings = HTTP2Settings.payload([
      (.enablePush, 0), (.initialWindow, UInt32(HTTP2Connection.ownWindow)),
    ])
    append(.settings, [], settings)
    appendWindowUpdate(HTTP2Connection.ownWindow - HTTP2Connection.firstWindow, stream: 0)
  }

  /// Begins a request; the one before must be over.
  func request(_ fields: [(name: String, value: String)]) {
    stream = HTTP2Stream(id: stream.id == 0 ? 1 : stream.id + 2, window: initialWindow)
    append(.headers, .endHeaders, stream: stream.id, HPACK.encoded(fields))
  }

  /// Adds to the request's body. What the server has no room for waits.
  func send(_ head: [UInt8], _ body: [UInt8]) {
    stream.unsent.append(contentsOf: head)
    stream.unsent.append(contentsOf: body)
    sendAllowed()
  }

  /// Ends the request's body.
  func finish() {
    stream.isFinished = true
    sendAllowed()
  }

  private func sendAllowed() {
    while true {
      let count = min(stream.unsent.count, window, stream.window, maximumFrame)
      guard count > 0 else { break }
      append(.data, stream: stream.id, stream.unsent.all.prefix(count))
      stream.unsent.removeFirst(count)
      stream.window -= count
      window -= count
    }
    if stream.isFinished, !stream.isEndSent, stream.unsent.isEmpty {
      append(.data, .endStream, stream: stream.id, [])
      stream.isEndSent = true
    }
  }

  /// Takes every whole frame that came, and hands the gRPC messages in them to `take`.
  ///
  /// - Throws: what `take` throws; what the server said of an end before its time.
  func receive(_ take: (ArraySlice<UInt8>) throws -> Void) throws {
    try socket.consume { incoming in
      if !hasSettings, incoming.starts(with: "HTTP/".utf8) {
        throw error("the server speaks HTTP/1.1: is this its port for gRPC?")
      }
      var rest = incoming
      while let frame = try HTTP2Frame(rest, maximumBytes: HTTP2Connection.leastFrame) {
        rest = rest[frame.payload.endIndex...]
        try self.take(frame)
      }
      return rest.startIndex - incoming.startIndex
    }
    try stream.receiveMessages(take)
  }

  private func take(_ frame: HTTP2Frame) throws {
    guard hasSettings || frame.kind == .settings else {
      throw error("expected SETTINGS first: this is no HTTP/2")
    }
    switch frame.kind {
    case .data: try takeData(frame)
    case .headers:
      if isOfStream(frame), frame.flags.contains(.endStream) { stream.isEnded = true }
    case .resetStream:
      // After the whole response it only says that the rest of the request is not needed.
      guard isOfStream(frame), !stream.isEnded else { break }
      throw error("the server reset the call: \(HTTP2ErrorCode(try frame.number(at: 0)))")
    case .settings:
      if !frame.flags.contains(.acknowledgement) { try takeSettings(frame) }
    case .ping:
      guard !frame.flags.contains(.acknowledgement) else { break }
      append(.ping, .acknowledgement, frame.payload)
    case .goAway:
      let code = HTTP2ErrorCode(try frame.number(at: 4))
      let text = String(decoding: frame.payload.dropFirst(8), as: UTF8.self)
      throw error("the server ends the connection: \(code)\(text.isEmpty ? "" : ", \(text)")")
    case .windowUpdate:
      let more = try frame.number(at: 0) & 0x7fff_ffff
      if frame.stream == 0 { window += more } else if isOfStream(frame) { stream.window += more }
      sendAllowed()
    case nil: break
    }
  }

  private func takeSettings(_ frame: HTTP2Frame) throws {
    hasSettings = true
    for (name, value) in try HTTP2Settings.values(of: frame) {
      switch name {
      case .initialWindow:
        // Of the streams there are, too; a window may become negative (6.9.2).
        stream.window += value - initialWindow
        initialWindow = value
      case .maximumFrame: maximumFrame = value
      case .enablePush: break
      }
    }
    append(.settings, .acknowledgement, [])
    sendAllowed()
  }

  private func takeData(_ frame: HTTP2Frame) throws {
    var data = frame.payload
    if frame.flags.contains(.padded) {
      guard let padding = data.popFirst(), padding <= data.count else {
        throw error("DATA with more padding than bytes")
      }
      data = data.dropLast(Int(padding))
    }
    unreported += frame.payload.count
    if unreported >= HTTP2Connection.reportedBytes {
      appendWindowUpdate(unreported, stream: 0)
      unreported = 0
    }
    guard isOfStream(frame) else { return }
    stream.received.append(contentsOf: data)
    if frame.flags.contains(.endStream) { stream.isEnded = true }
    stream.unreported += frame.payload.count
    if stream.unreported >= HTTP2Connection.reportedBytes, !stream.isEnded {
      appendWindowUpdate(stream.unreported, stream: stream.id)
      stream.unreported = 0
    }
  }

  private func isOfStream(_ frame: HTTP2Frame) -> Bool { frame.stream == stream.id }

  private func append(
    _ kind: HTTP2Frame.Kind, _ flags: HTTP2Frame.Flags = [], stream: UInt32 = 0,
    _ payload: some Collection<UInt8>
  ) {
    HTTP2Frame.append(kind, flags, stream: stream, payload, to: &socket.outgoing)
  }

  private func appendWindowUpdate(_ count: Int, stream: UInt32) {
    var payload = ByteQueue()
    payload.append(count, bytes: 4)
    append(.windowUpdate, stream: stream, payload.all)
  }

  private func error(_ sentence: String) -> LoadError {
    LoadError("\(socket.address): \(sentence)")
  }
}

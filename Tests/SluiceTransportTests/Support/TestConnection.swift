import NIOCore
import NIOPosix
import NIOSSL

/// A connection of bytes, for what no client library would send.
final class TestConnection {
  private let channel: any Channel
  private var incoming: AsyncStream<ByteBuffer>.Iterator
  private var unread: [UInt8] = []

  /// A response as it came.
  struct Response {
    var status: Int
    /// Names in lower case.
    var headers: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
  }

  struct Ended: Error {}

  /// - Parameter tls: what it shows and trusts; nil for plain text.
  init(port: Int, tls: NIOSSLContext? = nil) async throws {
    let (stream, continuation) = AsyncStream<ByteBuffer>.makeStream()
    channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let handlers = channel.pipeline.syncOperations
          if let tls {
            try handlers.addHandler(NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
          }
          try handlers.addHandler(Inbox(continuation))
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    incoming = stream.makeAsyncIterator()
  }

  deinit { channel.close(promise: nil) }

  func send(_ bytes: [UInt8]) async throws {
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
  }

  func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  /// Takes nothing more from the system.
  func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }

  func close() async throws { try await channel.close().get() }

  /// Sends nothing more, and waits until the server has closed.
  func endSending() async throws {
    try await channel.close(mode: .output).get()
    _ = await rest()
  }

  /// So many bytes.
  ///
  /// - Throws: `Ended` if the server closes before.
  func bytes(_ count: Int) async throws -> [UInt8] {
    while unread.count < count {
      guard let more = await incoming.next() else { throw Ended() }
      unread += more.readableBytesView
    }
    defer { unread.removeFirst(count) }
    return Array(unread[..<count])
  }

  /// Everything until the server closes.
  func rest() async -> [UInt8] {
    while let more = await incoming.next() { unread += more.readableBytesView }
    defer { unread = [] }
    return unread
  }

  func response() async throws -> Response {
    var head: [UInt8] = []
    while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) { head += try await bytes(1) }
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] =
        line[line.index(after: colon)...]
        .drop { $0 == " " }.description
    }
    let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    let length = headers["content-length"].flatMap { Int($0) } ?? 0
    return Response(status: status ?? 0, headers: headers, body: try await bytes(length))
  }
}

/// Hands on what comes, and that nothing will come any more.
private final class Inbox: ChannelInboundHandler, Sendable {
  typealias InboundIn = ByteBuffer

  private let continuation: AsyncStream<ByteBuffer>.Continuation

  init(_ continuation: AsyncStream<ByteBuffer>.Continuation) { self.continuation = continuation }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    continuation.yield(unwrapInboundIn(data))
  }

  func channelInactive(context: ChannelHandlerContext) { continuation.finish() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}

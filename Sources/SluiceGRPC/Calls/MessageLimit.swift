import NIOCore
import NIOHPACK
import NIOHTTP2

/// Ends a call that announces too large a message with a status that says so, before any of it is kept.
/// (The limit of gRPC's own handlers closes the call without one.)
final class MessageLimit: ChannelDuplexHandler {
  typealias InboundIn = HTTP2Frame.FramePayload
  typealias InboundOut = HTTP2Frame.FramePayload
  typealias OutboundIn = HTTP2Frame.FramePayload
  typealias OutboundOut = HTTP2Frame.FramePayload

  /// Bytes of a message.
  private let limit: Int
  /// Bytes that are still to come of the message that is being read.
  private var rest = 0
  /// What is there of the next message's prefix: a flag and four bytes of length, big-endian.
  private var prefix: [UInt8] = []
  /// Whether the answer's headers are sent.
  private var hasBegun = false
  private var hasEnded = false

  init(_ limit: Int) { self.limit = limit }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !hasEnded else { return }
    if case .data(let payload) = unwrapInboundIn(data), case .byteBuffer(let buffer) = payload.data,
      let length = tooLarge(buffer)
    {
      return end(context, length)
    }
    context.fireChannelRead(data)
  }

  func write(
    context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
  ) {
    guard !hasEnded else {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    hasBegun = true
    context.write(data, promise: promise)
  }

  /// The length of a message that is beyond the limit, if one is announced in these bytes.
  private func tooLarge(_ buffer: ByteBuffer) -> Int? {
    var buffer = buffer
    while buffer.readableBytes > 0 {
      if rest > 0 {
        let count = min(rest, buffer.readableBytes)
        buffer.moveReaderIndex(forwardBy: count)
        rest -= count
        continue
      }
      prefix += buffer.readBytes(length: min(5 - prefix.count, buffer.readableBytes)) ?? []
      guard prefix.count == 5 else { return nil }
      rest = prefix.dropFirst().reduce(0) { $0 << 8 | Int($1) }
      prefix = []
      if rest > limit { return rest }
    }
    return nil
  }

  /// RESOURCE_EXHAUSTED.
  private func end(_ context: ChannelHandlerContext, _ length: Int) {
    var headers: HPACKHeaders =
      hasBegun ? [:] : [":status": "200", "content-type": "application/grpc"]
    headers.add(name: "grpc-status", value: "8")
    headers.add(
      name: "grpc-message",
      value: "expected messages of at most \(limit) bytes; found one of \(length)")
    hasEnded = true
    context.writeAndFlush(
      wrapOutboundOut(.headers(.init(headers: headers, endStream: true))), promise: nil)
    context.close(promise: nil)
  }
}

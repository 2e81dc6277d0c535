import NIOCore
import NIOWebSocket

/// Says goodbye to a WebSocket's client when the server ends.
final class StreamFarewell: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent {
      var data = ByteBuffer()
      data.write(webSocketErrorCode: .goingAway)
      let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
      context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
      context.close(promise: nil)
    }
    context.fireUserInboundEventTriggered(event)
  }
}

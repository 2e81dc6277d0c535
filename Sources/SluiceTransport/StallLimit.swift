import NIOCore

/// Closes a channel whose client reads nothing for too long while more waits for it than the channel's high
/// watermark: a connection, or a call of HTTP/2.
package final class StallLimit: ChannelInboundHandler {
  package typealias InboundIn = NIOAny

  private let limit: TimeAmount
  private var timer: Scheduled<Void>?

  package init(_ limit: Duration) { self.limit = TimeAmount(limit) }

  package func channelWritabilityChanged(context: ChannelHandlerContext) {
    stop()
    if !context.channel.isWritable {
      let channel = context.channel
      timer = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }
    context.fireChannelWritabilityChanged()
  }

  package func channelInactive(context: ChannelHandlerContext) {
    stop()
    context.fireChannelInactive()
  }

  private func stop() {
    timer?.cancel()
    timer = nil
  }
}

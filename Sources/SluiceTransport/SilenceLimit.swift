import NIOCore

/// Closes a connection from which nothing comes for too long, not even an answer to a ping; and one that is
/// still there for a while after the server began to end.
package final class SilenceLimit: ChannelInboundHandler {
  package typealias InboundIn = NIOAny

  private let limit: TimeAmount
  private let closing: TimeAmount?
  private var lastRead = NIODeadline.now()
  private var timer: Scheduled<Void>?

  /// - Parameters:
  ///   - limit: how long nothing may come.
  ///   - closing: how long it may stay when the server ends; nil where others see to that.
  package init(_ limit: Duration, closing: Duration? = nil) {
    self.limit = TimeAmount(limit)
    self.closing = closing.map { TimeAmount($0) }
  }

  package func handlerAdded(context: ChannelHandlerContext) { wait(for: limit, context) }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    lastRead = .now()
    context.fireChannelRead(data)
  }

  package func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    context.fireChannelInactive()
  }

  package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent, let closing {
      timer?.cancel()
      timer = context.eventLoop.assumeIsolated().scheduleTask(in: closing) {
        context.close(promise: nil)
      }
    }
    context.fireUserInboundEventTriggered(event)
  }

  private func wait(for time: TimeAmount, _ context: ChannelHandlerContext) {
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [self] in
      let rest = lastRead + limit - .now()
      if rest > .zero { wait(for: rest, context) } else { context.close(promise: nil) }
    }
  }
}

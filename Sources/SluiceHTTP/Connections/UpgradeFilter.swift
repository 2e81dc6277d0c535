import NIOCore
import NIOHTTP1

/// Lets a connection's first request through to NIO's upgrade handler, as one that asks for a WebSocket only
/// if there is one for it: that handler loses the head of requests whose upgrade is refused, and those that
/// ask for another protocol are requests like all others here. Closes the connection if there is no such
/// request in what comes.
final class UpgradeFilter: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart

  private let opens: (HTTPRequestHead) -> Bool

  /// - Parameter opens: whether a WebSocket is opened for a request that asks for one.
  init(opens: @escaping (HTTPRequestHead) -> Bool) { self.opens = opens }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(var head) = unwrapInboundIn(data) else {
      return context.fireChannelRead(data)
    }
    let protocols = head.headers[canonicalForm: "Upgrade"]
    let isOpened =
      protocols.map { $0.lowercased() } == ["websocket"] && head.method == .GET && opens(head)
    if !isOpened { head.headers.remove(name: "Upgrade") }
    context.fireChannelRead(wrapInboundOut(.head(head)))
    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // The next handler answers with 400.
    context.fireErrorCaught(error)
    context.close(promise: nil)
  }
}

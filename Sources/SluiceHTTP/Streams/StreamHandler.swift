import NIOCore
import NIOWebSocket
import SluiceFormats
import SluiceServing

/// Takes the messages of a WebSocket and writes their answers, on the connection's event loop.
///
/// A message's request is put in when the message is read, so the order of arrival is the order of the
/// streams. Answers come from any thread; those that came meanwhile are written together. While as many
/// messages as may be are unanswered or unwritten nothing more is taken, and nothing is read: a client that
/// does not read is not read from.
final class StreamHandler: ChannelDuplexHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  private let connection: StreamConnection
  private let limit: Int
  private let pingInterval: TimeAmount
  private var context: ChannelHandlerContext?
  private var outbox: Outbox?
  private var ping: RepeatedTask?
  /// Messages that were taken and whose answers were not written.
  private var open = 0
  /// Messages that were read beyond the limit.
  private var backlog = CircularBuffer<WebSocketFrame>()
  private var isReadWanted = false
  /// Nothing more is taken.
  private var isClosing = false
  /// To be said when everything that was taken is answered.
  private var goodbye: WebSocketErrorCode?

  init(_ connection: StreamConnection, _ options: HTTPOptions) {
    self.connection = connection
    limit = max(1, options.maximumUnansweredMessages)
    pingInterval = TimeAmount(options.pingInterval)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    takeTurns(context.channel)
    let me = NIOLoopBound(self, eventLoop: context.eventLoop)
    outbox = Outbox(context.eventLoop) { me.value.writeAnswers() }
    let opening = ByteBuffer(bytes: connection.opening.text)
    send(WebSocketFrame(fin: true, opcode: .text, data: opening))
    // Asks the client for signs of life; `SilenceLimit` closes when none come.
    ping = context.eventLoop.scheduleRepeatedTask(initialDelay: pingInterval, delay: pingInterval) {
      _ in me.value.send(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer()))
    }
  }

  /// What one read brings is a few frames, however many the client has sent: its loop's other connections have
  /// their turn before the next.
  private func takeTurns(_ channel: any Channel) {
    let size = connection.messageBytes * StreamHandler.framesInATurn
    let allocator = FixedSizeRecvByteBufferAllocator(capacity: min(max(size, 512), 65536))
    // Only channels of sockets have these options; others are tests'.
    try? channel.syncOptions?.setOption(.recvAllocator, value: allocator)
    try? channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
  }

  private static let framesInATurn = 4

  func handlerRemoved(context: ChannelHandlerContext) {
    isClosing = true
    ping?.cancel()
    backlog.removeAll()
    (self.context, outbox) = (nil, nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    isClosing = true
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // A client that went without a goodbye.
    if event as? ChannelEvent == .inputClosed {
      isClosing = true
      context.close(promise: nil)
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // What is wrong with a frame has been answered by NIO's handler.
    switch error {
    case is NIOWebSocketError: break
    case NIOWebSocketFrameAggregator.Error.accumulatedFrameSizeIsTooLarge,
      NIOWebSocketFrameAggregator.Error.tooManyFragments:
      close(.messageTooLarge)
    case is NIOWebSocketFrameAggregator.Error: close(.protocolError)
    default: context.close(promise: nil)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = unwrapInboundIn(data)
    if backlog.isEmpty, open < limit { take(frame) } else { backlog.append(frame) }
  }

  func read(context: ChannelHandlerContext) {
    if open < limit { context.read() } else { isReadWanted = true }
  }

  private func take(_ frame: WebSocketFrame) {
    guard !isClosing, let outbox else { return }
    switch frame.opcode {
    case .binary:
      guard let message = StreamMessage(frame.unmaskedData) else { return close(.protocolError) }
      open += 1
      connection.take(message, outbox)
    case .ping:
      open += 1
      outbox.put(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
    case .pong: break
    case .connectionClose: close(.normalClosure)
    default: close(.unacceptableData)
    }
  }

  private func writeAnswers() {
    guard let context, let frames = outbox?.take(), !frames.isEmpty else { return }
    for frame in frames.dropLast() { context.write(wrapOutboundOut(frame), promise: nil) }
    let written = context.eventLoop.makePromise(of: Void.self)
    written.futureResult.assumeIsolated().whenSuccess { [self] in free(frames.count) }
    context.writeAndFlush(wrapOutboundOut(frames[frames.count - 1]), promise: written)
  }

  /// Answers were written: as many messages may be taken.
  private func free(_ count: Int) {
    open -= count
    while open < limit, let frame = backlog.popFirst() { take(frame) }
    sayGoodbye()
    guard isReadWanted, open < limit, let context else { return }
    isReadWanted = false
    context.read()
  }

  /// Sends what is no answer.
  private func send(_ frame: WebSocketFrame) {
    context?.writeAndFlush(wrapOutboundOut(frame), promise: nil)
  }

  /// Takes nothing more, and says goodbye behind the answers to everything that was taken.
  private func close(_ code: WebSocketErrorCode) {
    guard !isClosing else { return }
    isClosing = true
    goodbye = code
    sayGoodbye()
  }

  private func sayGoodbye() {
    guard open == 0, let code = goodbye, let context else { return }
    goodbye = nil
    var data = ByteBuffer()
    data.write(webSocketErrorCode: code)
    let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
    let written = context.eventLoop.makePromise(of: Void.self)
    written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    context.writeAndFlush(wrapOutboundOut(frame), promise: written)
  }
}

import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket
import SluiceTransport

/// A connection with limits: HTTP/1.1, or a WebSocket if its first request asks for one.
struct InferenceChannel: ServerChildChannel, HTTPChannelHandler {
  let responder: Responder
  private let answers: InferenceResponder
  private let options: HTTPOptions

  /// What is spoken on a connection.
  enum Spoken: Sendable {
    case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
    case streams(StreamConnection, any Channel)
  }

  struct Value: ServerChildChannelValue {
    let negotiated: EventLoopFuture<Spoken>
    let channel: any Channel
  }

  init(_ answers: InferenceResponder, _ options: HTTPOptions) {
    (self.answers, self.options) = (answers, options)
    responder = { request, writer, _ in
      let response = await answers.response(to: request)
      try await writer.write(response: response.head, body: response.body)
    }
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let handlers = channel.pipeline.syncOperations
      if let tls = options.tls { try handlers.addHandler(tls.makeHandler(.http1)) }
      try handlers.addHandlers([
        NegotiationLimit(options.requestTimeout), StallLimit(options.stallTimeout),
      ])
      return Value(negotiated: try negotiated(channel, logger), channel: channel)
    }
  }

  func handle(value: Value, logger: Logger) async {
    let spoken = await withTaskCancellationHandler {
      try? await value.negotiated.get()
    } onCancel: {
      value.channel.close(promise: nil)
    }
    switch spoken {
    case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
    case .streams(let connection, let channel): await connection.serve(channel)
    case nil: value.channel.close(promise: nil)
    }
  }

  private func negotiated(
    _ channel: any Channel, _ logger: Logger
  ) throws -> EventLoopFuture<Spoken> {
    var configuration = NIOUpgradableHTTPServerPipelineConfiguration(
      upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
        upgraders: [upgrader],
        notUpgradingCompletionHandler: { channel in
          channel.eventLoop.makeCompletedFuture { try http(channel, logger) }
        }))
    // Requests of one connection are answered one after another as it is, and heads are valid.
    configuration.enablePipelining = false
    configuration.enableResponseHeaderValidation = false
    configuration.decoderConfiguration.maxHeaderFieldSize = options.maximumHeaderBytes
    configuration.decoderConfiguration.maxHeaderListSize = options.maximumHeaderBytes
    configuration.decoderConfiguration.maxHeaderFieldCount = 128
    let pipeline = channel.pipeline.syncOperations
    let negotiated = try pipeline.configureUpgradableHTTPServerPipeline(
      configuration: configuration)
    let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
    let filter = UpgradeFilter { answers.upgradeHeaders(for: $0) != nil }
    try pipeline.addHandler(filter, position: .after(decoder))
    return negotiated
  }

  private var upgrader: NIOTypedWebSocketServerUpgrader<Spoken> {
    NIOTypedWebSocketServerUpgrader(
      maxFrameSize: options.maximumMessageBytes,
      shouldUpgrade: { channel, head in
        // What is refused came past the filter and is answered over HTTP, with the reason.
        channel.eventLoop.makeSucceededFuture(answers.upgradeHeaders(for: head))
      },
      upgradePipelineHandler: { channel, head in
        channel.eventLoop.makeCompletedFuture { try streams(channel, head) }
      })
  }

  private func streams(_ channel: any Channel, _ head: HTTPRequestHead) throws -> Spoken {
    let connection = try answers.streams(at: head.uri, head.headers)
    try settled(channel).addHandlers([
      SilenceLimit(options.pingInterval * 2), StreamFarewell(),
      NIOWebSocketFrameAggregator(
        minNonFinalFragmentSize: 1, maxAccumulatedFrameCount: 64,
        maxAccumulatedFrameSize: options.maximumMessageBytes),
      StreamHandler(connection, options),
    ])
    return .streams(connection, channel)
  }

  private func http(_ channel: any Channel, _ logger: Logger) throws -> Spoken {
    try settled(channel).addHandlers([
      HTTP1ToHTTPServerCodec(secure: options.tls != nil), RequestTimeLimit(options.requestTimeout),
      HTTPConnectionStateHandler(idleTimeout: options.idleTimeout, logger: logger),
    ])
    return .http(
      try NIOAsyncChannel(
        wrappingChannelSynchronously: channel,
        configuration: .init(isOutboundHalfClosureEnabled: true)))
  }

  /// The channel's handlers, without the limit on the time until it is known what is spoken.
  private func settled(_ channel: any Channel) throws -> ChannelPipeline.SynchronousOperations {
    let handlers = channel.pipeline.syncOperations
    let limit = try handlers.context(handlerType: NegotiationLimit.self)
    handlers.removeHandler(context: limit, promise: nil)
    return handlers
  }
}

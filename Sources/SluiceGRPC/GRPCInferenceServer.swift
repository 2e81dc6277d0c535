import GRPCCore
import GRPCNIOTransportCore
import Logging
import ServiceLifecycle
import SluiceServing
import SluiceTransport

/// The Open Inference Protocol, version 2, over gRPC, with Triton's streaming inference, model
/// configuration, statistics and model repository.
///
///     try await GRPCInferenceServer(service, options, logger: logger).run()
///
/// It listens until the task is cancelled or a service group shuts it down: then it takes no more calls,
/// ends those that stream when what they brought is answered, and returns when all have ended, or have
/// been given up after `GRPCOptions.closingTime`.
public struct GRPCInferenceServer: Service {
  private typealias Transport = HTTP2ServerTransport.Custom<Listener>

  private let service: InferenceService
  private let options: GRPCOptions
  private let logger: Logger
  private let onListening: @Sendable (_ port: Int) -> Void

  /// - Parameter onListening: is told the port once connections are taken.
  public init(
    _ service: InferenceService, _ options: GRPCOptions = GRPCOptions(), logger: Logger,
    onListening: @escaping @Sendable (_ port: Int) -> Void = { _ in }
  ) {
    self.service = service
    self.options = options
    self.logger = logger
    self.onListening = onListening
  }

  /// - Throws: what the system says if the address cannot be listened on.
  public func run() async throws {
    let server = GRPCServer(
      transport: Transport(
        listenerFactory: Listener(options: options, onListening: onListening),
        config: configuration),
      services: [InferenceProvider(service: service, options: options)],
      interceptors: options.tokens.map { [TokenInterceptor(tokens: $0)] } ?? [])
    // Connections are dropped by a task that is cancelled, and those that wait end the process then
    // (swift-nio 2.101); so it is not, and ends as it does otherwise.
    let serving = Task { try await serve(server) }
    try await withTaskCancellationHandler {
      try await withGracefulShutdownHandler {
        try await serving.value
      } onGracefulShutdown: {
        server.beginGracefulShutdown()
      }
    } onCancel: {
      server.beginGracefulShutdown()
    }
  }

  /// - Throws: what the system says, without what gRPC says around it.
  private func serve(_ server: GRPCServer<Transport>) async throws {
    do {
      try await server.serve()
    } catch let error as RuntimeError {
      throw error.cause ?? error
    }
  }

  private var configuration: Transport.Config {
    var config = Transport.Config.defaults
    config.rpc.maxRequestPayloadSize = options.maximumMessageBytes
    config.http2.maxConcurrentStreams = options.maximumCallsPerConnection
    config.http2.targetWindowSize = 1 << 20
    config.connection.maxIdleTime = options.idleTimeout
    config.connection.keepalive.time = options.pingInterval
    config.connection.keepalive.timeout = options.pingTimeout
    config.connection.keepalive.clientBehavior.allowWithoutCalls = true
    config.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = .seconds(10)
    // Answers are frames of live streams: they go out as they are written.
    config.connection.flushCoalescing = nil
    config.channelDebuggingCallbacks.onAcceptHTTP2Stream = { [options] call in
      call.eventLoop.makeCompletedFuture {
        // A client may read from its connection, and nothing of one call.
        try call.pipeline.syncOperations.addHandlers(
          [
            StallLimit(options.stallTimeout), MessageLimit(options.maximumMessageBytes),
            TimeoutFilter(),
          ], position: .first)
      }
    }
    return config
  }
}

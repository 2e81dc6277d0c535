import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SluiceServing

/// The Open Inference Protocol, version 2, over HTTP/1.1, with Triton's binary tensors, model repository
/// and statistics; streams over WebSockets and their states; `/metrics` for Prometheus; a page for people.
///
///     try await HTTPServer(service, options, logger: logger).run()
///
/// It listens until the task is cancelled or a service group shuts it down: then it closes connections
/// as soon as nothing is being answered on them.
public struct HTTPServer: Service {
  private let service: InferenceService
  private let options: HTTPOptions
  private let logger: Logger
  private let onListening: @Sendable (SocketAddress) -> Void

  /// - Parameter onListening: is told the address once connections are taken.
  public init(
    _ service: InferenceService, _ options: HTTPOptions = HTTPOptions(), logger: Logger,
    onListening: @escaping @Sendable (SocketAddress) -> Void = { _ in }
  ) {
    self.service = service
    self.options = options
    self.logger = logger
    self.onListening = onListening
  }

  /// - Throws: what the system says if the address cannot be listened on.
  public func run() async throws {
    let responder = InferenceResponder(service: service, options: options)
    let server = Server(
      childChannelSetup: InferenceChannel(responder, options),
      configuration: ServerConfiguration(
        address: .hostname(options.host, port: options.port),
        availableConnectionsDelegate: .maximum(options.maximumConnections, logger: logger)),
      onServerRunning: { channel in
        if let address = channel.localAddress { onListening(address) }
      },
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
    try await server.run()
  }
}

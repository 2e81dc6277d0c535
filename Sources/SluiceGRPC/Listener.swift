import GRPCNIOTransportCore
import NIOCore
import NIOPosix
import SluiceTransport
import Synchronization

/// Takes gRPC's connections from the system, as many as may be open at the same time.
struct Listener: HTTP2ServerTransport.ListenerFactory {
  let options: GRPCOptions
  let onListening: @Sendable (_ port: Int) -> Void

  var eventLoopGroup: any EventLoopGroup { MultiThreadedEventLoopGroup.singleton }

  /// Why a connection is closed as soon as it is there.
  struct TooManyConnections: Error {}

  func makeListeningChannel(
    listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
    connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
  ) async throws -> NIOAsyncChannel<
    HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, Never
  > {
    let open = OpenConnections()
    let listening = try await ServerBootstrap(group: eventLoopGroup)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelInitializer { listenerConfigurator.configure(channel: $0) }
      .bind(host: options.host, port: options.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          guard open.add(channel, limit: options.maximumConnections) else {
            channel.close(promise: nil)
            throw TooManyConnections()
          }
          let handlers = channel.pipeline.syncOperations
          if let tls = options.tls { try handlers.addHandler(tls.makeHandler(.http2)) }
          // gRPC's own limits wait for ever for an answer to the ping with which they end a connection.
          try handlers.addHandlers([
            StallLimit(options.stallTimeout),
            SilenceLimit(options.pingInterval + options.pingTimeout, closing: options.closingTime),
          ])
        }.flatMap {
          connectionConfigurator.configure(
            channel: channel, tls: options.tls == nil ? .none : .configured(requireALPN: true))
        }.map { connection in
          // One that comes when nobody takes it any more must not go before it is closed.
          channel.closeFuture.whenComplete { _ in withExtendedLifetime(connection) {} }
          return connection
        }
      }
    onListening(listening.channel.localAddress?.port ?? 0)
    return listening
  }
}

/// How many there are.
private final class OpenConnections: Sendable {
  private let count = Atomic(0)

  /// - Returns: false if there are as many as may be; else it is counted until it is closed.
  func add(_ channel: any Channel, limit: Int) -> Bool {
    guard count.add(1, ordering: .relaxed).newValue <= limit else {
      count.subtract(1, ordering: .relaxed)
      return false
    }
    channel.closeFuture.whenComplete { _ in self.count.subtract(1, ordering: .relaxed) }
    return true
  }
}

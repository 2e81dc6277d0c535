import GRPCCore
import GRPCNIOTransportCore
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import OpenInferenceProtocol
import SluiceServing

@testable import SluiceGRPC

/// A gRPC server on a free port of this machine, and a client of it.
struct TestGRPCServer: Sendable {
  typealias Transport = HTTP2ClientTransport.WrappedChannel

  let port: Int
  let connection: GRPCClient<Transport>

  var client: Inference_GRPCInferenceService.Client<Transport> { .init(wrapping: connection) }

  struct NotListening: Error {}

  /// Runs `body` while a server listens.
  static func run<Result>(
    _ service: InferenceService, _ change: (inout GRPCOptions) -> Void = { _ in },
    clients tls: NIOSSLContext? = nil, _ body: (TestGRPCServer) async throws -> Result
  ) async throws -> Result {
    var options = GRPCOptions()
    options.port = 0
    change(&options)
    let (ports, continuation) = AsyncStream<Int>.makeStream()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = GRPCInferenceServer(service, options, logger: logger) { continuation.yield($0) }
    let running = Task {
      defer { continuation.finish() }
      try await server.run()
    }
    defer { running.cancel() }
    var iterator = ports.makeAsyncIterator()
    guard let port = await iterator.next() else { throw NotListening() }
    return try await connected(to: port, tls, body)
  }

  /// Runs `body` with a client of a server that listens.
  ///
  /// - Parameter tls: what the client shows and trusts; nil for plain text.
  static func connected<Result>(
    to port: Int, _ tls: NIOSSLContext? = nil, _ body: (TestGRPCServer) async throws -> Result
  ) async throws -> Result {
    let client = GRPCClient(transport: try await transport(port, tls))
    let connections = Task { try await client.runConnections() }
    defer {
      client.beginGracefulShutdown()
      connections.cancel()
    }
    return try await body(TestGRPCServer(port: port, connection: client))
  }

  /// One that serves a running sum as "sum" on the reference.
  static func sum<Result>(
    clients tls: NIOSSLContext? = nil, _ change: (inout GRPCOptions) -> Void = { _ in },
    _ body: (TestGRPCServer) async throws -> Result
  ) async throws -> Result {
    try await run(try InferenceService.sum(), change, clients: tls, body)
  }

  private static func transport(_ port: Int, _ tls: NIOSSLContext?) async throws -> Transport {
    try await .wrapping { configure in
      try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(host: "127.0.0.1", port: port) { channel in
          channel.eventLoop.makeCompletedFuture {
            guard let tls else { return }
            try channel.pipeline.syncOperations.addHandler(
              NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
          }.flatMap { configure(channel) }
        }
    }
  }
}

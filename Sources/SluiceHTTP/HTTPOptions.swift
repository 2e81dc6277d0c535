import SluiceServing
import SluiceTransport

/// Where an HTTP server listens, whom it lets in, and what bounds a connection.
public struct HTTPOptions: Sendable {
  public var host = "127.0.0.1"
  /// 0 takes one that is free.
  public var port = 8000
  /// Whoever shows one of these is let in; nil lets everybody in, but not to the states of streams.
  public var tokens: BearerTokens?
  /// nil for connections that anybody can read.
  public var tls: ServerTLS?
  /// Bytes of a request's header fields together.
  public var maximumHeaderBytes = 16 << 10
  /// Bytes of a request's body.
  public var maximumBodyBytes = 64 << 20
  /// Bytes of a WebSocket's message.
  public var maximumMessageBytes = 16 << 20
  /// Messages of a WebSocket that may be unanswered, or answered and unwritten; no more is read meanwhile.
  public var maximumUnansweredMessages = 64
  /// How often a WebSocket's client is asked for a sign of life; without any for twice as long it is closed.
  public var pingInterval = Duration.seconds(30)
  /// Connections that are open at the same time; others wait in the system's queue.
  public var maximumConnections = 4096
  /// How long a request may take to arrive, from its first header to the end of its body.
  public var requestTimeout = Duration.seconds(60)
  /// How long a connection may be open without a request.
  public var idleTimeout = Duration.seconds(300)
  /// How long a client may read nothing while there is something for it to read.
  public var stallTimeout = Duration.seconds(30)

  public init() {}

  /// Whether only this machine reaches a name or an address.
  public static func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host == "::1"
      || host.hasPrefix("127.") && host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
  }
}

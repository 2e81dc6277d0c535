import SluiceServing
import SluiceTransport

/// Where a gRPC server listens, whom it lets in, and what bounds a connection.
public struct GRPCOptions: Sendable {
  public var host = "127.0.0.1"
  /// 0 takes one that is free.
  public var port = 8001
  /// Whoever shows one of these is let in; nil lets everybody in.
  public var tokens: BearerTokens?
  /// nil for connections that anybody can read.
  public var tls: ServerTLS?
  /// Bytes of a message.
  public var maximumMessageBytes = 64 << 20
  /// Connections that are open at the same time; one more is closed at once.
  public var maximumConnections = 4096
  /// Calls that a connection may have open at the same time.
  public var maximumCallsPerConnection = 256
  /// Messages of a streaming call that may be unanswered or unwritten; its client waits with more.
  public var maximumUnansweredMessages = 256
  /// How long a connection may be open without a call before its client is asked to close it.
  public var idleTimeout = Duration.seconds(300)
  /// How long a client may read nothing, of its connection or of a call, while there is something for it.
  public var stallTimeout = Duration.seconds(30)
  /// After how long without a sign of life a client is asked for one.
  public var pingInterval = Duration.seconds(60)
  /// How long it may take to give one; then it is cut off.
  public var pingTimeout = Duration.seconds(20)
  /// How long, when the server ends, connections wait for their calls to end and their clients to know.
  public var closingTime = Duration.seconds(2)

  public init() {}
}

import GRPCCore
import NIOCore
import NIOHPACK
import NIOHTTP2
import SluiceServing

/// How long a client waits for the end of a call.
enum CallTimeout {
  fileprivate static let key = "grpc-timeout"

  /// Reads up to eight digits and a unit (gRPC over HTTP/2).
  ///
  /// - Returns: nil for what is not in that form.
  fileprivate static func duration(_ text: String) -> Duration? {
    let digits = text.utf8.dropLast()
    guard (1...8).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int64(text.dropLast())
    else { return nil }
    return switch text.last {
    case "H": .seconds(number * 3600)
    case "M": .seconds(number * 60)
    case "S": .seconds(number)
    case "m": .milliseconds(number)
    case "u": .microseconds(number)
    case "n": .nanoseconds(number)
    default: nil
    }
  }
}

extension Metadata {
  /// nil if the client does not say.
  ///
  /// - Throws: `invalidArgument` for what is no timeout.
  func callTimeout() throws(RPCError) -> Duration? {
    var values = self[stringValues: CallTimeout.key].makeIterator()
    guard let text = values.next() else { return nil }
    if let timeout = CallTimeout.duration(text) { return timeout }
    throw .invalid(
      "\(CallTimeout.key): expected up to eight digits and a unit, H, M, S, m, u or n; found \(text)"
    )
  }
}

extension InferenceRequest {
  /// Whatever it says itself, its answer is of no use later.
  mutating func limit(to rest: Duration?) {
    guard let rest else { return }
    timeout = min(timeout ?? rest, rest)
  }
}

/// Puts what is no timeout into quotes, before GRPCCore reads it: one below 0 would end the process there
/// (grpc-swift-2 2.4.3), and what it cannot read it leaves to `Metadata.callTimeout`.
final class TimeoutFilter: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame.FramePayload
  typealias InboundOut = HTTP2Frame.FramePayload

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .headers(var head) = unwrapInboundIn(data),
      let wrong = head.headers[CallTimeout.key].first(where: { CallTimeout.duration($0) == nil })
    else { return context.fireChannelRead(data) }
    head.headers.replaceOrAdd(name: CallTimeout.key, value: "'\(wrong)'")
    context.fireChannelRead(wrapInboundOut(.headers(head)))
  }
}

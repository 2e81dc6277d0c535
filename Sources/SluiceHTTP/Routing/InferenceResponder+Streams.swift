import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import NIOHTTP1
import SluiceServing

/// `/v2/models/M/stream`, where WebSockets are opened.
extension InferenceResponder {
  /// - Parameters:
  ///   - uri: path and query.
  ///   - headers: of the request that opens the WebSocket; they may name the span in which its client asks.
  /// - Throws: 400, 404 and such.
  func streams(at uri: String, _ headers: HTTPHeaders = [:]) throws -> StreamConnection {
    guard let query = try StreamQuery(uri: uri) else {
      throw HTTPFailure(.notFound, "there are no streams at '\(uri)'")
    }
    let parent = service.parent(in: headers, UpgradeTraceHeaders())
    return try StreamConnection(query, service, options, parent)
  }

  /// The answer to a request over HTTP: that a WebSocket is expected, or why there would be none.
  func streams(_ request: Request) throws -> HTTPFailure {
    _ = try streams(at: request.head.path ?? "")
    var failure = HTTPFailure(.upgradeRequired, "expected a WebSocket (RFC 6455)")
    failure.headers[.upgrade] = "websocket"
    return failure
  }

  /// Header fields of the answer that opens a WebSocket; nil where none is opened.
  ///
  /// Browsers have no header for a token: there it is one of the protocols beside `sluice`, `bearer.TOKEN` or,
  /// since protocols have fewer characters than tokens, `bearer64.` and the token in base64url (RFC 4648, 5).
  func upgradeHeaders(for head: HTTPRequestHead) -> HTTPHeaders? {
    guard head.headers.openWebSocket else { return nil }
    let protocols = head.headers[canonicalForm: "Sec-WebSocket-Protocol"]
    let (host, origin) = (head.headers.whole("Host"), head.headers.whole("Origin"))
    guard (try? sites.admit(host: host, origin: origin)) != nil else { return nil }
    if let tokens = options.tokens {
      let isKnown = protocols.contains { tokens.contain(bearer: String($0)) }
      guard isKnown || tokens.admit(authorization: head.headers.first(name: "Authorization"))
      else { return nil }
    }
    guard (try? streams(at: head.uri)) != nil else { return nil }
    return protocols.contains("sluice") ? ["Sec-WebSocket-Protocol": "sluice"] : [:]
  }
}

extension HTTPHeaders {
  /// Whether a request has what RFC 6455, 4.2.1 asks of it, and nothing behind its head.
  fileprivate var openWebSocket: Bool {
    self["Sec-WebSocket-Key"].count == 1 && self["Sec-WebSocket-Version"] == ["13"]
      && self["Content-Length"].allSatisfy { $0 == "0" } && !contains(name: "Transfer-Encoding")
  }

  /// A field's value; all of them in one, which is none that anybody expects, if it is there several times.
  func whole(_ name: String) -> String? {
    let values = self[name]
    return values.isEmpty ? nil : values.joined(separator: ",")
  }
}

extension BearerTokens {
  /// Whether a WebSocket's protocol carries one of these.
  fileprivate func contain(bearer text: String) -> Bool {
    if text.hasPrefix("bearer.") { return contain(String(text.dropFirst("bearer.".count))) }
    guard text.hasPrefix("bearer64.") else { return false }
    let digits = text.dropFirst("bearer64.".count)
      .replacing("-", with: "+").replacing("_", with: "/")
    let padding = String(repeating: "=", count: -digits.utf8.count & 3)
    guard let bytes = Data(base64Encoded: digits + padding) else { return false }
    return contain(String(decoding: bytes, as: UTF8.self))
  }
}

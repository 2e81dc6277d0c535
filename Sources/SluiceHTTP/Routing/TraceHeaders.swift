import HTTPTypes
import NIOHTTP1
import Tracing

/// Where tracers read whose span a request is part of.
struct RequestTraceHeaders: Extractor {
  func extract(key: String, from fields: HTTPFields) -> String? {
    HTTPField.Name(key).flatMap { fields[$0] }
  }
}

/// Likewise of the request that opens a WebSocket.
struct UpgradeTraceHeaders: Extractor {
  func extract(key: String, from headers: HTTPHeaders) -> String? { headers.whole(key) }
}

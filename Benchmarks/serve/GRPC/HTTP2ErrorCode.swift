/// Why a stream or a connection ends (RFC 9113, 7).
struct HTTP2ErrorCode: CustomStringConvertible {
  private static let names = [
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
    "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
    "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
  ]

  let description: String

  init(_ code: Int) {
    let names = HTTP2ErrorCode.names
    description = names.indices.contains(code) ? names[code] : "error \(code)"
  }
}

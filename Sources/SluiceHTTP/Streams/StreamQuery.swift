import FoundationEssentials
import SluiceServing

/// What the address of a WebSocket connection says: `/v2/models/M/stream?id=camera&outputs=json`.
struct StreamQuery: Sendable, Hashable {
  var model: String
  var version: Int?
  /// Name of the connection's streams; nil for one of its own, and streams that end with it.
  var name: StreamIdentifier?
  var isJSON = false
  /// Of each frame, from its arrival.
  var timeout: Duration?

  /// - Parameter uri: path and query.
  /// - Returns: nil if it is no such address.
  /// - Throws: 400 for parameters that make no sense.
  init?(uri: String) throws(HTTPFailure) {
    let parts = uri.split(separator: "?", maxSplits: 1)
    guard let path = parts.first, case .stream(let model)? = Route(path: String(path)) else {
      return nil
    }
    self.model = model
    for pair in parts.count < 2 ? [] : parts[1].split(separator: "&") {
      let words = pair.split(separator: "=", maxSplits: 1).map { $0.removingPercentEncoding ?? "" }
      try take(words.first ?? "", words.count < 2 ? "" : words[1])
    }
  }

  private mutating func take(_ key: String, _ value: String) throws(HTTPFailure) {
    let isTaken: Bool
    switch key {
    case "id":
      name = StreamIdentifier(value)
      isTaken = name != nil && value.utf8.count <= StreamQuery.maximumNameLength
    case "version":
      version = Int(value)
      isTaken = version != nil
    case "outputs":
      isJSON = value == "json"
      isTaken = isJSON || value == "binary"
    case "timeout":
      let milliseconds = Int(value)
      timeout = milliseconds.map { .milliseconds($0) }
      isTaken = (1...1_000_000_000).contains(milliseconds ?? 0)
    default: isTaken = false
    }
    guard isTaken else {
      throw HTTPFailure(
        .badRequest,
        "'\(key)=\(value)': expected id=NAME of up to \(StreamQuery.maximumNameLength) bytes, version=N, "
          + "outputs=json or binary, timeout=MS")
    }
  }

  /// Leaves room for the stream's number behind.
  private static let maximumNameLength = StreamIdentifier.maximumByteCount - 11
}

import GRPCCore
import Tracing

/// Where tracers read whose span a call is part of.
struct TraceMetadata: Extractor {
  func extract(key: String, from metadata: Metadata) -> String? {
    let values = Array(metadata[stringValues: key])
    return values.isEmpty ? nil : values.joined(separator: ",")
  }
}

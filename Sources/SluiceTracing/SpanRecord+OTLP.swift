import SluiceFormats
import Tracing

/// OTLP/JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): identifiers to base 16, whole
/// numbers of 64 bits as strings, enumerations as numbers.
extension SpanRecord {
  var json: JSONValue {
    var span: JSONValue = [
      "traceId": .string(place.traceID.hexadecimal), "spanId": .string(place.spanID.hexadecimal),
    ]
    if !place.state.isEmpty { span.append("traceState", .string(place.state)) }
    if let parent { span.append("parentSpanId", .string(parent.spanID.hexadecimal)) }
    span.append("flags", JSONValue(place.flags(parent)))
    span.append("name", .string(name))
    span.append("kind", JSONValue(kind.number))
    span.append("startTimeUnixNano", .string("\(start)"))
    span.append("endTimeUnixNano", .string("\(max(start, end))"))
    if !attributes.isEmpty { span.append("attributes", attributes.json) }
    if !events.isEmpty { span.append("events", .array(events.map(\.json))) }
    if !links.isEmpty { span.append("links", .array(links.compactMap(\.json))) }
    if let status { span.append("status", status.json) }
    return span
  }
}

extension TraceContext {
  /// Those of W3C in the lowest byte; bit 8 says that bit 9 says whether the parent is another process's.
  fileprivate func flags(_ parent: TraceContext?) -> Int {
    (isSampled ? 1 : 0) | 1 << 8 | (parent?.isRemote == true ? 1 << 9 : 0)
  }
}

extension SpanKind {
  fileprivate var number: Int {
    switch self {
    case .internal: 1
    case .server: 2
    case .client: 3
    case .producer: 4
    case .consumer: 5
    }
  }
}

extension SpanStatus {
  fileprivate var json: JSONValue {
    var json: JSONValue = ["code": JSONValue(code == .ok ? 1 : 2)]
    if let message { json.append("message", .string(message)) }
    return json
  }
}

extension SpanEvent {
  fileprivate var json: JSONValue {
    var json: JSONValue = [
      "timeUnixNano": .string("\(nanosecondsSinceEpoch)"), "name": .string(name),
    ]
    if !attributes.isEmpty { json.append("attributes", attributes.json) }
    return json
  }
}

extension SpanLink {
  /// nil where the context names no span.
  fileprivate var json: JSONValue? {
    guard let place = context.traceContext else { return nil }
    var json: JSONValue = [
      "traceId": .string(place.traceID.hexadecimal), "spanId": .string(place.spanID.hexadecimal),
    ]
    if !place.state.isEmpty { json.append("traceState", .string(place.state)) }
    if !attributes.isEmpty { json.append("attributes", attributes.json) }
    return json
  }
}

extension SpanAttributes {
  /// In the order of their keys.
  var json: JSONValue {
    var list: [(key: String, value: SpanAttribute)] = []
    forEach { list.append(($0, $1)) }
    list.sort { $0.key < $1.key }
    return .array(list.map { ["key": .string($0.key), "value": $0.value.json] })
  }
}

extension SpanAttribute {
  fileprivate var json: JSONValue {
    switch self {
    case .int32(let value): JSONValue.of(value)
    case .int64(let value): JSONValue.of(value)
    case .double(let value): JSONValue.of(value)
    case .bool(let value): JSONValue.of(value)
    case .string(let value): JSONValue.of(value)
    case .stringConvertible(let value): JSONValue.of("\(value)")
    case .int32Array(let values): JSONValue.of(values.map { JSONValue.of($0) })
    case .int64Array(let values): JSONValue.of(values.map { JSONValue.of($0) })
    case .doubleArray(let values): JSONValue.of(values.map { JSONValue.of($0) })
    case .boolArray(let values): JSONValue.of(values.map { JSONValue.of($0) })
    case .stringArray(let values): JSONValue.of(values.map { JSONValue.of($0) })
    case .stringConvertibleArray(let values): JSONValue.of(values.map { JSONValue.of("\($0)") })
    default: [:]
    }
  }
}

/// OTLP's `AnyValue`.
extension JSONValue {
  fileprivate static func of(_ value: some FixedWidthInteger) -> JSONValue {
    ["intValue": .string("\(value)")]
  }

  fileprivate static func of(_ value: Double) -> JSONValue {
    if value.isFinite { return ["doubleValue": .number("\(value)")] }
    let name = value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
    return ["doubleValue": .string(name)]
  }

  fileprivate static func of(_ value: Bool) -> JSONValue { ["boolValue": .bool(value)] }

  fileprivate static func of(_ value: String) -> JSONValue { ["stringValue": .string(value)] }

  fileprivate static func of(_ values: [JSONValue]) -> JSONValue {
    ["arrayValue": ["values": .array(values)]]
  }
}

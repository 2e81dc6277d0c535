import Foundation

/// A span as a reader of OTLP/JSON finds it in a line of a file.
public struct SpanLine: Decodable, Sendable {
  public var traceId: String
  public var spanId: String
  public var parentSpanId: String?
  public var traceState: String?
  public var flags: Int
  public var name: String
  public var kind: Int
  public var startTimeUnixNano: String
  public var endTimeUnixNano: String
  public var attributes: [Attribute]?
  public var events: [Event]?
  public var links: [Link]?
  public var status: Status?

  public struct Attribute: Decodable, Sendable {
    public var key: String
    public var value: Value
  }

  /// One of its members is there.
  public struct Value: Decodable, Sendable, Equatable {
    public var stringValue: String?
    public var intValue: String?
    public var boolValue: Bool?
    public var doubleValue: Double?
    public var arrayValue: Values?

    public struct Values: Decodable, Sendable, Equatable { public var values: [Value] }
  }

  public struct Event: Decodable, Sendable {
    public var timeUnixNano: String
    public var name: String
    public var attributes: [Attribute]?
  }

  public struct Link: Decodable, Sendable {
    public var traceId: String
    public var spanId: String
  }

  public struct Status: Decodable, Sendable {
    public var code: Int
    public var message: String?
  }

  /// What an attribute says, whatever its type; nil if it is not there.
  public func text(_ key: String) -> String? {
    guard let value = attributes?.first(where: { $0.key == key })?.value else { return nil }
    return value.stringValue ?? value.intValue ?? value.boolValue.map { "\($0)" }
      ?? value.doubleValue.map { "\($0)" }
  }

  /// In nanoseconds since 1970.
  public var times: (start: UInt64, end: UInt64)? {
    guard let start = UInt64(startTimeUnixNano), let end = UInt64(endTimeUnixNano) else {
      return nil
    }
    return (start, end)
  }

  private struct Line: Decodable {
    var resourceSpans: [ResourceSpans]

    struct ResourceSpans: Decodable {
      var resource: Resource
      var scopeSpans: [ScopeSpans]
    }

    struct Resource: Decodable { var attributes: [Attribute] }

    struct ScopeSpans: Decodable { var spans: [SpanLine] }
  }

  /// Why a file is none of spans.
  public struct Malformed: Error { public var line: String }

  /// The spans of a file in its order; every line is one of `service`.
  public static func all(_ path: String, service: String = "sluice") throws -> [SpanLine] {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    guard text.isEmpty || text.hasSuffix("\n") else { throw Malformed(line: text) }
    return try text.split(separator: "\n").flatMap { line in
      let line = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
      for resource in line.resourceSpans {
        let name = resource.resource.attributes.first { $0.key == "service.name" }
        guard name?.value.stringValue == service else { throw Malformed(line: "\(line)") }
      }
      return line.resourceSpans.flatMap { $0.scopeSpans.flatMap(\.spans) }
    }
  }
}

/// A path in the system's folder for such, where nothing is; what is put there goes away with the test.
public final class TemporaryPath: Sendable {
  public let path = NSTemporaryDirectory() + "sluice-" + UUID().uuidString

  public init() {}

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

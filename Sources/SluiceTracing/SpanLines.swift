import SluiceFormats

/// Spans as lines of a file.
struct SpanLines: ~Copyable, Sendable {
  private(set) var summary = SpanSummary()
  private var file: AppendedFile
  /// Of every line, around its span.
  private let opening: [UInt8]
  private let closing = Array("]}]}]}\n".utf8)

  init(_ file: consuming AppendedFile, service: String) {
    self.file = file
    let resource: JSONValue = [
      "attributes": [
        ["key": "service.name", "value": ["stringValue": .string(service)]],
        ["key": "process.pid", "value": ["intValue": .string("\(AppendedFile.process)")]],
      ]
    ]
    opening =
      Array(#"{"resourceSpans":[{"resource":"#.utf8) + resource.text
      + Array(#","scopeSpans":[{"scope":{"name":"sluice"},"spans":["#.utf8)
  }

  mutating func append(_ spans: [SpanRecord]) {
    var bytes: [UInt8] = []
    var count = 0
    for span in spans {
      bytes += opening + span.json.text + closing
      count += 1
      guard bytes.count >= 1 << 18 else { continue }
      write(bytes, lines: count)
      (bytes, count) = ([], 0)
    }
    if count > 0 { write(bytes, lines: count) }
  }

  private mutating func write(_ bytes: [UInt8], lines count: Int) {
    let (written, failure) = file.append(bytes)
    let whole = failure == nil ? count : bytes[..<written].count { $0 == UInt8(ascii: "\n") }
    summary.written += whole
    summary.dropped += count - whole
    if summary.failure == nil { summary.failure = failure?.message }
  }
}

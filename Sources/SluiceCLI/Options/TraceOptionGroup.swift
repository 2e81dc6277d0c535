import ArgumentParser
import SluiceFormats
import SluiceServing
import SluiceTracing

/// The options that say whether a server traces requests.
struct TraceOptionGroup: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Append a span of each request and of its parts to this file: OpenTelemetry's OTLP/JSON, one a line.",
      valueName: "file"))
  var trace: String?

  @Option(
    help: ArgumentHelp(
      "With --trace, the part of the requests that is traced, 0 to 1, where the client's traceparent does "
        + "not say. (default: 1)",
      valueName: "ratio"))
  var traceSample: Double?

  func validate() throws {
    guard let traceSample else { return }
    guard (0...1).contains(traceSample) else {
      throw ValidationError("--trace-sample \(traceSample): expected a number from 0 to 1.")
    }
    if trace == nil { throw ValidationError("--trace-sample: needs --trace.") }
  }

  /// - Throws: `unreadable` if the file cannot be written.
  func tracer() throws(FormatError) -> FileTracer? {
    try trace.map { path throws(FormatError) in
      try FileTracer(path: path, service: ServerDescription.name, sample: traceSample ?? 1)
    }
  }
}

import Sluice

/// All that `sluice bench` measured, with what is needed to read it later.
struct BenchmarkReport: Encodable {
  var machine = Machine.current
  /// The commit that the binary's checkout stands at; `unknown` outside of one.
  var commit = Machine.commit ?? "unknown"
  var results: [BenchmarkResult] = []
  /// Cases that gave no result.
  var failures: [Failure] = []

  struct Failure: Encodable {
    var model: String
    /// As the command line names it.
    var backend: String
    var precision: String
    var streams: Int
    var reason: String
  }

  /// None without a result.
  var lines: [String] {
    guard !results.isEmpty else { return [] }
    let headings = [
      "network", "backend", "streams", "min µs", "p50", "p99", "p99.9", "max", "frames/s",
      "load ms", "build ms", "first ms", "B/stream", "session p50",
    ]
    let isExact = results.allSatisfy { $0.precision == Precision.fp32.rawValue }
    var table = Table(headings, rightAligned: Set(2..<headings.count))
    table.rows = results.map { result in
      let latency = result.latency
      let frames = result.sequence.map { ", \($0) frames" } ?? ""
      return [
        lastPart(result.model) + frames,
        result.backend + (isExact ? "" : " \(result.precision)"), "\(result.streams)",
        microseconds(latency.minimum), microseconds(latency.p50), microseconds(latency.p99),
        microseconds(latency.p999), microseconds(latency.maximum), scaled(result.framesPerSecond),
        fixed(result.loadMilliseconds, 1), fixed(result.buildMilliseconds, 1),
        fixed(result.firstOutputMilliseconds, 1), grouped(result.bytesPerStream),
        result.session.map { microseconds($0.latency.p50) } ?? "-",
      ]
    }
    return table.lines
      + results.compactMap { result in
        result.reason.map {
          "\(lastPart(result.model)), \(counted(result.streams, "stream")): auto takes "
            + "\(result.backend): \($0)"
        }
      }
      + results.flatMap { result in
        let precision = isExact ? "" : " in \(result.precision)"
        let title = "\(lastPart(result.model)) on \(result.backend)\(precision), "
        return result.profile?.lines(title + counted(result.streams, "stream")) ?? []
      }
  }

  /// A path's last part.
  private func lastPart(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  private func microseconds(_ value: Double) -> String { fixed(value, value < 100 ? 2 : 1) }
}

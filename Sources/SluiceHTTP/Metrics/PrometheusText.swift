/// Metrics in Prometheus' text format, version 0.0.4: for each metric its help, its type, its samples.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/
struct PrometheusText {
  enum Kind: String { case counter, gauge, histogram }

  typealias Label = (name: String, value: String)

  private(set) var text = ""

  /// Samples of one metric.
  ///
  /// - Parameter help: one line without backslashes.
  mutating func add(
    _ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: [Label], value: Double)]
  ) {
    head(name, kind, help)
    for sample in samples { line(name, sample.labels, sample.value) }
  }

  /// A histogram by its buckets, counted up to each bound, its count and its sum.
  struct Histogram {
    var labels: [Label]
    var buckets: [(bound: Double, count: Int)]
    var count: Int
    var sum: Double
  }

  mutating func add(_ name: String, _ help: String, _ histograms: [Histogram]) {
    head(name, .histogram, help)
    for histogram in histograms {
      for bucket in histogram.buckets {
        let bound = PrometheusText.number(bucket.bound)
        line("\(name)_bucket", histogram.labels + [("le", bound)], Double(bucket.count))
      }
      line("\(name)_bucket", histogram.labels + [("le", "+Inf")], Double(histogram.count))
      line("\(name)_sum", histogram.labels, histogram.sum)
      line("\(name)_count", histogram.labels, Double(histogram.count))
    }
  }

  private mutating func head(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  private mutating func line(_ name: String, _ labels: [Label], _ value: Double) {
    let list = labels.map { "\($0.name)=\"\(PrometheusText.escaped($0.value))\"" }
    let suffix = list.isEmpty ? "" : "{\(list.joined(separator: ","))}"
    text += "\(name)\(suffix) \(PrometheusText.number(value))\n"
  }

  private static func number(_ value: Double) -> String {
    Int(exactly: value).map { "\($0)" } ?? "\(value)"
  }

  /// A label's value: `\`, `"` and line ends with a backslash before them.
  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { escaped, character in
      switch character {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.append(character)
      }
    }
  }
}

/// How every value inside a network compares between the reference and another backend.
struct TraceReport: Encodable {
  var backend: String
  /// Calls compared: steps of all streams, or one for a whole sequence.
  var calls: Int
  /// The earliest one, in order of calls, then of nodes; nil if everything stays within the tolerance.
  var first: Divergence?
  /// In the order in which the nodes run.
  var values: [Value]

  /// Where a backend leaves the tolerance for the first time.
  struct Divergence: Encodable, Hashable {
    var stream: Int
    /// Counted from 0.
    var call: Int
    var node: String
    var operation: String
    var output: String
    /// The largest |y − e| of that call, and where it is in row-major order.
    var difference: Double
    var index: Int
    /// Whether the node goes wrong only when no other value inside the network is looked at, so that
    /// it is fused with its neighbours.
    var onlyFused: Bool
  }

  /// The worst of one value over all calls compared.
  struct Value: Encodable {
    var node: String
    var operation: String
    var output: String
    /// max|e|.
    var largest: Double
    /// max|y − e|.
    var difference: Double
    /// Elements beyond the tolerance.
    var failures: Int
  }
}

extension TraceReport {
  /// The finding in a sentence.
  var summary: String {
    guard let first else {
      return "every value of \(counted(calls, "call")) stays within the tolerance on \(backend)"
    }
    let place = "stream \(first.stream), call \(first.call), element \(first.index)"
    return "first to diverge on \(backend): \(first.node) (\(first.operation)), output "
      + "'\(first.output)', by \(first.difference) at \(place)"
      + (first.onlyFused ? "; only where it is fused with its neighbours" : "")
  }
}

import Sluice

/// What a load showed.
struct LoadResult: Encodable {
  let streams: Int
  let rate: Double
  let seconds: Double
  let connections: Int
  let sent: Int
  let answered: Int
  /// Frames without any answer.
  let lost: Int
  let outOfOrder: Int
  let refused: [String: Int]
  /// Milliseconds from the scheduled time to the answer.
  let p50: Double
  let p99: Double
  let p999: Double
  let longest: Double
  /// Processors that were busy on average.
  let generatorProcessors: Double
  let serverProcessors: Double?
  /// Processors that a hypervisor gave to others meanwhile.
  let stolenProcessors: Double

  init(_ plan: LoadPlan, _ log: FrameLog, _ used: BusyProcessors) {
    (streams, rate, seconds) = (plan.streams, plan.rate, plan.seconds)
    connections = min(plan.connections, plan.streams)
    (sent, answered, lost) = (log.sent, log.answered, log.unanswered)
    (outOfOrder, refused) = (log.outOfOrder, log.refusals)
    let quantiles = [0.5, 0.99, 0.999, 1].map { part in
      Double(log.latencies.quantile(part)) / 1e6
    }
    (p50, p99, p999, longest) = (quantiles[0], quantiles[1], quantiles[2], quantiles[3])
    (generatorProcessors, serverProcessors) = (used.generator, used.server)
    stolenProcessors = used.stolen
  }

  var lines: [String] {
    let times = [("p50", p50), ("p99", p99), ("p99.9", p999), ("longest", longest)]
    var processors = "processors busy: generator \(rounded(generatorProcessors))"
    if let serverProcessors { processors += ", server \(rounded(serverProcessors))" }
    processors += ", given to others \(rounded(stolenProcessors))"
    return [
      "\(streams) streams at \(rate) frames/s over \(connections) connections, \(seconds) s",
      "sent \(sent), answered \(answered), lost \(lost), out of order \(outOfOrder)",
      "ms from the scheduled time: "
        + times.map { "\($0.0) \(rounded($0.1))" }.joined(separator: ", "),
      processors,
    ] + refused.sorted { $0.value > $1.value }.prefix(5).map { "refused \($0.value): \($0.key)" }
  }

  private func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

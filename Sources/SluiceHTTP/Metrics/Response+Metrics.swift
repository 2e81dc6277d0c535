import HummingbirdCore
import Sluice
import SluiceServing

extension Response {
  init(metrics report: StatisticsReport) {
    self.init(
      bytes: Array(PrometheusText(report).text.utf8),
      type: "text/plain; version=0.0.4; charset=utf-8")
  }
}

extension PrometheusText {
  init(_ report: StatisticsReport) {
    self.init()
    addQueues(report)
    addRequests(report.models)
    addStreams(report.models)
    addSteps(report.models)
    addLatencies(report.models)
  }

  private mutating func addQueues(_ report: StatisticsReport) {
    let models = report.models
    add(
      "sluice_draining", .gauge, "1 while the server ends.",
      [(labels: [], value: report.isDraining ? 1 : 0)])
    add(
      "sluice_queued_bytes", .gauge, "Bytes of requests that wait or are worked on.",
      [(labels: [], value: Double(report.queuedBytes))])
    add(
      "sluice_sequences_waiting", .gauge, "Whole sequences that wait for a thread.",
      [(labels: [], value: Double(report.sequencesWaiting))])
    add(
      "sluice_requests_waiting", .gauge, "Requests of streams that wait for their turn.",
      samples(models) { $0.requestsWaiting })
    add(
      "sluice_frames_waiting", .gauge, "Frames that wait for a step.",
      samples(models) { $0.framesWaiting })
  }

  private mutating func addRequests(_ models: [ModelReport]) {
    add(
      "sluice_requests_total", .counter, "Requests answered with success, by kind.",
      samples(models, "kind") {
        [("stream", $0.requestsAnswered), ("sequence", $0.sequencesAnswered)]
      })
    add(
      "sluice_refusals_total", .counter, "Requests refused or failed, by reason.",
      samples(models, "code") { model in
        ServingError.Code.all.map { ($0.name, model.refusals[$0] ?? 0) }
      })
    add(
      "sluice_tensor_bytes_total", .counter, "Bytes of tensors taken and given.",
      samples(models, "direction") { [("in", $0.bytesIn), ("out", $0.bytesOut)] })
  }

  private mutating func addStreams(_ models: [ModelReport]) {
    add(
      "sluice_streams", .gauge, "Streams, by where their state is.",
      samples(models, "place") { [("slot", $0.streamsActive), ("store", $0.streamsStored)] })
    add(
      "sluice_slots", .gauge, "Streams that the device has room for.", samples(models) { $0.slots })
    add(
      "sluice_slots_taken", .gauge, "Slots in use, those of whole sequences too.",
      samples(models) { $0.slotsTaken })
    add(
      "sluice_stream_events_total", .counter, "What happened to streams.",
      samples(models, "event") {
        [
          ("started", $0.streamsStarted), ("ended", $0.streamsEnded),
          ("expired", $0.streamsExpired), ("hibernated", $0.streamsHibernated),
          ("restored", $0.streamsRestored), ("lost", $0.streamsLost),
        ]
      })
  }

  private mutating func addSteps(_ models: [ModelReport]) {
    add(
      "sluice_device_failures_total", .counter, "Devices that failed.",
      samples(models) { $0.engine.deviceFailures })
    add(
      "sluice_step_streams", "Streams that step together.",
      models.map { model in
        var count = 0
        let buckets = model.steps.bySize.prefix(17).enumerated().map { k, steps in
          count += steps
          return (bound: Double(StepCounts.largestSize(k)), count: count)
        }
        return Histogram(
          labels: [("model", model.name)], buckets: buckets, count: model.steps.steps,
          sum: Double(model.steps.frames))
      })
  }

  /// Bounds are 2^k − 1 ns from 16 µs to 17 s, where the counts are exact.
  private mutating func addLatencies(_ models: [ModelReport]) {
    add(
      "sluice_request_duration_seconds",
      "Time of answered requests: in their stream's queue, in the engine, in all.",
      models.flatMap { model in
        ServingStage.allCases.compactMap { stage in
          model.latencies[stage].map {
            Histogram($0, [("model", model.name), ("stage", stage.rawValue)])
          }
        }
      })
  }

  private func samples(
    _ models: [ModelReport], _ value: (ModelReport) -> Int
  ) -> [(labels: [Label], value: Double)] {
    models.map { (labels: [("model", $0.name)], value: Double(value($0))) }
  }

  private func samples(
    _ models: [ModelReport], _ label: String, _ values: (ModelReport) -> [(String, Int)]
  ) -> [(labels: [Label], value: Double)] {
    models.flatMap { model in
      values(model).map { (labels: [("model", model.name), (label, $0.0)], value: Double($0.1)) }
    }
  }
}

extension PrometheusText.Histogram {
  fileprivate init(_ summary: LatencySummary, _ labels: [PrometheusText.Label]) {
    let bounds = (14...34).map { UInt64(1) << $0 - 1 }
    self.init(
      labels: labels,
      buckets: bounds.map { (bound: Double($0) * 1e-9, count: summary.count(upTo: $0)) },
      count: summary.count, sum: Double(summary.totalNanoseconds) * 1e-9)
  }
}

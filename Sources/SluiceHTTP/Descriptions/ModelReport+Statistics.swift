import SluiceFormats
import SluiceServing

extension ModelReport {
  /// In the form of Triton's statistics, all versions of the model together; nil if none is loaded.
  ///
  /// Executions are those of the newest version: steps, a batch being the streams in one; where the network
  /// does not stream, calls, which are of no batch size. Nothing is counted of what Triton calls inputs and
  /// outputs: tensors are handed on as they were read.
  var statistics: JSONValue? {
    guard let version else { return nil }
    return [
      "name": .string(name), "version": .string("\(version)"),
      "inference_count": JSONValue(requestsAnswered + sequencesAnswered),
      "execution_count": JSONValue(executions),
      "inference_stats": [
        "success": duration(.total), "fail": failures, "queue": duration(.queue),
        "compute_input": nothing, "compute_infer": duration(.step), "compute_output": nothing,
        "cache_hit": nothing, "cache_miss": nothing,
      ],
      "batch_stats": .array(batches),
    ]
  }

  /// By the number of streams, those that there were. How long steps take is not measured by that number, so
  /// they are counted without `ns`.
  private var batches: [JSONValue] {
    steps.byStreams.enumerated().filter { $0.element > 0 }.map { streams, count in
      [
        "batch_size": JSONValue(streams), "compute_input": nothing,
        "compute_infer": ["count": JSONValue(count)], "compute_output": nothing,
      ]
    }
  }

  private func duration(_ stage: ServingStage) -> JSONValue {
    let summary = latencies[stage]
    return [
      "count": JSONValue(summary?.count ?? 0), "ns": JSONValue(summary?.totalNanoseconds ?? 0),
    ]
  }

  /// How long refusals took is not measured: most are given at once.
  private var failures: JSONValue {
    ["count": JSONValue(refusals.values.reduce(0, +)), "ns": 0]
  }

  private var nothing: JSONValue { ["count": 0, "ns": 0] }
}

import SluiceFormats
import SluiceServing

extension ModelReport {
  /// In the form of Triton's statistics, all versions of the model together; nil if none is loaded.
  ///
  /// Executions are steps, whatever the number of their streams, and calls of whole sequences. Nothing is
  /// counted of what Triton calls inputs and outputs: tensors are handed on as they were read.
  var statistics: JSONValue? {
    guard let version else { return nil }
    return [
      "name": .string(name), "version": .string("\(version)"),
      "inference_count": JSONValue(requestsAnswered + sequencesAnswered),
      "execution_count": JSONValue(steps.steps + sequencesAnswered),
      "inference_stats": [
        "success": duration(.total), "fail": failures, "queue": duration(.queue),
        "compute_input": nothing, "compute_infer": duration(.step), "compute_output": nothing,
        "cache_hit": nothing, "cache_miss": nothing,
      ],
      "batch_stats": [],
    ]
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

import OpenInferenceProtocol
import SluiceServing

extension ModelReport {
  /// In the form of Triton's statistics, all versions of the model together; nil if none is loaded.
  ///
  /// Executions are steps, whatever the number of their streams, and calls of whole sequences. Nothing is
  /// counted of what Triton calls inputs and outputs: tensors are handed on as they were read.
  var statistics: Inference_ModelStatistics? {
    guard let version else { return nil }
    return .with { statistics in
      statistics.name = name
      statistics.version = "\(version)"
      statistics.inferenceCount = UInt64(requestsAnswered + sequencesAnswered)
      statistics.executionCount = UInt64(steps.steps + sequencesAnswered)
      statistics.inferenceStats = .with {
        $0.success = duration(.total)
        // How long refusals took is not measured: most are given at once.
        $0.fail.count = UInt64(refusals.values.reduce(0, +))
        $0.queue = duration(.queue)
        $0.computeInfer = duration(.step)
      }
    }
  }

  private func duration(_ stage: ServingStage) -> Inference_StatisticDuration {
    .with {
      $0.count = UInt64(latencies[stage]?.count ?? 0)
      $0.ns = UInt64(latencies[stage]?.totalNanoseconds ?? 0)
    }
  }
}

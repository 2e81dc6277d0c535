import OpenInferenceProtocol
import SluiceServing

extension ModelReport {
  /// In the form of Triton's statistics, all versions of the model together; nil if none is loaded.
  ///
  /// Executions are those of the newest version: steps, a batch being the streams in one; where the network
  /// does not stream, calls, which are of no batch size. Nothing is counted of what Triton calls inputs and
  /// outputs: tensors are handed on as they were read.
  var statistics: Inference_ModelStatistics? {
    guard let version else { return nil }
    return .with { statistics in
      statistics.name = name
      statistics.version = "\(version)"
      statistics.inferenceCount = UInt64(requestsAnswered + sequencesAnswered)
      statistics.executionCount = UInt64(executions)
      statistics.inferenceStats = .with {
        $0.success = duration(.total)
        // How long refusals took is not measured: most are given at once.
        $0.fail.count = UInt64(refusals.values.reduce(0, +))
        $0.queue = duration(.queue)
        $0.computeInfer = duration(.step)
      }
      statistics.batchStats = batches
    }
  }

  /// By the number of streams, those that there were. How long steps take is not measured by that number, so
  /// they are counted without `ns`.
  private var batches: [Inference_InferBatchStatistics] {
    steps.byStreams.enumerated().filter { $0.element > 0 }.map { streams, count in
      .with {
        $0.batchSize = UInt64(streams)
        $0.computeInfer.count = UInt64(count)
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

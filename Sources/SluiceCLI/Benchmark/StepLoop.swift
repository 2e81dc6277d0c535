import Sluice

/// Runs steps one after another for a while and records how long each took.
struct StepLoop {
  /// How long, the warm-up of a tenth of it left out.
  var seconds: Double
  /// Steps that are recorded at least, however slow.
  private static let fewestSteps = 3

  /// - Parameter step: the work to time, given the step's number.
  func run<Failure: Error>(
    _ step: (Int) throws(Failure) -> Void
  ) throws(Failure) -> LatencyHistogram {
    var histogram = LatencyHistogram()
    var number = 0
    let begin = MonotonicClock.nanoseconds
    let recordFrom = begin + UInt64(seconds * 1e8)
    let end = recordFrom + UInt64(seconds * 1e9)
    var start = begin
    while start < end || histogram.count < StepLoop.fewestSteps {
      start = MonotonicClock.nanoseconds
      try step(number)
      let finish = MonotonicClock.nanoseconds
      if start >= recordFrom { histogram.record(nanoseconds: finish - start) }
      number += 1
    }
    return histogram
  }
}

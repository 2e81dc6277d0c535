/// How fast something computes, as `auto` assumes it: nothing here was measured on the machine at hand.
enum PredictedSpeed: Sendable, Hashable {
  case processor
  /// An OpenCL device with so many compute units.
  case device(computeUnits: Int)

  /// Seconds of one step of all streams together: a prediction.
  func seconds(_ demand: StepDemand) -> Double {
    switch self {
    case .processor: Self.processorSeconds(demand)
    case .device(let units): Self.deviceSeconds(demand, units: Double(max(units, 1)))
    }
  }

  private static let megabyte = Double(1 << 20)

  /// The CPU backend: 0.1 µs to begin an operation; then arithmetic at 50 GFLOP/s a thread, or the weights
  /// once for 32 streams, at 80 GB/s as long as they are 1 MB at most and stay in a core's cache, else at
  /// 30, whichever takes longer. The ledger of Kernels/README.md has what its kernels reached: 46 to 117
  /// GMAC/s from a cache, 120 to 145 GB/s read from the second level and 14 to 25 beyond it.
  private static func processorSeconds(_ demand: StepDemand) -> Double {
    let workers = min(demand.threads, demand.streams)
    let own = Double((demand.streams + workers - 1) / workers)
    let passes = (own / 32).rounded(.up)
    let bandwidth = demand.weightBytes <= Self.megabyte ? 80e9 : 30e9
    let read = demand.wide.weightBytes + demand.narrow.weightBytes
    return passes * (demand.wide.begun + demand.narrow.begun) * 1e-7
      + max(
        own * (demand.wide.operations + demand.narrow.operations) / 50e9,
        passes * read / bandwidth)
  }

  /// A GPU: 16.5 µs to give commands and to wait, 6.7 µs for each launch after the first (clpeak's results
  /// for a GeForce RTX 5060, published with its source); frames and outputs at 20 GB/s, assumed for PCIe 4
  /// with sixteen lanes. Wide layers at 100 GFLOP/s and 20 GB/s of weights a compute unit, all of them at
  /// work; what one work-group does for a stream at 100 GFLOP/s and 50 GB/s, 0.5 µs at least for each
  /// operation, 16 groups of a unit at once: all of that is assumed.
  private static func deviceSeconds(_ demand: StepDemand, units: Double) -> Double {
    let streams = Double(demand.streams)
    let factor = demand.precision.weightFactor
    let (wide, narrow) = (demand.wide, demand.narrow)
    let wideSeconds = max(
      streams * wide.operations / (100e9 * units), wide.weightBytes * factor / (20e9 * units))
    let latency = narrow.begun * 0.5e-6 * (streams / (16 * units)).rounded(.up)
    let share = (streams / units).rounded(.up)
    let work = share * max(narrow.operations / 100e9, narrow.weightBytes * factor / 50e9)
    return 16.5e-6 + 6.7e-6 * 2 * wide.begun + streams * demand.transferBytes / 20e9 + wideSeconds
      + max(latency, work)
  }
}

extension Precision {
  /// Bytes of a weight by those at fp32.
  fileprivate var weightFactor: Double {
    switch self {
    case .fp32: 1
    case .fp16, .bf16: 0.5
    case .int8: 0.25
    }
  }
}

/// Microseconds with two to three digits, for a sentence.
func microsecondsText(_ seconds: Double) -> String {
  let microseconds = seconds * 1e6
  guard microseconds < 99.95 else { return "\(Int(min(microseconds, 1e15).rounded())) µs" }
  let tenths = Int((microseconds * 10).rounded())
  return "\(tenths / 10).\(tenths % 10) µs"
}

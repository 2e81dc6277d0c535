import Sluice

/// What `auto` would take where no network is known: from how many streams on it takes which GPU for two
/// example networks, by the predictions that it makes for any other.
struct AutomaticRule {
  let hasGPU: Bool

  /// - Parameter candidates: what `auto` looked at.
  init(_ candidates: [BackendCandidate]) {
    hasGPU = candidates.contains { $0.backend == "opencl" }
  }

  /// After `auto takes cpu 0`, or where there is a GPU after `auto`; without its full stop.
  var sentence: String {
    guard hasGPU else {
      return "no GPU was found to compare with; other devices are taken only when named"
    }
    let examples = [256, 1024].map { units in "for a GRU of \(units) units \(choice(units))" }
    return "predicts a step of each network: " + examples.joined(separator: ", ")
  }

  private func choice(_ units: Int) -> String {
    for exponent in 0...14 {
      let demand = StepDemand(gruOf: units, streams: 1 << exponent)
      guard let taken = try? BackendSelection.auto.resolved(for: demand).decision,
        taken.backend == "opencl"
      else { continue }
      let streams = exponent == 0 ? "from the first stream on" : "from \(1 << exponent) streams on"
      return "\(taken.device) \(streams)"
    }
    return "the CPU up to 16384 streams"
  }
}

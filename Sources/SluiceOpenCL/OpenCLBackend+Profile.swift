import SluiceBackends
import SluicePlanning

/// Where a step's time goes: every command's time by the device's clock, and inside a launch of several
/// operations by launches of one operation each, scaled to what the launch takes.
extension OpenCLBackend: ProfilingBackend {
  public func profile(
    _ plan: Plan, options: ExecutableOptions, rounds: Int,
    feed: (any Executable, _ round: Int) -> Void
  ) throws(BackendError) -> StepProfile {
    let whole = try executable(plan, options, cuts: cuts, isTimed: true)
    let apart = try executable(
      plan, options, cuts: Array(plan.operations.indices), isTimed: true)
    var (wholeTimes, apartTimes) = (StepTimes(whole), StepTimes(apart))
    for round in 0..<max(rounds, 1) {
      feed(whole, round)
      feed(apart, round)
      try wholeTimes.add(whole)
      try apartTimes.add(apart)
    }
    let (transfersIn, launches, transfersOut, step) = wholeTimes.medians
    let groups = zip(whole.layout.sections, launches).map { ($0.operations, $1) }
    let rest = step - launches.reduce(transfersIn + transfersOut, +)
    return StepProfile(
      parts: [StepProfile.Part(name: "frames to the device", nanoseconds: transfersIn)]
        + StepProfile.scaled(apartTimes.medians.launches, to: groups)
        + [
          StepProfile.Part(name: "outputs to the host", nanoseconds: transfersOut),
          StepProfile.Part(name: "giving commands and waiting", nanoseconds: max(rest, 0)),
        ], step: step,
      method: """
        commands by the device's clock; of \(groups.count) launches the operations by launches of one \
        operation each, scaled so that they add up to their launch
        """)
  }
}

/// What the commands of an executable's steps took.
private struct StepTimes {
  private let slots: [Int]
  private let launchCount: Int
  /// Transfers to the device, those to the host, the whole step, then each launch.
  private var times: RepeatedTimes

  init(_ executable: OpenCLExecutable) {
    slots = Array(0..<executable.slotCount)
    launchCount = executable.launches.count
    times = RepeatedTimes(count: 3 + launchCount)
  }

  /// Runs a step of all slots.
  mutating func add(_ executable: OpenCLExecutable) throws(BackendError) {
    _ = try executable.queue.times?.take()
    let start = StepProfile.now
    try executable.step(slots, worker: 0)
    let step = StepProfile.now - start
    var round = [Double](repeating: 0, count: 3 + launchCount)
    round[2] = step
    var launch = 0
    for (call, nanoseconds) in try executable.queue.times?.take() ?? [] {
      switch call {
      case .enqueueNDRangeKernel:
        // Chunks and slabs run all launches again.
        round[3 + launch % launchCount] += nanoseconds
        launch += 1
      case .enqueueReadBuffer: round[1] += nanoseconds
      default: round[0] += nanoseconds
      }
    }
    times.add(round)
  }

  var medians: (transfersIn: Double, launches: [Double], transfersOut: Double, step: Double) {
    let medians = times.medians
    return (medians[0], Array(medians[3...]), medians[1], medians[2])
  }
}

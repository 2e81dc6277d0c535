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
    let times = wholeTimes.medians
    let sections = whole.layout.sections.indices.map {
      (operations: whole.layout.sections[$0].operations, nanoseconds: times.sections[$0])
    }
    let moves = sections.filter(\.operations.isEmpty).reduce(0) { $0 + $1.nanoseconds }
    let rest = times.step - times.sections.reduce(times.transfersIn + times.transfersOut, +)
    return StepProfile(
      parts: [StepProfile.Part(name: "frames to the device", nanoseconds: times.transfersIn)]
        + StepProfile.scaled(apartTimes.medians.sections, to: sections)
        + (moves > 0 ? [StepProfile.Part(name: "results to their place", nanoseconds: moves)] : [])
        + [
          StepProfile.Part(name: "outputs to the host", nanoseconds: times.transfersOut),
          StepProfile.Part(name: "giving commands and waiting", nanoseconds: max(rest, 0)),
        ], step: times.step,
      method: """
        commands by the device's clock, transfers as far as no kernel ran beside them; the operations of \
        each section by launches of their own, scaled so that they add up to it
        """)
  }
}

/// What the commands of an executable's steps took.
private struct StepTimes {
  private let slots: [Int]
  /// By kernel, the section of its launch.
  private let sections: [ObjectIdentifier: Int]
  private let sectionCount: Int
  /// Transfers to the device, those to the host, the whole step, then each section.
  private var times: RepeatedTimes

  init(_ executable: OpenCLExecutable) {
    slots = Array(0..<executable.slotCount)
    sections = Dictionary(
      uniqueKeysWithValues: zip(executable.program.kernels, executable.program.launches).map {
        (ObjectIdentifier($0), $1.section)
      })
    sectionCount = executable.layout.sections.count
    times = RepeatedTimes(count: 3 + sectionCount)
  }

  /// Runs a step of all slots.
  mutating func add(_ executable: OpenCLExecutable) throws(BackendError) {
    _ = try executable.takeTimes()
    let start = StepProfile.now
    try executable.step(slots, worker: 0)
    let step = StepProfile.now - start
    var round = [Double](repeating: 0, count: 3 + sectionCount)
    round[2] = step
    var (kernels, reads, others): ([Range<UInt64>], [Range<UInt64>], [Range<UInt64>]) = ([], [], [])
    for command in try executable.takeTimes() {
      if let kernel = command.kernel, let section = sections[ObjectIdentifier(kernel)] {
        round[3 + section] += Double(command.span.count)
        kernels.append(command.span)
      } else if command.call == .enqueueReadBuffer {
        reads.append(command.span)
      } else {
        others.append(command.span)
      }
    }
    let (busy, fed) = (Self.covered(kernels), Self.covered(kernels + others))
    round[0] = fed - busy
    round[1] = Self.covered(kernels + others + reads) - fed
    times.add(round)
  }

  /// Nanoseconds that lie in one of these spans at least.
  private static func covered(_ spans: [Range<UInt64>]) -> Double {
    var (total, end) = (UInt64(0), UInt64(0))
    for span in spans.sorted(by: { $0.lowerBound < $1.lowerBound }) where span.upperBound > end {
      total += span.upperBound - max(span.lowerBound, end)
      end = span.upperBound
    }
    return Double(total)
  }

  var medians: (transfersIn: Double, sections: [Double], transfersOut: Double, step: Double) {
    let medians = times.medians
    return (medians[0], Array(medians[3...]), medians[1], medians[2])
  }
}

extension OpenCLExecutable {
  /// What was given to its queues since the last time.
  fileprivate func takeTimes() throws(BackendError) -> [CommandTimes.Command] {
    var commands: [CommandTimes.Command] = []
    for queue in [queue, transfers?.uploads, transfers?.downloads].compactMap({ $0 }) {
      commands += try queue.times?.take() ?? []
    }
    return commands
  }
}

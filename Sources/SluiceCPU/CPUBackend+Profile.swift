import CKernels
import SluiceBackends
import SluicePlanning

/// Where a step's time goes: the kernel calls of the flat array one by one, with the clock read between
/// them.
extension CPUBackend: ProfilingBackend {
  public func profile(
    _ plan: Plan, options: ExecutableOptions, rounds: Int,
    feed: (any Executable, _ round: Int) -> Void
  ) throws(BackendError) -> StepProfile {
    let executable = try executable(plan, options: options)
    let slots = Array(0..<executable.slotCount)
    // The operations, and the copies of results and states at the end.
    var parts = RepeatedTimes(count: plan.operations.count + 1)
    var steps = RepeatedTimes(count: 1)
    for round in 0..<2 * max(rounds, 1) {
      feed(executable, round)
      if round.isMultiple(of: 2) {
        let start = StepProfile.now
        try executable.step(slots, worker: 0)
        steps.add([StepProfile.now - start])
      } else {
        parts.add(try executable.stepApart(slots))
      }
    }
    let medians = parts.medians
    return StepProfile(
      parts: plan.operations.indices.map {
        StepProfile.Part(operation: $0, nanoseconds: medians[$0])
      } + [StepProfile.Part(name: "copies of results and states", nanoseconds: medians.last ?? 0)],
      step: steps.medians[0],
      method: "kernel calls run one by one, on one thread, the clock's own time taken off")
  }
}

extension CPUExecutable {
  /// Runs one step of each slot, call by call.
  ///
  /// - Returns: nanoseconds by operation of the plan, those of the copies at the end last.
  fileprivate func stepApart(_ slots: [Int]) throws(BackendError) -> [Double] {
    var times = [Double](repeating: 0, count: plan.operations.count + 1)
    try unsafe inLanes(slots, workers[0]) { lanes, streams throws(BackendError) in
      let overhead = unsafe clockCost(streams)
      for segment in program.segments {
        switch segment {
        case .kernels(let first, let count):
          for call in first..<first + count {
            let start = StepProfile.now
            let failure = unsafe program.run(first: call, count: 1, streams: streams)
            let time = StepProfile.now - start - overhead
            if let failure { throw error(failure.status, call: failure.call) }
            times[program.operations[call] ?? plan.operations.count] += max(time, 0)
          }
        case .reference(let operation):
          let start = StepProfile.now
          for slot in lanes { try evaluate(plan.operations[operation], slot: slot, evaluator) }
          times[operation] += StepProfile.now - start
        }
      }
    }
    for slot in slots { commit(slot) }
    return times
  }

  /// What timing a call takes that does nothing, in nanoseconds.
  private func clockCost(_ streams: sluice_streams) -> Double {
    (0..<8).map { _ in
      let start = StepProfile.now
      _ = unsafe program.run(first: 0, count: 0, streams: streams)
      return StepProfile.now - start
    }.min() ?? 0
  }
}

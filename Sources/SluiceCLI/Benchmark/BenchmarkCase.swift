import Sluice

/// One combination of what `sluice bench` measures.
struct BenchmarkCase {
  var backend: BackendChoice
  var device: String?
  var precision: Precision
  var threads: Int
  var streams: Int
  /// How long steps are timed at each level.
  var seconds: Double
  /// Whether steps are taken apart as well.
  var isProfiled = false
}

extension BenchmarkCase {
  /// Makes the network ready, holds it against the reference, and times it only if it gives the same.
  ///
  /// - Parameter check: the reference's answers for this network.
  /// - Throws: `CommandError.mismatch` with what is wrong; what the stages throw.
  func measure(_ network: BenchmarkNetwork, check: StepCheck) throws -> BenchmarkResult {
    let start = MonotonicClock.nanoseconds
    let model = try network.model()
    let call = try network.call(of: model)
    let demand = StepDemand(
      try call.program(), precision: precision, streams: streams, threads: threads)
    let (backend, fusion, decision) = try selection.resolved(device: device, for: demand)
    let plan = try call.plan(fusion)
    let beforeBuild = MonotonicClock.nanoseconds
    var options = ExecutableOptions(
      slots: streams, threads: threads, precision: precision,
      memoryLimit: model.options.memoryLimit)
    let executable = try backend.prepare(plan, options: options)
    let build = MonotonicClock.milliseconds(since: beforeBuild)
    let load = MonotonicClock.milliseconds(since: start)
    executable.write(check.patterns.frame(0, stream: 0), slot: 0)
    try executable.step([0])
    for output in plan.outputs.indices { _ = executable.output(output, slot: 0) }
    let firstOutput = MonotonicClock.milliseconds(since: start)

    if let failure = try check.failure(of: executable, at: precision) {
      throw CommandError(
        .mismatch,
        "\(network.name) on \(decision.backend), \(counted(streams, "stream")): \(failure)")
    }
    let loop = StepLoop(seconds: seconds)
    let latencies = try loop.run(executable, check.patterns)
    options.threads = 1
    let rounds = min(max(Int(seconds * 1e9 / latencies.mean), 3), 1000)
    let profile =
      isProfiled ? try profile(plan, on: backend, options, check.patterns, rounds: rounds) : nil
    return BenchmarkResult(
      model: network.name, backend: decision.backend, device: decision.device,
      reason: decision.candidates.isEmpty ? nil : decision.reason,
      numerics: executable.numericsTag, precision: precision.rawValue, streams: streams,
      threads: threads, sequence: network.sequence, latency: Latency(latencies),
      framesPerSecond: Double(call.frames * streams) * 1e9 / latencies.mean,
      loadMilliseconds: load, buildMilliseconds: build, firstOutputMilliseconds: firstOutput,
      bytesPerStream: call.stateByteCount, checkedFrames: check.checkedFrames,
      framesHeldToCPU: check.framesHeldToCPU, operations: call.operations,
      transferBytes: (plan.inputs + plan.outputs).reduce(0) {
        $0 + plan.buffers[$1.buffer].byteCount
      },
      session: streams == 1 && network.sequence == nil
        ? try session(of: model, loop, check.patterns) : nil, profile: profile,
      notes: executable.notes.isEmpty ? nil : executable.notes)
  }

  private var selection: BackendSelection { backend.selection }

  /// What the report says of a case that failed.
  func failure(of network: BenchmarkNetwork, _ error: any Error) -> BenchmarkReport.Failure {
    BenchmarkReport.Failure(
      model: network.name, backend: backend.rawValue, precision: precision.rawValue,
      streams: streams, reason: "\(error)")
  }

  private func profile(
    _ plan: Plan, on backend: any Backend, _ options: ExecutableOptions,
    _ patterns: FramePatterns, rounds: Int
  ) throws -> ProfileReport {
    guard let backend = backend as? any ProfilingBackend else {
      throw CommandError(
        .usage, "--profile: the \(backend.name) backend takes no steps apart; cpu and opencl do")
    }
    let profile = try backend.profile(plan, options: options, rounds: rounds) { executable, round in
      for slot in 0..<executable.slotCount {
        executable.write(patterns.frame(round, stream: slot), slot: slot)
      }
    }
    return ProfileReport(profile, of: plan)
  }

  /// The same steps through the public interface.
  private func session(
    of model: Model, _ loop: StepLoop, _ patterns: FramePatterns
  ) throws -> BenchmarkResult.Session? {
    let engine = try Engine(
      model,
      EngineOptions(
        backend: selection, device: device, precision: precision, threads: threads,
        maximumStreams: 1))
    guard let (call, latencies) = try loop.run(try engine.openSession(), patterns) else {
      return nil
    }
    return BenchmarkResult.Session(call: call, latency: Latency(latencies))
  }
}

import Sluice

extension BackendOptionGroup {
  /// What an engine needs to know of these options.
  var engineOptions: EngineOptions {
    let console = Console.current
    return EngineOptions(
      backend: selection, device: device, precision: precision.precision, threads: threads,
      maximumStreams: 64, checkpointInterval: checkpointEvery,
      log: { console.remark("sluice: \($0)") })
  }

  var selection: BackendSelection { backend.selection }

  /// What the options mean for a program of so many streams.
  func resolved(
    for program: Program, streams: Int
  ) throws(SluiceError) -> (backend: any Backend, fusion: Fusion, decision: BackendDecision) {
    try selection.resolved(
      device: device,
      for: StepDemand(
        program, precision: precision.precision, streams: streams, threads: threads))
  }
}

extension BackendChoice {
  /// For `auto`, GPUs are looked for here, where a driver that crashes ends in a sentence.
  var selection: BackendSelection {
    if self == .auto { DriverCrash.caught { BackendSelection.findGPUs() } }
    return BackendSelection.named(rawValue)
  }
}

/// - Throws: `CommandError.usage` where `--device` may mean several devices.
func checkOneDevice(_ device: String?, of command: String) throws {
  guard let device, DeviceSelection(device).isList else { return }
  throw CommandError(
    .usage, "--device \(device): \(command) takes one device; name it by its number or its name")
}
